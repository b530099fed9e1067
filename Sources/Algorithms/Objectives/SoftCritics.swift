import Glibc
import StarlingCompute
import StarlingExperience
public import StarlingLatentPolicy

/// Two opinions of what an action is worth, of which the smaller is believed (Fujimoto et al. 2018, "Addressing function approximation
/// error in actor-critic methods"), and what a nat of entropy is worth beside it.
public struct SoftCritics: Sendable {
    /// Each gives one number for a state and a continuous action, or one for every discrete action of a state.
    private let heads: [ModelPart]
    private let temperature: Temperature

    /// α, what a nat of entropy is worth.
    public enum Temperature: Hashable, Sendable {
        case fixed(Float)
        /// A parameter that begins there.
        case learned(from: Float)
    }

    /// - Parameter hidden: widths of each critic's hidden layers.
    public init(_ policy: LatentPolicy, hidden: [Int], temperature: Temperature) {
        let state = policy.model.latentCount + policy.model.core.width
        let (input, output) =
            switch policy.environment.action {
            case .continuous(let low, _): (state + low.count, 1)
            case .discrete, .multiDiscrete: (state, policy.environment.action.parameterCount)
            }
        heads = ["critic1", "critic2"].map { policy.head($0, from: input, hidden: hidden, output: output) }
        self.temperature = temperature
    }

    func declare(_ g: inout Graph) {
        for head in heads { head.declare(&g) }
        _ = logTemperature(&g)
    }

    /// log α, one number; nil where it is fixed.
    func logTemperature(_ g: inout Graph) -> Node? {
        guard case .learned(let first) = temperature else { return nil }
        return g.sum(g.parameter("temperature.log", [1], .constant(logf(first))), over: .features)
    }

    /// α, which no derivative reaches.
    func temperature(_ g: inout Graph) -> Node {
        switch temperature {
        case .fixed(let alpha): g.constant(alpha)
        case .learned: g.gate(g.exp(logTemperature(&g)!), open: false)
        }
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
