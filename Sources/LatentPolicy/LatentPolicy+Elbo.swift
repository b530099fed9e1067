import Glibc
public import StarlingCompute
public import StarlingExperience

/// The two halves of −ELBO, a number per row, in nats and summed over scalars and latents (never averaged: the mean
/// of one beside the sum of the other is a β of ten thousands, and the posterior collapses).
public struct ElboTerms: Sendable {
    /// −Σ_d log p(x_d|z̃) `[rows]`; of several parts the sum of theirs, times their weights.
    public let reconstruction: Node
    /// Σ_j KL(q(z_j|x) ‖ p(z_j)) `[rows]`, p of categorical variables even; ½‖z‖² for a deterministic autoencoder.
    public let divergence: Node
    /// One of each part that is decoded; of an observation of one array one.
    public let parts: [Part]

    /// What is told of one part of an observation.
    public struct Part: Sendable {
        /// Which part.
        public let branch: ModelBranch
        /// −log p of it, without its weight. `[rows]`.
        public let reconstruction: Node
        /// The part of x.
        public let observation: Node
        /// Parameters of p(part|z̃): means, of a Bernoulli logits.
        public let decoded: Node
        /// What a learned σ² is the mean of: (x−x̂)² of each scalar of a vector `[rows, D]`, of an image their mean `[rows]`. nil
        /// where σ² is fixed.
        public let squaredError: Node?
    }
}

extension LatentPolicy {
    /// Bounds of a learned log σ² of p(x|z), x the scaled observation. Below e⁻¹², σ 1/400, a scalar that hardly ever moves would
    /// make all others cheap.
    public static let observationLogVarianceBounds: ClosedRange<Float> = -12...8

    /// The terms for scaled observations `x`; nil when the model has no decoder.
    public func elbo(_ g: inout Graph, _ x: Node, _ posterior: Posterior, latent z: Node) -> ElboTerms? {
        guard let decoded = decodedParts(&g, z) else { return nil }
        let divergence = divergence(&g, posterior)
        let parts = decoded.map { likelihood(&g, part(&g, x, $0.branch), decoded: $0.parameters, $0.branch) }
        let costs = parts.map { $0.branch.weight == 1 ? $0.reconstruction : g.scale($0.reconstruction, $0.branch.weight) }
        return ElboTerms(
            reconstruction: costs.dropFirst().reduce(costs[0]) { g.add($0, $1) }, divergence: divergence, parts: parts)
    }

    /// −log p of one part.
    private func likelihood(_ g: inout Graph, _ x: Node, decoded: Node, _ branch: ModelBranch) -> ElboTerms.Part {
        func part(_ cost: Node, _ error: Node? = nil) -> ElboTerms.Part {
            ElboTerms.Part(branch: branch, reconstruction: cost, observation: x, decoded: decoded, squaredError: error)
        }
        switch branch.likelihood {
        case .normal(let variance, _):
            let squares = g.square(g.subtract(x, decoded))
            guard case .fixed(let variance) = variance else {
                let (cost, error) = calibrated(&g, squares, branch)
                return part(cost, error)
            }
            // ½ (x−x̂)²/σ² + ½ log 2πσ², summed over D scalars.
            let constant = 0.5 * logf(2 * .pi * variance) * Float(branch.scalars.count)
            return part(g.offset(g.scale(g.sum(squares, over: .features), 0.5 / variance), constant))
        case .bernoulli:
            // −log p = softplus(y) − x·y for logits y.
            return part(g.sum(g.subtract(g.softplus(decoded), g.multiply(x, decoded)), over: .features))
        }
    }

    /// Σ_d ½ (x_d−x̂_d)²/σ_d² + ½ log 2πσ_d² with the learned σ², and the error that it follows.
    private func calibrated(_ g: inout Graph, _ squares: Node, _ branch: ModelBranch) -> (cost: Node, error: Node) {
        guard let part = branch.variance, let rows = squares.shape.rows else { fatalError("no learned σ²") }
        let logVariance = part.statistics(&g)[0]
        let precision = g.exp(g.negate(logVariance))
        let count = Float(branch.scalars.count)
        let constant = 0.5 * logf(2 * .pi) * count
        if logVariance.shape.width == branch.scalars.count, count > 1 {
            let cost = g.add(g.multiply(squares, g.repeatRows(precision, rows)), g.repeatRows(logVariance, rows))
            return (g.offset(g.scale(g.sum(cost, over: .features), 0.5), constant), squares)
        }
        let error = g.scale(g.sum(squares, over: .features), 1 / count)
        let perScalar = g.add(
            g.multiply(error, scalar: g.sum(precision, over: .features)),
            g.sum(g.repeatRows(logVariance, rows), over: .features))
        return (g.offset(g.scale(perScalar, 0.5 * count), constant), error)
    }

    private func divergence(_ g: inout Graph, _ posterior: Posterior) -> Node {
        let logVariance: Node
        switch posterior.spread {
        case .none: return g.scale(g.sum(g.square(posterior.mean), over: .features), 0.5)
        case .normal(let given): logVariance = given
        case .categorical(let logProbabilities, let classes):
            // Σ_c q_c·log(q_c·C), C classes, summed over the variables.
            let entropy = g.categoricalEntropy(logProbabilities: logProbabilities)
            return g.offset(g.negate(entropy), Float(model.latentCount / classes) * logf(Float(classes)))
        }
        guard let prior = architecture.prior?.statistics(&g), let rows = logVariance.shape.rows else {
            let squares = g.square(posterior.mean)
            // KL_j = ½ (μ² + σ² − 1 − log σ²), Kingma & Welling 2014, appendix B.
            let spread = g.offset(g.subtract(g.exp(logVariance), logVariance), -1)
            return g.scale(g.sum(g.add(squares, spread), over: .features), 0.5)
        }
        // KL_j = ½ ((μ−m)²/s² + σ²/s² − 1 − log σ²/s²) for p = N(m, s²).
        let distance = g.subtract(posterior.mean, g.repeatRows(prior[0], rows))
        let precision = g.repeatRows(g.exp(g.negate(prior[1])), rows)
        let ratio = g.subtract(logVariance, g.repeatRows(prior[1], rows))
        let squares = g.multiply(g.square(distance), precision)
        let spread = g.offset(g.subtract(g.exp(ratio), ratio), -1)
        return g.scale(g.sum(g.add(squares, spread), over: .features), 0.5)
    }
}
