/// The mean of the middle half of some measurements, and how far it may lie from that of all there could be: what runs of several seeds
/// are told by, for one that failed or was lucky moves neither far.
///
/// Agarwal et al. 2021, "Deep reinforcement learning at the edge of the statistical precipice", section 4; the interval is the percentile
/// bootstrap's, by runs drawn with replacement.
package struct InterquartileMean: Hashable, Sendable, Encodable {
    package let mean: Double
    /// Bounds of the 95 % interval; both the mean of one measurement.
    package let low: Double
    package let high: Double

    private static let resamples = 1000
    private static let quantiles = (low: 0.025, high: 0.975)

    /// - Precondition: there is a number.
    package init(_ numbers: [Double]) {
        precondition(!numbers.isEmpty, "nothing was measured")
        mean = Self.mean(of: numbers)
        guard numbers.count > 1 else {
            (low, high) = (mean, mean)
            return
        }
        let means = Bootstrap.resampled(numbers, times: Self.resamples, Self.mean(of:))
        func quantile(_ share: Double) -> Double { means[Int((share * Double(means.count - 1)).rounded())] }
        (low, high) = (quantile(Self.quantiles.low), quantile(Self.quantiles.high))
    }

    /// So many digits behind the point: `19.6 (18.9 to 20.4)`; of one measurement that alone.
    package func text(_ digits: Int) -> String {
        low == high ? mean.text(digits) : "\(mean.text(digits)) (\(low.text(digits)) to \(high.text(digits)))"
    }

    /// Without a quarter, rounded down, of the numbers at either end.
    private static func mean(of numbers: [Double]) -> Double {
        let cut = numbers.count / 4
        let middle = numbers.sorted()[cut..<(numbers.count - cut)]
        return middle.reduce(0, +) / Double(middle.count)
    }
}
