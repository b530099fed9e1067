import Glibc
public import StarlingCompute
import StarlingExperience
public import StarlingMetrics
public import StarlingTraining

/// `Huber(Q(z, a) − G)` as a mean over the steps that count, with the λ-returns
/// `Gₜ = rₜ + γ ((1 − λ) vₜ₊₁ + λ Gₜ₊₁)` of what the next state is worth, v (Sutton & Barto 2018, sections 6.4 to 6.6 and 12.8).
/// Where masks tell what may be done there, nothing else counts.
public struct ActionValueLoss: Objective {
    /// What a state is worth.
    public enum Bootstrap: Hashable, Sendable {
        /// max_a Q: Q-learning (Watkins 1989).
        case greedy
        /// Q⁻(argmax_a Q), the target's opinion of the online best (van Hasselt et al. 2016, "Deep reinforcement learning with double
        /// Q-learning"). Without a target it is `greedy`.
        case double
        /// Σ_a π(a) Q(a) of the ε-greedy policy: Expected SARSA (van Seijen et al. 2009).
        case expected
        /// Q of the action that was taken: SARSA (Rummery & Niranjan 1994). Where an unroll ends that isn't known, and it is `expected`.
        case taken
        /// log Σ_a e^Q: what the policy that is proportional to e^Q gets, its entropy being part of the reward: soft Q-learning (Haarnoja et
        /// al. 2017, "Reinforcement learning with deep energy-based policies", eq. 5 and 6), which with log p(a|s) of a prior in the reward is
        /// Ψ-learning (Jaques et al. 2017, "Sequence tutor", eq. 9). Exact with λ 0.
        case soft
    }

    let values: ActionValues
    let bootstrap: Bootstrap
    let discount: Float
    let lambda: Float
    /// Whether v is the target bank's.
    let usesTarget: Bool
    /// κ: |δ| beyond which the loss is linear.
    let huber: Float
    /// Of the policy that acts.
    let exploration: Exploration
    /// n of n-step returns.
    let steps: Int

    /// The loss with these numbers, which are those of the settings that make it: `DQN`, `QLambda.Settings`.
    public init(
        values: ActionValues, bootstrap: Bootstrap, discount: Float, lambda: Float = 0, usesTarget: Bool, huber: Float,
        exploration: Exploration, steps: Int = 1
    ) {
        (self.values, self.bootstrap, self.discount, self.lambda) = (values, bootstrap, discount, lambda)
        (self.usesTarget, self.huber, self.exploration, self.steps) = (usesTarget, huber, exploration, steps)
    }

    private static let taken = RowOutput("takenActionValue")
    private static let online = RowOutput("actionValues")
    private static let target = RowOutput("targetActionValues")
    private static let worth = TargetColumn("worth")

    public var metrics: [Metric] { [.actionValueLoss, .actionValue, .temporalDifference] }

    public func grow(_ g: inout Graph, _ pass: inout ModelPass) -> [Term] {
        let policy = pass.policy
        let all = values.grow(&g, policy, pass.valueFeatures, mask: pass.mask)
        let next = pass.successors
        pass.output(&g, Self.online, next.areShared ? all : values.grow(&g, policy, next.features, mask: next.mask))
        if usesTarget {
            let features = pass.targetFeatures(&g)
            pass.output(&g, Self.target, g.reading(from: .target) { values.grow(&$0, policy, features, mask: next.mask) })
        }
        guard case .discrete(let action) = pass.ports.action else { return [] }
        let taken = g.gather(all, indices: action)
        pass.output(&g, Self.taken, taken)
        let error = g.subtract(taken, pass.target(&g, .valueTarget))
        // c·x − ½c² with c = clamp(x, ±κ) is Huber's loss of x, and its derivative.
        let bounded = g.clamp(error, -huber...huber)
        let loss = g.subtract(g.multiply(bounded, error), g.scale(g.square(bounded), 0.5))
        return [
            Term(.actionValueLoss, pass.mean(&g, loss), weight: 1), .told(.actionValue, pass.mean(&g, pass.target(&g, Self.worth))),
        ]
    }

    public func writeTargets(_ step: StepAccess, _ metrics: inout MetricSample) {
        let batch = step.batch
        let online = step.read(Self.online)
        let target = usesTarget ? step.read(Self.target) : online
        let worth = step.target(Self.worth)
        let width = online.count / worth.count
        let taken = step.read(Self.taken)
        let epsilon = exploration.epsilon(frames: step.runFrames)
        for row in worth.indices {
            let place = row * width
            let isStep = step.hasSequences && row < batch.kinds.count && batch.kinds[row] != StepKind.reset.rawValue
            worth[row] = worthOfState(
                UnsafeBufferPointer(rebasing: online[place..<place + width]), UnsafeBufferPointer(rebasing: target[place..<place + width]),
                taken: isStep ? Int(batch.actions[row]) : nil, epsilon)
        }
        step.writeReturns(of: UnsafeBufferPointer(worth), discount: discount, lambda: lambda, steps: steps)
        metrics[.temporalDifference] = step.noteErrors { taken[$0] }
    }

    /// v of one state: its Q by the online and the target's parameters, `[A]` each.
    private func worthOfState(
        _ online: UnsafeBufferPointer<Float>, _ target: UnsafeBufferPointer<Float>, taken: Int?, _ epsilon: Float
    ) -> Float {
        switch bootstrap {
        case .greedy: return target[Self.best(target)]
        case .double: return target[Self.best(online)]
        case .soft: return Self.logSumExp(target)
        case .taken: if let taken { return target[taken] }
        case .expected: break
        }
        // Of what a mask forbids nothing is ever explored.
        var (sum, count): (Float, Int) = (0, 0)
        for value in target where value > ActionSpec.forbiddenLogit { (sum, count) = (sum + value, count + 1) }
        return (1 - epsilon) * target[Self.best(online)] + epsilon * sum / Float(max(1, count))
    }

    private static func logSumExp(_ values: UnsafeBufferPointer<Float>) -> Float {
        let largest = values[best(values)]
        return largest + logf(values.reduce(0) { $0 + expf($1 - largest) })
    }

    /// The first of the largest, as the acting rules take it.
    private static func best(_ values: UnsafeBufferPointer<Float>) -> Int {
        var best = 0
        for index in 1..<values.count where values[index] > values[best] { best = index }
        return best
    }
}

extension Metric {
    public static let actionValueLoss = Metric(
        "q_loss", "reward²", "Huber's loss of Q(z, a) − G, unweighted.", cell: Cell("Q loss"))
    public static let actionValue = Metric(
        "q_value", "reward", "What states were worth that targets were made of: a mean over the steps.", cell: Cell("Q"))
    public static let temporalDifference = Metric("td_error", "reward", "Mean of |G − Q(z, a)| before the step.")
}
