package import StarlingMetrics

extension Metric {
    package static let totalLoss = Metric("total_loss", "1", "The weighted sum of all terms, which is minimised.")
    package static let policyGradientLoss = Metric(
        "policy_gradient_loss", "1", "−A·log π(a|z), A being the V-trace advantage.", cell: Cell("policy loss"))
    package static let valueLoss = Metric("value_loss", "reward²", "½(V(z) − v)², unweighted.", cell: Cell("value loss"))
    package static let entropy = Metric("entropy", "nat", "Entropy of the policy H[π(·|z)].", cell: Cell("entropy", suffix: "nat"))
    package static let explainedVariance = Metric(
        "explained_variance", "1", "1 − Var[v − V] / Var[v] of the last batch in which v varied; 1 is a perfect critic.", .last)
    package static let importanceRatio = Metric(
        "importance_ratio", "1", "Mean of π/μ, unclipped; 1 when actor and learner agree.", in: .asynchrony)
    package static let timeForward = Metric("time_forward", "1", "Forward passes.", .timeShare, in: .time)
    package static let timeTargets = Metric(
        "time_targets", "1", "Advantages, value targets and importance weights.", .timeShare, in: .time)
    package static let timeBackward = Metric("time_backward", "1", "Backward passes.", .timeShare, in: .time)
}

extension VTrace {
    package static let metrics: [Metric] =
        [.totalLoss, .policyGradientLoss, .valueLoss, .entropy, .explainedVariance, .importanceRatio]
        + [.timeForward, .timeTargets, .timeBackward] + LatentObjective.metrics
}
