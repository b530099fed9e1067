import Glibc
public import StarlingCompute
import StarlingExperience

/// The two halves of −ELBO, a number per row, in nats and summed over scalars and latents (never averaged: the mean
/// of one beside the sum of the other is a β of ten thousands, and the posterior collapses).
public struct ElboTerms: Sendable {
    /// −Σ_d log p(x_d|z̃) `[rows]`.
    public let reconstruction: Node
    /// Σ_j KL(q(z_j|x) ‖ N(0,1)) `[rows]`; ½‖z‖² for a deterministic autoencoder.
    public let divergence: Node
}

extension LatentPolicy {
    /// The terms for scaled observations `x`; nil when the model has no decoder.
    public func elbo(_ g: inout Graph, _ x: Node, _ posterior: Posterior, latent z: Node) -> ElboTerms? {
        guard let decoded = decode(&g, z) else { return nil }
        return ElboTerms(
            reconstruction: reconstruction(&g, x, decoded: decoded),
            divergence: divergence(&g, posterior))
    }

    private func reconstruction(_ g: inout Graph, _ x: Node, decoded y: Node) -> Node {
        switch model.likelihood {
        case .normal(let variance, _):
            // ½ (x−x̂)²/σ² + ½ log 2πσ², summed over D scalars.
            let error = g.sum(g.square(g.subtract(x, y)), over: .features)
            let constant = 0.5 * logf(2 * .pi * variance) * Float(stackedObservation.count)
            return g.offset(g.scale(error, 0.5 / variance), constant)
        case .bernoulli:
            // −log p = softplus(y) − x·y for logits y.
            return g.sum(g.subtract(g.softplus(y), g.multiply(x, y)), over: .features)
        }
    }

    private func divergence(_ g: inout Graph, _ posterior: Posterior) -> Node {
        let squares = g.square(posterior.mean)
        guard let logVariance = posterior.logVariance else { return g.scale(g.sum(squares, over: .features), 0.5) }
        // KL_j = ½ (μ² + σ² − 1 − log σ²), Kingma & Welling 2014, appendix B.
        let spread = g.offset(g.subtract(g.exp(logVariance), logVariance), -1)
        return g.scale(g.sum(g.add(squares, spread), over: .features), 0.5)
    }
}
