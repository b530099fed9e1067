import Glibc
import StarlingCompute
import StarlingExperience
public import StarlingLatentPolicy

/// Two opinions of what an action is worth, of which the smaller is believed (Fujimoto et al. 2018, "Addressing function approximation
/// error in actor-critic methods"), and their entropy's price.
public struct SoftCritics: Sendable {
    private let heads: [ModelPart]
    /// Whether each gives one number for a state and an action; else one for every action of a state.
    private let takesAction: Bool
    /// log α; nil where it is fixed.
    private let firstTemperature: Float?
    private let fixedTemperature: Float

    /// - Parameters:
    ///   - hidden: widths of each critic's hidden layers.
    ///   - temperature: α, or what it begins with.
    public init(_ policy: LatentPolicy, hidden: [Int], temperature: Float, isLearned: Bool) {
        let state = policy.model.latentCount + policy.model.core.width
        let action = policy.environment.action
        if case .continuous = action { takesAction = true } else { takesAction = false }
        let input = takesAction ? state + action.width : state
        let output = takesAction ? 1 : policy.environment.action.parameterCount
        heads = ["critic1", "critic2"].map { policy.head($0, from: input, hidden: hidden, output: output) }
        (firstTemperature, fixedTemperature) = (isLearned ? temperature : nil, temperature)
    }

    func declare(_ g: inout Graph) {
        for head in heads { head.declare(&g) }
        _ = logTemperature(&g)
    }

    /// log α, one number; nil where it is fixed.
    func logTemperature(_ g: inout Graph) -> Node? {
        firstTemperature.map { first in g.sum(g.parameter("temperature.log", [1], .constant(logf(first))), over: .features) }
    }

    /// α, which no derivative reaches.
    func temperature(_ g: inout Graph) -> Node {
        guard let logarithm = logTemperature(&g) else { return g.constant(fixedTemperature) }
        return g.gate(g.exp(logarithm), open: false)
    }

    /// Both of Q: `[rows]` each for an action, or `[rows, A]`.
    /// - Parameters:
    ///   - state: what the heads see, `[rows, Z + H]`.
    ///   - action: of continuous actions, within ±1, `[rows, K]`.
    func values(_ g: inout Graph, _ state: Node, _ action: Node?) -> [Node] {
        guard let action else { return heads.map { $0(&g, state) } }
        let input = g.concatenate([state, action])
        return heads.map { g.sum($0(&g, input), over: .features) }
    }

    /// The smaller of both.
    func least(_ g: inout Graph, _ state: Node, _ action: Node?) -> Node {
        let both = values(&g, state, action)
        return g.minimum(both[0], both[1])
    }
}
