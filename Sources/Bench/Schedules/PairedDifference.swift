import StarlingExperience

/// How much better one thing is than another on the same instances, on average, and how far that may lie from what it would be on all
/// there are: the percentile bootstrap over instances drawn with replacement (Efron 1979).
package struct PairedDifference: Hashable, Sendable, Encodable {
    package let mean: Double
    /// Bounds of the 95 % interval.
    package let low: Double
    package let high: Double

    private static let resamples = 2000

    /// - Precondition: as many of one as of the other, one at least.
    package init(_ numbers: [Double], over others: [Double]) {
        precondition(!numbers.isEmpty && numbers.count == others.count, "\(numbers.count) numbers beside \(others.count)")
        let differences = zip(numbers, others).map { $0 - $1 }
        let count = differences.count
        mean = differences.reduce(0, +) / Double(count)
        var number: UInt64 = 0
        let means = (0..<Self.resamples).map { _ in
            // The same draws whenever: an interval that is told twice is the same.
            (0..<count).reduce(0.0) { sum, _ in
                number += 1
                return sum + differences[Int(Seed.mix(0, number) % UInt64(count))]
            } / Double(count)
        }.sorted()
        low = means[Int(0.025 * Double(Self.resamples - 1))]
        high = means[Int(0.975 * Double(Self.resamples - 1))]
    }
}
