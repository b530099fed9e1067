/// How much better one thing is than another on the same instances, on average, and how far that may lie from what it would be on all
/// there are: the percentile bootstrap over instances.
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
        func mean(of numbers: [Double]) -> Double { numbers.reduce(0, +) / Double(numbers.count) }
        self.mean = mean(of: differences)
        let means = Bootstrap.resampled(differences, times: Self.resamples, mean)
        low = means[Int(0.025 * Double(Self.resamples - 1))]
        high = means[Int(0.975 * Double(Self.resamples - 1))]
    }
}
