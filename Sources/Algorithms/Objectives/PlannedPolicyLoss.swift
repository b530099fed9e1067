public import StarlingCompute
import StarlingExperience
public import StarlingMetrics
public import StarlingTraining

/// `−Σ_a π'(a) log π(a|z) + c_V·½(V−G)² − c_H·H[π]` with the policy π' that the actors' plans came to and the returns G of what they
/// did (Danihelka et al. 2022, "Policy improvement by planning with Gumbel", section 4; of continuous actions −log π(a|z) of the
/// action a that was taken, which is the same on average). G are λ-returns over the steps that were drawn, V⁻ of the target bank behind them;
/// they are those of the plans, so nothing is corrected.
public struct PlannedPolicyLoss: Objective {
    private let discount: Float
    private let lambda: Float
    private let valueCost: Float
    private let entropyCost: Float
    /// Logits of π', `[rows, A]`; nil of continuous actions.
    private let plan: TargetColumn?

    /// - Parameter lambda: of the λ-returns that the value follows.
    public init(_ context: TrainingContext, discount: Float, lambda: Float, valueCost: Float, entropyCost: Float) {
        (self.discount, self.lambda, self.valueCost, self.entropyCost) = (discount, lambda, valueCost, entropyCost)
        switch context.policy.environment.action {
        case .discrete(let count): plan = TargetColumn("plan", width: count)
        case .multiDiscrete, .continuous: plan = nil
        }
    }

    private static let worth = RowOutput("targetValue")

    public var metrics: [Metric] { [.plannedPolicyLoss, .valueLoss, .entropy, .explainedVariance] }
    public var needs: [RowOutput] { [.value] }

    public func grow(_ g: inout Graph, _ pass: inout ModelPass) -> [Term] {
        let policy = pass.policy
        let features = pass.targetFeatures(&g)
        pass.output(&g, Self.worth, g.reading(from: .target) { policy.value(&$0, features) })
        let distribution = pass.distribution(&g)
        let loss: Node
        if let plan {
            let logits = pass.target(&g, plan)
            loss = distribution.crossEntropy(&g, of: g.exp(g.logSoftmax(g.reshape(logits, [plan.width]))))
        } else {
            loss = g.negate(pass.logProbability(&g))
        }
        let value = pass.stateValue(&g).loss(&g, target: pass.target(&g, .valueTarget))
        return [
            Term(.plannedPolicyLoss, pass.mean(&g, loss), weight: 1), Term(.valueLoss, pass.mean(&g, value), weight: valueCost),
            Term(.entropy, pass.mean(&g, distribution.entropy(&g)), weight: -entropyCost),
        ]
    }

    public func writeTargets(_ step: StepAccess, _ metrics: inout MetricSample) {
        step.writeReturns(of: step.read(Self.worth), discount: discount, lambda: lambda)
        let targets = UnsafeBufferPointer(step.target(.valueTarget))
        if let explained = step.batch.explainedVariance(values: step.read(.value), targets: targets) {
            metrics[.explainedVariance] = Double(explained)
        }
        guard let plan, let logits = step.batch.replay?.actingLogits else { return }
        _ = step.target(plan).update(fromContentsOf: logits)
    }
}

extension Metric {
    public static let plannedPolicyLoss = Metric(
        "planned_policy_loss", "nat", "Cross-entropy of the policy from what the actors' plans came to.", cell: Cell("plan loss"))
}
