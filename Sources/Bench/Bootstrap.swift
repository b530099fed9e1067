import StarlingExperience

/// Draws with replacement (Efron 1979), the same ones whenever: an interval that is told twice is the same.
enum Bootstrap {
    /// A statistic of as many of `numbers` as there are, drawn so many times, in ascending order.
    static func resampled(_ numbers: [Double], times: Int, _ statistic: ([Double]) -> Double) -> [Double] {
        var draw: UInt64 = 0
        return (0..<times).map { _ in
            statistic(
                numbers.indices.map { _ in
                    draw += 1
                    return numbers[Int(Seed.mix(0, draw) % UInt64(numbers.count))]
                })
        }.sorted()
    }
}
