public import StarlingCompute
public import StarlingLatentPolicy
public import StarlingMetrics
public import StarlingTraining

/// What actor-critic losses have in common.
public enum ActorCritic {
    public static let metrics: [Metric] = [.valueLoss, .entropy, .explainedVariance]

    /// `c_V·½(V−v)²` and `−c_H·H[π]`.
    public static func terms(
        _ g: inout Graph, _ pass: ModelPass, _ value: Node, _ valueTarget: Node, _ distribution: ActionDistribution,
        valueCost: Float, entropyCost: Float
    ) -> [Term] {
        let loss = g.scale(pass.mean(&g, g.square(g.subtract(value, valueTarget))), 0.5)
        let entropy = pass.mean(&g, distribution.entropy(&g))
        return [Term(.valueLoss, loss, weight: valueCost), Term(.entropy, entropy, weight: -entropyCost)]
    }

    /// Writes how much of the targets' variance the values explain.
    public static func noteFit(_ step: StepAccess, _ metrics: inout MetricSample) {
        let targets = UnsafeBufferPointer(step.target(.valueTarget))
        guard let explained = step.batch.explainedVariance(values: step.read(.value), targets: targets) else { return }
        metrics[.explainedVariance] = Double(explained)
    }
}

extension Metric {
    public static let policyGradientLoss = Metric(
        "policy_gradient_loss", "1", "What moves the policy: −A·log π(a|z), of PPO its clipped surrogate.", cell: Cell("policy loss"))
    public static let valueLoss = Metric("value_loss", "reward²", "½(V(z) − v)², unweighted.", cell: Cell("value loss"))
    public static let entropy = Metric("entropy", "nat", "Entropy of the policy H[π(·|z)].", cell: Cell("entropy", suffix: "nat"))
    public static let explainedVariance = Metric(
        "explained_variance", "1", "1 − Var[v − V] / Var[v] of the last batch in which v varied; 1 is a perfect critic.", .last)
    public static let importanceRatio = Metric(
        "importance_ratio", "1", "Mean of π/μ, unclipped; 1 when actor and learner agree.", in: .asynchrony)
}
