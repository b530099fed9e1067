public import StarlingCompute
import StarlingLatentPolicy
public import StarlingMetrics
public import StarlingReturns
public import StarlingTraining

/// What actor-critic losses have in common: their heads, their targets' columns, and the terms beside the policy's.
public enum ActorCritic {
    public static let metrics: [Metric] = [.policyGradientLoss, .valueLoss, .entropy, .explainedVariance, .importanceRatio]
    /// What the host reads of the model for its targets.
    public static let needs: [RowOutput] = [.logProbability, .value]

    /// `−surrogate + c_V·½(V−v)² − c_H·H[π]`, every term a mean over the steps that count; of a value of bins the cross-entropy in the
    /// place of the square.
    /// - Parameters:
    ///   - entropyShare: what c_H is multiplied by at each step; nil: nothing.
    ///   - surrogate: what the policy maximises, `[rows]`, of log π(a|z) and the advantage; by default their product.
    public static func grow(
        _ g: inout Graph, _ pass: inout ModelPass, valueCost: Float, entropyCost: Float, entropyShare: Node? = nil,
        surrogate: (inout Graph, inout ModelPass, _ taken: Node, _ advantage: Node) -> Node = { $0.multiply($3, $2) }
    ) -> [Term] {
        let distribution = pass.distribution(&g)
        let taken = pass.logProbability(&g)
        let value = pass.stateValue(&g)
        let advantage = pass.target(&g, .advantage)
        let valueTarget = pass.target(&g, .valueTarget)
        let row = surrogate(&g, &pass, taken, advantage)
        let policyLoss = g.negate(pass.mean(&g, row))
        let valueLoss = pass.mean(&g, value.loss(&g, target: valueTarget))
        let entropy = pass.mean(&g, distribution.entropy(&g))
        let terms = [Term(.policyGradientLoss, policyLoss, weight: 1), Term(.valueLoss, valueLoss, weight: valueCost)]
        guard let entropyShare else { return terms + [Term(.entropy, entropy, weight: -entropyCost)] }
        let bonus = g.multiply(entropy, scalar: entropyShare)
        return terms + [Term(nil, bonus, weight: -entropyCost), .told(.entropy, entropy)]
    }

    /// Writes V-trace's advantages and value targets.
    public static func writeVTrace(_ step: StepAccess, _ settings: VTraceTargets.Settings) {
        let batch = step.batch
        VTraceTargets.targets(
            unrollLength: step.unrollLength, columns: step.columnCount, settings: settings,
            logRatios: UnsafeBufferPointer(batch.logRatios), rewards: UnsafeBufferPointer(batch.rewards),
            discounting: step.discounting(settings.discount), values: step.read(.value), valueTargets: step.target(.valueTarget),
            advantages: step.target(.advantage))
    }

    /// Writes generalised advantages A, and the targets A + V(z).
    public static func writeGeneralizedAdvantages(_ step: StepAccess, discount: Float, lambda: Float) {
        let (values, batch) = (step.read(.value), step.batch)
        let (advantages, targets) = (step.target(.advantage), step.target(.valueTarget))
        OnPolicyReturns.generalizedAdvantages(
            unrollLength: step.unrollLength, columns: step.columnCount, lambda: lambda,
            rewards: UnsafeBufferPointer(batch.rewards),
            discounting: step.discounting(discount), values: values, advantages: advantages)
        for row in targets.indices { targets[row] = advantages[row] + values[row] }
    }

    /// (A − mean)/(deviation + 1e-8) over the rows of a step, the deviation unbiased.
    public static func normalizeAdvantages(_ step: StepAccess) {
        guard step.frames > 1 else { return }
        let advantages = step.target(.advantage)
        var (mean, square) = (0.0, 0.0)
        for row in advantages.indices { mean += Double(step.weights[row]) * Double(advantages[row]) }
        for row in advantages.indices {
            let deviation = Double(advantages[row]) - mean
            square += Double(step.weights[row]) * deviation * deviation
        }
        let count = Double(step.frames)
        let scale = Float(1 / ((square * count / (count - 1)).squareRoot() + 1e-8))
        for row in advantages.indices { advantages[row] = (advantages[row] - Float(mean)) * scale }
    }

    /// Writes how far actors' parameters were from the learner's, and how much of the targets' variance the values explain.
    public static func noteTargets(_ step: StepAccess, _ metrics: inout MetricSample) {
        metrics[.importanceRatio] = Double(step.batch.meanImportanceRatio(frames: step.frames))
        let targets = UnsafeBufferPointer(step.target(.valueTarget))
        guard let explained = step.batch.explainedVariance(values: step.read(.value), targets: targets) else { return }
        metrics[.explainedVariance] = Double(explained)
    }
}

extension Metric {
    public static let policyGradientLoss = Metric(
        "policy_gradient_loss", "1", "What moves the policy: −A·log π(a|z), of PPO its clipped surrogate.", cell: Cell("policy loss"))
    public static let valueLoss = Metric(
        "value_loss", "reward²", "½(V(z) − v)², unweighted; of a value over bins (model.value_head) the cross-entropy in nats.",
        cell: Cell("value loss"))
    public static let entropy = Metric("entropy", "nat", "Entropy of the policy H[π(·|z)].", cell: Cell("entropy", suffix: "nat"))
    public static let explainedVariance = Metric(
        "explained_variance", "1", "1 − Var[v − V] / Var[v] of the last batch in which v varied; 1 is a perfect critic.", .last)
    public static let importanceRatio = Metric(
        "importance_ratio", "1", "Mean of π/μ, unclipped; 1 when actor and learner agree.", in: .asynchrony)
}
