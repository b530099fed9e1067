/// How much of the environment's true state can be read from μ by a linear map: ridge regression, fitted on half of the rows and
/// judged on the other half (Alain & Bengio 2017).
package enum LinearProbe {
    /// λ of λ·‖w‖² beside the sum of squares, for standardised μ: next to nothing, for the latents that never move.
    static let ridge = 1.0
    /// Numbers of an observation that it is asked for at most.
    package static let observationLimit = 64
    /// With fewer rows in a half than this many times the latents and one, it would fit them by heart.
    private static let rowsPerLatent = 8

    /// R² of every number of the state, out of sample; nil of one that doesn't vary.
    /// - Returns: nil when there are too few rows, or too many latents.
    package static func explainedVariances(of states: Matrix, from means: Matrix, seed: UInt64) -> [Double?]? {
        let half = means.rows / 2
        guard half >= rowsPerLatent * (means.columns + 1), means.columns <= PosteriorQuality.latentLimit else { return nil }
        var draws = Draws(seed: seed)
        let order = draws.permutation(means.rows)
        let (train, test) = (order[..<half], order[half...])
        return explainedVariances(
            train: (means.rows(train), states.rows(train)), test: (means.rows(test), states.rows(test)))
    }

    /// The same for halves that are given.
    package static func explainedVariances(train: (Matrix, Matrix), test: (Matrix, Matrix)) -> [Double?] {
        let moments = Moments(train.0)
        let (inputs, probes) = (moments.standardised(train.0), moments.standardised(test.0))
        let (count, rows) = (inputs.columns, inputs.rows)
        let targets = Moments(train.1)
        var normal = SymmetricMatrix(covarianceOf: inputs, mean: Array(repeating: 0, count: count))
        for j in 0..<count { normal[j, j] += ridge / Double(rows) }
        guard let factor = normal.cholesky else { return Array(repeating: nil, count: train.1.columns) }
        return (0..<train.1.columns).map { column in
            var products = [Double](repeating: 0, count: count)
            for row in 0..<rows {
                let target = (train.1[row, column] - targets.mean[column]) / Double(rows)
                for j in 0..<count { products[j] += inputs[row, j] * target }
            }
            let weights = factor.solve(products)
            let truth = Moments(test.1.columns([column]))
            guard truth.varies(0) else { return nil }
            var error = 0.0
            for row in 0..<probes.rows {
                let said = (0..<count).reduce(targets.mean[column]) { $0 + weights[$1] * probes[row, $1] }
                error += (test.1[row, column] - said) * (test.1[row, column] - said)
            }
            return 1 - error / Double(probes.rows) / truth.variance[0]
        }
    }
}
