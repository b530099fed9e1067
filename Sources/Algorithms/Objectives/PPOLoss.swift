import Glibc
public import StarlingCompute
public import StarlingMetrics
import StarlingReturns
public import StarlingTraining

/// `−min(r·A, clip(r, 1−ε, 1+ε)·A) + c_V·½(V−G)² − c_H·H[π]` with r = π/π_prox (Schulman et al. 2017), every term a mean over the
/// steps of a minibatch, A the generalised advantages and G = A + V(z) before any step on the batch.
///
/// π_prox is the policy as it was when the batch was complete, and what acted, μ, may be older: the ratio that is clipped is of π_prox, and
/// the lag is corrected in A, which is weighted with min(ρ̄, π_prox/μ) (Hilton et al. 2021, "Batch size-invariance for policy
/// optimization"), and in G: both are V-trace's with the trace λ, and these, without a lag, are the generalised advantages and A + V.
public struct PPOLoss: Objective {
    let discount: Float
    let lambda: Float
    let clip: Float
    let rhoClip: Float
    let valueCost: Float
    let entropyCost: Float
    let normalizesAdvantages: Bool

    /// The clipped loss (Schulman et al. 2017, equation 7) with these numbers, which are those of the settings `PPO`.
    public init(
        discount: Float, lambda: Float, clip: Float, rhoClip: Float, valueCost: Float, entropyCost: Float, normalizesAdvantages: Bool
    ) {
        (self.discount, self.lambda, self.clip, self.rhoClip) = (discount, lambda, clip, rhoClip)
        (self.valueCost, self.entropyCost, self.normalizesAdvantages) = (valueCost, entropyCost, normalizesAdvantages)
    }

    private static let ratio = RowOutput("ratio")

    public var metrics: [Metric] { ActorCritic.metrics + [.clipFraction, .approximateDivergence] }
    public var needs: [RowOutput] { ActorCritic.needs }

    public func grow(_ g: inout Graph, _ pass: inout ModelPass) -> [Term] {
        ActorCritic.grow(&g, &pass, valueCost: valueCost, entropyCost: entropyCost) { g, pass, taken, advantage in
            let ratio = g.exp(g.subtract(taken, pass.target(&g, .proximalLogProbability)))
            pass.output(&g, Self.ratio, ratio)
            let clipped = g.clamp(ratio, 1 - clip...1 + clip)
            return g.minimum(g.multiply(ratio, advantage), g.multiply(clipped, advantage))
        }
    }

    public func writeTargets(_ step: StepAccess, _ metrics: inout MetricSample) {
        ActorCritic.writeVTrace(
            step, VTraceTargets.Settings(discount: discount, lambda: lambda, rhoClip: rhoClip, cClip: min(1, rhoClip), pgRhoClip: rhoClip))
        _ = step.target(.proximalLogProbability).update(fromContentsOf: step.read(.logProbability))
        ActorCritic.noteTargets(step, &metrics)
    }

    public func adjustTargets(_ step: StepAccess) {
        if normalizesAdvantages { ActorCritic.normalizeAdvantages(step) }
    }

    public func finish(_ step: StepAccess, _ metrics: inout MetricSample) {
        let ratios = step.read(Self.ratio)
        var (clipped, divergence) = (0.0, 0.0)
        for row in ratios.indices where step.weights[row] > 0 {
            let (ratio, weight) = (Double(ratios[row]), Double(step.weights[row]))
            if abs(ratio - 1) > Double(clip) { clipped += weight }
            divergence += weight * (ratio - 1 - log(ratio))
        }
        metrics[.clipFraction] = clipped
        metrics[.approximateDivergence] = divergence
    }
}

extension Metric {
    public static let clipFraction = Metric("clip_fraction", "1", "Share of steps whose ratio PPO cut off.")
    public static let approximateDivergence = Metric(
        "approximate_kl", "nat", "Mean of r − 1 − log r, about KL(π_prox ‖ π) on a batch.")
}
