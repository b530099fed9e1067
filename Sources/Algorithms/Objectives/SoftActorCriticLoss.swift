import Glibc
public import StarlingCompute
import StarlingExperience
public import StarlingLatentPolicy
public import StarlingMetrics
public import StarlingTraining

/// Soft actor-critic (Haarnoja et al. 2018, "Soft actor-critic algorithms and applications"; of discrete actions Christodoulou 2019): two
/// critics learn `y = r + γⁿ (min Q⁻(z', a') − α log π(a'|z'))` with a' drawn from π, the actor follows `min Q − α log π`, and α is what keeps
/// the policy's entropy at a target. Of discrete actions the expectations over a' are sums.
///
/// The derivative of the actor's part stops at z: the policy is a projection of what the critics say, and these train the encoder
/// (Yarats et al. 2021, "Improving sample efficiency in model-free reinforcement learning from images").
public struct SoftActorCriticLoss: Objective {
    private let critics: SoftCritics
    private let discount: Float
    private let targetEntropy: TargetEntropy
    /// n of n-step returns.
    private let steps: Int

    /// What α keeps the policy's entropy at.
    public enum TargetEntropy: Hashable, Sendable {
        case nats(Float)
        /// So much of what it can be where only some actions may be taken: of the logarithm of their number, a mean over the steps.
        case share(Float)
    }

    /// - Parameter steps: n of n-step returns.
    public init(_ critics: SoftCritics, discount: Float, targetEntropy: TargetEntropy, steps: Int = 1) {
        (self.critics, self.discount, self.targetEntropy, self.steps) = (critics, discount, targetEntropy, steps)
    }

    private static let worth = RowOutput("worth")
    private static let value = RowOutput("criticValue")

    public var metrics: [Metric] { [.criticLoss, .actorLoss, .temperatureLoss, .temperature, .entropy, .temporalDifference] }

    public func declare(_ g: inout Graph, _ policy: LatentPolicy) { critics.declare(&g) }

    public func grow(_ g: inout Graph, _ pass: inout ModelPass) -> [Term] {
        let choice = choose(&g, &pass, pass.policyFeatures, .unroll, pass.mask)
        let alpha = critics.temperature(&g)
        let successors = pass.successors
        let next = successors.areShared ? choice : choose(&g, &pass, successors.features, successors.rows, successors.mask)
        pass.output(&g, Self.worth, g.subtract(targetValue(&g, pass, next), g.multiply(next.logProbability, scalar: alpha)))

        let taken = takenValues(&g, pass)
        pass.output(&g, Self.value, g.minimum(taken[0], taken[1]))
        let target = pass.target(&g, .valueTarget)
        let errors = taken.map { g.square(g.subtract($0, target)) }
        let critic = g.scale(pass.mean(&g, g.add(errors[0], errors[1])), 0.5)

        let state = g.gate(pass.valueFeatures, open: false)
        let value = g.holdingParameters { g in expectation(&g, critics.least(&g, state, choice.action), choice) }
        let actor = pass.mean(&g, g.subtract(g.multiply(choice.logProbability, scalar: alpha), value))
        let entropy = g.gate(g.negate(pass.mean(&g, choice.logProbability)), open: false)
        let terms: [Term] = [
            Term(.criticLoss, critic, weight: 1), Term(.actorLoss, actor, weight: 1), .told(.temperature, alpha), .told(.entropy, entropy),
        ]
        guard let logarithm = critics.logTemperature(&g) else { return terms }
        // log α grows while the entropy is below its target.
        let loss = g.multiply(logarithm, beyondTarget(&g, pass, entropy))
        return terms + [Term(.temperatureLoss, loss, weight: 1)]
    }

