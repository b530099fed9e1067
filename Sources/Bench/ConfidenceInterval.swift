/// The mean of some measurements and how far the true one may be from it.
package struct ConfidenceInterval: Hashable, Sendable, Encodable {
    package let mean: Double
    /// Half of the 95 % interval by Student's t; nil of one measurement.
    package let halfWidth: Double?

    /// Two-sided 95 % quantiles of Student's t with 1, 2, … degrees of freedom; beyond, that of the last is used, which is wider.
    private static let quantiles = [
        12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160, 2.145, 2.131, 2.120, 2.110, 2.101,
        2.093, 2.086, 2.080, 2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045,
    ]

    /// - Precondition: there is a number.
    package init(_ numbers: [Double]) {
        precondition(!numbers.isEmpty, "nothing was measured")
        let count = Double(numbers.count)
        let mean = numbers.reduce(0, +) / count
        self.mean = mean
        guard numbers.count > 1 else {
            halfWidth = nil
            return
        }
        let variance = numbers.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / (count - 1)
        halfWidth = Self.quantiles[min(numbers.count - 1, Self.quantiles.count) - 1] * (variance / count).squareRoot()
    }

    /// So many digits behind the point.
    package func text(_ digits: Int) -> String { mean.text(digits) + (halfWidth.map { " ± \($0.text(digits))" } ?? "") }
}
