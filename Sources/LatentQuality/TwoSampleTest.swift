package import StarlingCompute

/// Whether two samples are of one distribution: a classifier learns to tell them apart on half of the rows, and is judged on the
/// other half (Lopez-Paz & Oquab 2017).
package enum TwoSampleTest {
    /// With fewer rows of either, nothing can be said.
    package static let fewestRows = 32
    /// Rows of either that are used.
    static let mostRows = 4096
    /// Scalars that are looked at: of larger observations a fixed choice of them, by the seed.
    static let mostColumns = 256
    /// Standardised numbers are cut off here, so that one outlier doesn't rule the first layer.
    private static let limit = 10.0

    /// Area under the curve of the classifier, out of sample: ½ where it can't tell the two apart, 1 where it always can.
    /// - Parameters:
    ///   - first, second: `[rows, D]`.
    ///   - seed: of everything that is drawn; the result depends on nothing else.
    /// - Returns: nil when there are too few rows.
    package static func areaUnderCurve(
        _ first: Matrix, _ second: Matrix, seed: UInt64, compute: ComputeContext = .cpu()
    ) throws(ComputeError) -> Double? {
        let count = min(first.rows, second.rows, mostRows)
        guard count >= fewestRows else { return nil }
        var draws = Draws(seed: seed)
        let columns =
            first.columns <= mostColumns
            ? Array(0..<first.columns) : draws.permutation(first.columns).prefix(mostColumns).sorted()
        let half = count / 2
        func halves(_ matrix: Matrix) -> (train: Matrix, test: Matrix) {
            let order = draws.permutation(matrix.rows)
            let chosen = matrix.columns(columns)
            return (chosen.rows(order[..<half]), chosen.rows(order[half..<2 * half]))
        }
        let (a, b) = (halves(first), halves(second))
        let training = Matrix(columns: columns.count, a.train.values + b.train.values)
        let moments = Moments(training)
        let classifier = try Classifier(
            moments.standardised(training, limit: limit), positives: half, &draws, seed: seed, compute)
        return RankStatistic.areaUnderCurve(
            positives: classifier.scores(moments.standardised(a.test, limit: limit)),
            negatives: classifier.scores(moments.standardised(b.test, limit: limit)))
    }
}
