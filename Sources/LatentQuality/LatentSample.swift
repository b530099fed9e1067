/// What an autoencoder makes of a sample of observations, as arrays: all that its quality is judged by.
package struct LatentSample: Sendable {
    /// p(x|z), as far as the judgement depends on it.
    package enum Likelihood: Sendable, Equatable {
        /// With this σ²; nil: learned.
        case normal(variance: Double? = nil)
        case bernoulli
    }

    /// One of several parts of an observation.
    package struct Part: Sendable, Equatable {
        package let name: String
        package let shape: [Int]
        package let likelihood: Likelihood
        /// Its columns among those of the observation.
        package let columns: Range<Int>
    }

    /// Dimensions of an observation: `[D]`, or `[C, H, W]` of an image.
    package let shape: [Int]
    /// Of an observation without parts.
    package let likelihood: Likelihood
    /// None of an observation of one array.
    package let parts: [Part]
    /// Whether p(x|z) gives numbers within 0…1 alone.
    package let isWithinUnit: Bool
    /// x, scaled as the encoder sees it; of several parts those that are decoded. `[M, D]`
    package let observations: Matrix
    /// Means of p(x|z = μ), of a Bernoulli its probabilities; nil without a decoder. `[M, D]`
    package let reconstructions: Matrix?
    /// μ of q(z|x), of categorical variables the probabilities of their classes. `[M, Z]`
    package let means: Matrix
    /// log σ² of q(z|x); nil where the latent is deterministic or categorical. `[M, Z]`
    package let logVariances: Matrix?
    /// Of each categorical variable of z; nil: z is numbers.
    package let classes: Int?
    package let prior: LatentPrior
    /// Samples of p(x|z) with z from the prior, their observation noise included. `[N, D]`
    package let priorSamples: Matrix?
    /// The environment's true states, where it can tell them. `[M, S]`
    package let states: Matrix?

    /// - Parameter prior: nil: the standard normal distribution.
    /// - Throws: when sizes contradict each other, there are no rows, or a number isn't finite.
    package init(
        shape: [Int], likelihood: Likelihood, observations: Matrix, reconstructions: Matrix?, means: Matrix, logVariances: Matrix?,
        classes: Int? = nil, prior: LatentPrior? = nil, priorSamples: Matrix? = nil, states: Matrix? = nil,
        parts: [Part] = [], isWithinUnit: Bool? = nil
    ) throws(LatentSampleError) {
        self.shape = shape
        self.isWithinUnit = isWithinUnit ?? (parts.isEmpty && likelihood == .bernoulli)
        self.likelihood = likelihood
        self.parts = parts
        self.observations = observations
        self.reconstructions = reconstructions
        self.means = means
        self.logVariances = logVariances
        self.classes = classes
        self.prior = prior ?? .standard(means.columns)
        self.priorSamples = priorSamples
        self.states = states
        let (m, d, z) = (observations.rows, observations.columns, means.columns)
        guard m > 0 else { throw LatentSampleError("there are no observations") }
        guard shape.reduce(1, *) == d else { throw LatentSampleError("\(d) numbers are no observation \(shape)") }
        if let classes, classes < 1 || z % classes != 0 {
            throw LatentSampleError("\(z) latents are no whole number of variables of \(classes) classes")
        }
        guard self.prior.mean.count == z, self.prior.logVariance.count == z else {
            throw LatentSampleError("a prior of \(self.prior.mean.count) latents for \(z)")
        }
        try Self.check("observations", observations, m, d)
        try Self.check("reconstructions", reconstructions, m, d)
        try Self.check("posterior means", means, m, z)
        try Self.check("posterior log variances", logVariances, m, z)
        try Self.check("samples of the prior", priorSamples, nil, d)
        try Self.check("states", states, m, nil)
    }

    private static func check(
        _ name: String, _ matrix: Matrix?, _ rows: Int?, _ columns: Int?
    ) throws(LatentSampleError) {
        guard let matrix else { return }
        guard rows.map({ $0 == matrix.rows }) ?? true, columns.map({ $0 == matrix.columns }) ?? true else {
            throw LatentSampleError("the \(name) are \(matrix.rows) × \(matrix.columns)")
        }
        guard let bad = matrix.values.firstIndex(where: { !$0.isFinite }) else { return }
        throw LatentSampleError(
            "number \(bad % matrix.columns) in row \(bad / matrix.columns) of the \(name) is \(matrix.values[bad])")
    }
}

/// p(z): independent normal distributions. `[Z]` each.
package struct LatentPrior: Sendable, Equatable {
    package let mean: [Float]
    package let logVariance: [Float]

    package init(mean: [Float], logVariance: [Float]) { (self.mean, self.logVariance) = (mean, logVariance) }

    /// Mean 0 and variance 1.
    package static func standard(_ count: Int) -> Self {
        Self(mean: Array(repeating: 0, count: count), logVariance: Array(repeating: 0, count: count))
    }
}

/// Why a sample can't be judged, as a sentence without its end.
package struct LatentSampleError: Error, Hashable, CustomStringConvertible {
    package let description: String

    init(_ description: String) { self.description = description }
}
