import Glibc

/// What q(z|x) tells of x, in nats, and how much of its divergence from the prior is for nothing.
///
/// The mean of KL(q(z|x) ‖ p(z)) over the data is the mutual information of x and z under q plus KL(q(z) ‖ p(z)) of the aggregate
/// posterior q(z) (Hoffman & Johnson 2016). Of the latter only the part that two moments show is known: the *misfit*. So
/// *information* here is an upper bound of the mutual information, as KL itself is; and no row's share of it depends on how many
/// rows there are, unlike that of estimates from minibatches, which end at log M.
///
/// Of categorical variables everything is by variable, whose misfit is KL(q(z_j) ‖ p(z_j)) itself: its information is that of x and z_j, and
/// the total misfit, which takes the variables for independent, is the least it can be.
package struct PosteriorQuality: Sendable, Equatable {
    /// KL(q(z|x) ‖ p(z)), mean over rows, of every latent. `[Z]`
    package let divergences: [Double]
    /// KL(N(m_j, S_jj) ‖ p(z_j)) of every latent. `[Z]`
    package let misfits: [Double]
    /// max(0, divergence − misfit) of every latent. `[Z]`
    package let informations: [Double]
    /// Σ of `divergences`.
    package let divergence: Double
    /// KL(N(m, S) ‖ p(z)) with mean m and full covariance S = Cov(μ) + diag(mean σ²) of the aggregate posterior. Infinite where S is
    /// singular in doubles; nil beyond `latentLimit` latents.
    package let misfit: Double?
    /// max(0, divergence − misfit), in total.
    package let information: Double?

    /// Latents whose information is above `activeNats`.
    package var activeUnits: Int { informations.count { $0 > Self.activeNats } }

    /// A latent with this much is worth having: a linear relation to something seen that explains 18 % of its variance, by
    /// I = −½·log(1 − ρ²).
    package static let activeNats = 0.1
    /// The work of the full covariance grows with the square of the latents, and of its factor with the cube.
    package static let latentLimit = 1024

    /// nil where the latent is deterministic.
    init?(_ sample: LatentSample) {
        if let classes = sample.classes {
            self.init(probabilities: sample.means, classes: classes)
        } else if let logVariances = sample.logVariances {
            self.init(means: sample.means, logVariances, sample.prior)
        } else {
            return nil
        }
    }

    /// Of Normals, `[M, Z]` each.
    private init(means: Matrix, _ logVariances: Matrix, _ prior: LatentPrior) {
        let count = means.columns
        let priorMean = prior.mean.map(Double.init)
        let priorLogVariance = prior.logVariance.map(Double.init)
        var divergences = [Double](repeating: 0, count: count)
        var meanVariance = divergences
        for row in 0..<means.rows {
            for j in 0..<count {
                let (shift, logVariance) = (means[row, j] - priorMean[j], logVariances[row, j])
                meanVariance[j] += exp(logVariance) / Double(means.rows)
                divergences[j] +=
                    Self.divergence(shift * shift, exp(logVariance), logVariance, priorLogVariance[j]) / Double(means.rows)
            }
        }
        let moments = Moments(means)
        let shifts = (0..<count).map { moments.mean[$0] - priorMean[$0] }
        let misfits = (0..<count).map { j in
            let variance = moments.variance[j] + meanVariance[j]
            return Self.divergence(shifts[j] * shifts[j], variance, log(variance), priorLogVariance[j])
        }
        self.divergences = divergences
        self.misfits = misfits
        informations = zip(divergences, misfits).map { max(0, $0 - $1) }
        divergence = divergences.reduce(0, +)
        guard count <= Self.latentLimit else {
            (misfit, information) = (nil, nil)
            return
        }
        var covariance = SymmetricMatrix(covarianceOf: means, mean: moments.mean)
        for j in 0..<count { covariance[j, j] += meanVariance[j] }
        // The traces of diagonal and full covariance are the same, so only the determinants differ.
        let diagonal = (0..<count).reduce(0) { $0 + log(covariance[$1, $1]) }
        let misfit = covariance.cholesky.map { max(0, misfits.reduce(0, +) + 0.5 * (diagonal - $0.logDeterminant)) } ?? .infinity
        self.misfit = misfit
        information = max(0, divergence - misfit)
    }

    /// Of categorical variables, `[M, n·classes]` probabilities.
    private init(probabilities: Matrix, classes: Int) {
        let count = probabilities.columns / classes
        /// Σ_c p·log(p·C).
        func excess(_ probability: (Int) -> Double) -> Double {
            (0..<classes).reduce(0) { sum, place in
                let p = probability(place)
                return p > 0 ? sum + p * log(p * Double(classes)) : sum
            }
        }
        divergences = (0..<count).map { variable in
            (0..<probabilities.rows).reduce(0) { sum, row in
                sum + excess { Double(probabilities[row, variable * classes + $0]) } / Double(probabilities.rows)
            }
        }
        let marginal = Moments(probabilities).mean
        misfits = (0..<count).map { variable in excess { marginal[variable * classes + $0] } }
        informations = zip(divergences, misfits).map { max(0, $0 - $1) }
        divergence = divergences.reduce(0, +)
        misfit = misfits.reduce(0, +)
        information = informations.reduce(0, +)
    }

    /// KL of two normal distributions: ½·(shift²/v + σ²/v − 1 − log σ² + log v), the prior's variance v.
    private static func divergence(_ squaredShift: Double, _ variance: Double, _ logVariance: Double, _ prior: Double) -> Double {
        0.5 * ((squaredShift + variance) * exp(-prior) - 1 - logVariance + prior)
    }
}