    private func beyondTarget(_ g: inout Graph, _ pass: ModelPass, _ entropy: Node) -> Node {
        switch (targetEntropy, pass.mask) {
        case (.nats(let target), _): return g.offset(entropy, -target)
        case (.share(let share), nil): return g.offset(entropy, -share * logf(Float(pass.policy.environment.action.parameterCount)))
        case (.share(let share), let mask?):
            let most = g.log(g.sum(mask.allowed, over: .features))
            return g.subtract(entropy, g.scale(pass.mean(&g, most), share))
        }
    }

    /// What the policy would do in each of some rows.
    private struct Choice {
        /// Of a' that was drawn `[rows]`; of discrete actions Σ π log π.
        let logProbability: Node
        /// a' within ±1, `[rows, K]`; nil of discrete ones.
        let action: Node?
        /// π, `[rows, A]`, of discrete ones.
        let probabilities: Node?
    }

    /// - Parameter features: what the policy's head sees of them.
    private func choose(
        _ g: inout Graph, _ pass: inout ModelPass, _ features: Node, _ rows: Rows, _ mask: ActionMask?
    ) -> Choice {
        let head = pass.policy.logits(&g, g.gate(features, open: false), mask: mask)
        guard case .continuous(let low, _) = pass.policy.environment.action else {
            let logarithms = g.logSoftmax(head)
            let probabilities = g.exp(logarithms)
            let expected = g.sum(g.multiply(probabilities, logarithms), over: .features)
            return Choice(logProbability: expected, action: nil, probabilities: probabilities)
        }
        let mean = g.slice(head, features: 0..<low.count)
        let logDeviation = g.slice(head, features: low.count..<2 * low.count)
        let noise = pass.gaussian(&g, rows, count: low.count, draw: Draw.action)
        let u = g.add(mean, g.multiply(g.exp(logDeviation), noise))
        return Choice(
            logProbability: g.tanhGaussianLogDensity(u, mean: mean, logDeviation: logDeviation), action: g.tanh(u), probabilities: nil)
    }

    /// Σ π Q; Q itself where an action was drawn. `[rows]`.
    private func expectation(_ g: inout Graph, _ values: Node, _ choice: Choice) -> Node {
        guard let probabilities = choice.probabilities else { return values }
        return g.sum(g.multiply(probabilities, values), over: .features)
    }

    /// The critics of the action that was taken.
    private func takenValues(_ g: inout Graph, _ pass: ModelPass) -> [Node] {
        switch pass.ports.action {
        case .continuous(let port): return critics.values(&g, pass.valueFeatures, g.tanh(port.node))
        case .discrete(let port): return critics.values(&g, pass.valueFeatures, nil).map { g.gather($0, indices: port) }
        case .multiDiscrete: fatalError("critics of actions of several parts")
        }
    }

    /// min Q⁻ of what the policy would do in the successors, all by the target's parameters but the policy.
    private func targetValue(_ g: inout Graph, _ pass: ModelPass, _ choice: Choice) -> Node {
        let features = pass.targetFeatures(&g)
        return g.reading(from: .target) { g in expectation(&g, critics.least(&g, features, choice.action), choice) }
    }

    public func writeTargets(_ step: StepAccess, _ metrics: inout MetricSample) {
        let worth = step.read(Self.worth)
        let value = step.read(Self.value)
        step.writeReturns(of: worth, discount: discount, lambda: 0, steps: steps)
        metrics[.temporalDifference] = step.noteErrors { value[$0] }
    }
}

extension Metric {
    public static let criticLoss = Metric(
        "critic_loss", "reward²", "½(Q(z, a) − y)² of both critics, unweighted.", cell: Cell("critic loss"))
    public static let actorLoss = Metric("actor_loss", "reward", "α log π(a'|z) − min Q(z, a') of the actions that the policy would take.")
    public static let temperatureLoss = Metric("temperature_loss", "nat", "log α times the entropy beyond its target.")
    public static let temperature = Metric(
        "temperature", "reward/nat", "α: what a nat of the policy's entropy is worth.", cell: Cell("α"))
}
