public import StarlingCompute
import StarlingExperience
import StarlingLatentPolicy
public import StarlingMetrics
public import StarlingTraining

/// The autoencoder's part of every algorithm: `λ·(1/D)·[−Σ log p(x|z̃) + β·max(Σ_j KL_j, f·Z)]` as a mean over the steps that
/// count, and over observations of the reservoir in the share that they are given.
///
/// Put it first among the objectives of a phase.
public struct Autoencoder: Objective {
    private let settings: LatentSettings
    private let latentCount: Int
    /// Scalars that the decoder gives back.
    private let scalarCount: Int
    private let hasDecoder: Bool
    /// Of observations of several.
    private let partNames: [String]

    /// The loss of the autoencoder that a recipe's section `latent` describes.
    public init(_ context: TrainingContext) {
        settings = context.latent
        latentCount = context.policy.model.latentCount
        scalarCount = context.policy.architecture.explainedCount
        hasDecoder = context.policy.model.representation.hasDecoder
        partNames = hasDecoder ? context.policy.architecture.explained.compactMap(\.branch.name) : []
    }

    public var metrics: [Metric] {
        [.vaeLoss, .klDivergence, .reconstructionLoss, .elbo, .klWeight] + partNames.map { .reconstructionLoss(of: $0) }
    }
    public var trainsRepresentation: Bool { true }

    public func grow(_ g: inout Graph, _ pass: inout ModelPass) -> [Term] {
        guard let terms = pass.elbo(&g) else { return [] }
        let klWeight = pass.scalar(&g, .klWeight)
        let scale = settings.vaeCost / Float(scalarCount)
        let floor = settings.freeNats * Float(latentCount)

        /// λ/D·[reconstruction + β·max(KL, floor)].
        func cost(_ g: inout Graph, _ terms: ElboTerms, _ weight: Node) -> Node {
            let divergence = floor > 0 ? g.atLeast(terms.divergence, floor) : terms.divergence
            let kl = g.multiply(weighted(&g, divergence, weight), scalar: klWeight)
            return g.scale(g.add(weighted(&g, terms.reconstruction, weight), kl), scale)
        }

        let weight = pass.ports.weight.node
        var total = cost(&g, terms, weight)
        let learnsPrior = pass.policy.architecture.prior != nil
        var errors = terms.parts.map { part in
            part.squaredError.map { (weighted(&g, $0, weight), moments(&g, part.observation, weight)) }
        }
        var latent = learnsPrior ? moments(&g, pass.posterior, weight) : nil
        if settings.replayShare > 0 {
            let drawn = pass.growReservoir(&g, share: settings.replayShare)
            let terms = pass.policy.elbo(&g, drawn.observation, drawn.posterior, latent: drawn.sampledLatent)!
            total = mixed(&g, total, cost(&g, terms, drawn.weight))
            for (index, part) in terms.parts.enumerated() {
                guard let batch = errors[index], let squared = part.squaredError else { continue }
                errors[index] = (
                    mixed(&g, batch.0, weighted(&g, squared, drawn.weight)),
                    mixed(&g, batch.1, moments(&g, part.observation, drawn.weight))
                )
            }
            latent = latent.map { mixed(&g, $0, moments(&g, drawn.posterior, drawn.weight)) }
        }
        for (part, error) in zip(terms.parts, errors) {
            if let (error, moments) = error { pass.follow(&g, part.branch, error: error, moments) }
        }
        if let latent { pass.follow(&g, latent: latent) }
        let told = [
            Term(nil, total, weight: 1), .told(.reconstructionLoss, weighted(&g, terms.reconstruction, weight)),
            .told(.klDivergence, weighted(&g, terms.divergence, weight)),
        ]
        return told
            + terms.parts.compactMap { part in
                part.branch.name.map { .told(.reconstructionLoss(of: $0), weighted(&g, part.reconstruction, weight)) }
            }
    }

    /// Σ over rows of weight times what stands in each row, `[rows]` or `[rows, D]`.
    private func weighted(_ g: inout Graph, _ rows: Node, _ weight: Node) -> Node {
        let weight = rows.shape.dims.isEmpty ? weight : g.repeatFeatures(weight, rows.shape.dims)
        return g.sum(g.multiply(rows, weight), over: .rows)
    }

    /// The batch's and the reservoir's in their shares.
    private func mixed(_ g: inout Graph, _ batch: Node, _ drawn: Node) -> Node {
        g.add(g.scale(batch, 1 - settings.replayShare), g.scale(drawn, settings.replayShare))
    }

    private func mixed(_ g: inout Graph, _ batch: Moments, _ drawn: Moments) -> Moments {
        Moments(first: mixed(&g, batch.first, drawn.first), second: mixed(&g, batch.second, drawn.second))
    }

    /// Means of μ and of μ² + σ², `[Z]` each.
    private func moments(_ g: inout Graph, _ posterior: Posterior, _ weight: Node) -> Moments {
        let squares = g.square(posterior.mean)
        let second = posterior.logVariance.map { g.add(squares, g.exp($0)) } ?? squares
        return Moments(first: weighted(&g, posterior.mean, weight), second: weighted(&g, second, weight))
    }

    /// Of scaled observations, `[D]` each.
    private func moments(_ g: inout Graph, _ observation: Node, _ weight: Node) -> Moments {
        Moments(first: weighted(&g, observation, weight), second: weighted(&g, g.square(observation), weight))
    }

    public func setScalars(_ step: StepAccess) {
        if hasDecoder { step.set(.klWeight, settings.klWeight(at: step.progress)) }
    }

    public func finish(_ step: StepAccess, _ metrics: inout MetricSample) {
        guard let klWeight = step.scalar(.klWeight) else { return }
        let (reconstruction, divergence) = (metrics[.reconstructionLoss], metrics[.klDivergence])
        metrics[.elbo] = -reconstruction - divergence
        metrics[.vaeLoss] = reconstruction + Double(klWeight) * divergence
        metrics[.klWeight] = Double(klWeight)
    }
}

extension Metric {
    public static let reconstructionLoss = Metric(
        "reconstruction_loss", "nat", "−log p(o|z̃), summed over the scalars of an observation; of several parts their sum by weight.")
    /// The same of one part of observations of several.
    public static func reconstructionLoss(of part: String) -> Metric {
        Metric("reconstruction_loss.\(part)", "nat", "−log p(\(part)|z̃) of one part of the observations, without its weight.")
    }
    public static let klDivergence = Metric(
        "kl_divergence", "nat", "KL(q(z|o) ‖ p(z)), summed over the latents; of a deterministic autoencoder ½‖z‖².",
        cell: Cell("KL", suffix: "nat", plain: "KL"))
    public static let elbo = Metric("elbo", "nat", "−reconstruction_loss − kl_divergence: the bound at β = 1, whatever β is.")
    public static let vaeLoss = Metric(
        "vae_loss", "nat", "reconstruction_loss + kl_weight · kl_divergence: what the autoencoder minimises.",
        cell: Cell("VAE loss", plain: "VAE"))
    public static let klWeight = Metric("kl_weight", "1", "β, the weight of the KL term now.", .last)
}
