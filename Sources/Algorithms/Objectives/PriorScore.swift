public import StarlingCompute
import StarlingExperience
public import StarlingMetrics
public import StarlingTraining

/// `c·log p(a) − κ·(log μ(a) − log p(a))` of every step, p the frozen policy of the target bank (Jaques et al. 2017, "Sequence tutor",
/// section 3; Stiennon et al. 2020, section 3.4): what the prior finds likely is rewarded, and straying from it is not.
public struct PriorScore: Scorer {
    private let weight: Float
    private let klWeight: Float

    private static let logProbability = RowOutput("prior.logProbability")

    /// - Parameters:
    ///   - weight: c.
    ///   - klWeight: κ.
    public init(weight: Float, klWeight: Float) { (self.weight, self.klWeight) = (weight, klWeight) }

    /// What the prior says of what is made, and how far the policy is from it.
    public var metrics: [Metric] { [.priorLogProbability, .priorDivergence] }

    public func grow(_ g: inout Graph, _ pass: inout ModelPass) {
        pass.output(&g, Self.logProbability, pass.targetLogProbability(&g))
    }

    public func score(_ step: StepAccess, _ metrics: inout MetricSample) {
        let (batch, prior) = (step.batch, step.read(Self.logProbability))
        var (sum, divergence, count) = (0.0, 0.0, 0)
        for row in batch.kinds.indices where batch.kinds[row] != StepKind.reset.rawValue {
            let ratio = batch.behaviorLogProbabilities[row] - prior[row]
            batch.rewards[row] += weight * prior[row] - klWeight * ratio
            (sum, divergence, count) = (sum + Double(prior[row]), divergence + Double(ratio), count + 1)
        }
        metrics[.priorLogProbability] = sum / Double(max(1, count))
        metrics[.priorDivergence] = divergence / Double(max(1, count))
    }
}

extension Metric {
    public static let priorLogProbability = Metric(
        "prior_log_probability", "nat", "log p(token) of the policy's own tokens by the frozen prior, the policy as likelihood left it.")
    public static let priorDivergence = Metric(
        "prior_divergence", "nat", "Mean of log μ(token) − log p(token): about KL(policy ‖ prior) per token.")
}
