public import StarlingCompute
import StarlingExperience
public import StarlingLatentPolicy
public import StarlingMetrics
public import StarlingTraining

/// A conditional variational autoencoder beside the one that acts (Sohn et al. 2015, "Learning structured output representation using deep
/// conditional generative models", section 4): a recognition network r(z|I, J) sees the window without haze too, and what the policy's
/// encoder makes of the window alone is the prior q(z|I) of it. From z̃ of r the same decoder tells the haze, with the same loss:
/// `c_J·|J' − J| + c_t·|t' − t| + (λ/D)·[−Σ log p(x|z̃) + β·KL(r(z|I, J) ‖ q(z|I))]`, x what is decoded.
///
/// Training alone has r. Put it behind ``Autoencoder``, which sets β: with that and ``Dehazing``, which decode z̃ of q, it is the hybrid of
/// section 4.2 there.
///
/// r is q moved by what a network makes of I and J, μ + δ and log σ² + ρ (as the residual Normals of Vahdat & Kautz 2020, "NVAE: a deep
/// hierarchical variational autoencoder", section 3.2), so that it begins as q: KL = ½·Σ_j (δ²/σ² + e^ρ − 1 − ρ).
public struct ConditionalClearing: Objective {
    private let cost: Float
    private let windowCost: Float
    private let transmissionCost: Float
    /// λ/D.
    private let elboCost: Float
    private let latentCount: Int

    /// What its parameters' names begin with.
    public static let module = "recognition"
    /// Bounds of ρ.
    private static let bounds: ClosedRange<Float> = -4...4

    /// - Parameters:
    ///   - cost: weight of the whole.
    ///   - windowCost: c_J within.
    ///   - transmissionCost: c_t within.
    public init(_ context: TrainingContext, cost: Float, windowCost: Float, transmissionCost: Float) {
        (self.cost, self.windowCost, self.transmissionCost) = (cost, windowCost, transmissionCost)
        elboCost = context.latent.vaeCost / Float(context.policy.architecture.explainedCount)
        latentCount = context.policy.model.latentCount
    }

    public var metrics: [Metric] { [.conditionalLoss, .recognitionDivergence] }
    public var trainsRepresentation: Bool { true }

    public func declare(_ g: inout Graph, _ policy: LatentPolicy) { recognition(policy).declare(&g) }

    /// I and J, one above the other, to δ and ρ.
    private func recognition(_ policy: LatentPolicy) -> ModelPart {
        let window = Clearing.windowShape(policy)
        return policy.head(
            Self.module, onImages: [2 * window[0]] + window[1...], convolutions: ModelSpec.Convolution.ofWindows, hidden: [128],
            output: 2 * latentCount, gain: 0)
    }

    public func grow(_ g: inout Graph, _ pass: inout ModelPass) -> [Term] {
        guard let logVariance = pass.posterior.logVariance else { preconditionFailure("a latent that is no Normal") }
        let windows = [Clearing.Part.window, Clearing.Part.clear].map { Clearing.window(&g, pass, $0) }
        let recognition = recognition(pass.policy)
        let moved = recognition(&g, g.reshape(g.concatenate(windows), recognition.input))
        let shift = g.slice(moved, features: 0..<latentCount)
        let widening = g.clamp(g.slice(moved, features: latentCount..<2 * latentCount), Self.bounds)
        let mean = g.add(pass.posterior.mean, shift)
        let deviation = g.exp(g.scale(g.add(logVariance, widening), 0.5))
        let z = g.add(mean, g.multiply(deviation, pass.gaussian(&g, count: latentCount, draw: Draw.recognition)))

        let told = pass.policy.elbo(&g, pass.observation, Posterior(mean: mean), latent: z)
        let clearing = Clearing(&g, pass, told)
        let distance = g.multiply(g.square(shift), g.exp(g.negate(logVariance)))
        let spread = g.offset(g.subtract(g.exp(widening), widening), -1)
        let divergence = pass.mean(&g, g.scale(g.sum(g.add(distance, spread), over: .features), 0.5))
        let bound = g.add(pass.mean(&g, told!.reconstruction), g.multiply(divergence, scalar: pass.scalar(&g, .klWeight)))
        let errors = g.add(
            g.scale(clearing.windowError(&g, pass), windowCost), g.scale(clearing.transmissionError(&g, pass), transmissionCost))
        let loss = g.add(errors, g.scale(bound, elboCost))
        return [Term(.conditionalLoss, loss, weight: cost), .told(.recognitionDivergence, divergence)]
    }
}

extension Metric {
    public static let conditionalLoss = Metric(
        "conditional_loss", "1",
        "What clearing and decoding cost from z of r(z|I, J), with β·KL(r(z|I, J) ‖ q(z|I)), by the weights of the loss.")
    public static let recognitionDivergence = Metric(
        "recognition_divergence", "nat", "KL(r(z|I, J) ‖ q(z|I)): what the window without haze tells beyond the one that is seen.")
}
