/// What an action may be.
public enum ActionSpec: Hashable, Sendable {
    /// One of `0 ..< count`.
    case discrete(Int)
    /// Several parts at once, part `i` one of `0 ..< counts[i]`: Gymnasium's `MultiDiscrete`; its `MultiBinary` has parts of 2.
    case multiDiscrete([Int])
    /// `K = low.count` numbers, number `i` within `low[i] ... high[i]`. The bounds are finite, every low below its high.
    case continuous(low: [Float], high: [Float])

    /// Numbers that describe one action distribution, the width `A` of the policy head: a logit per action, of several
    /// parts one part's after the other's; or `K` means and then `K` logarithms of standard deviations.
    public var parameterCount: Int {
        switch self {
        case .discrete(let count): count
        case .multiDiscrete(let counts): counts.reduce(0, +)
        case .continuous(let low, _): 2 * low.count
        }
    }

    /// Numbers of one action: 1, of several parts one each, or `K`.
    public var width: Int {
        switch self {
        case .discrete: 1
        case .multiDiscrete(let counts): counts.count
        case .continuous(let low, _): low.count
        }
    }

    /// Of each part of an action that is chosen, how many there are to choose from; empty of continuous actions.
    public var parts: [Int] {
        switch self {
        case .discrete(let count): [count]
        case .multiDiscrete(let counts): counts
        case .continuous: []
        }
    }

    /// What becomes of the logit of an action that a mask forbids: no probability is left of it, and nothing overflows.
    public static let forbiddenLogit: Float = -1e9

    /// Why no environment can have such actions, as a sentence without its end; nil when one can.
    package var fault: String? {
        switch self {
        case .discrete(let count): return count > 0 ? nil : "there are \(count) actions"
        case .multiDiscrete(let counts):
            guard !counts.isEmpty else { return "an action has no parts" }
            return counts.firstIndex { $0 < 1 }.map { "of part \($0) of an action there are \(counts[$0])" }
        case .continuous(let low, let high):
            guard !low.isEmpty, low.count == high.count else {
                return "an action has \(low.count) lower and \(high.count) upper bounds"
            }
            let bad = low.indices.first { !(low[$0] < high[$0]) || !(high[$0] - low[$0]).isFinite || !(low[$0] + high[$0]).isFinite }
            return bad.map { "number \($0) of an action has the bounds \(low[$0]) and \(high[$0])" }
        }
    }
}

/// Name and shapes of an environment: all that a model has to know of it.
public struct EnvironmentSpec: Hashable, Sendable {
    /// As registries know it.
    public var name: String
    /// Shape and scalar of what is seen.
    public var observation: ObservationSpec
    /// What may be done.
    public var action: ActionSpec
    /// Largest magnitude of a number of an observation, and of a reward. A learner takes no experience beyond: numbers whose
    /// squares overflow would end the training.
    public var observationLimit: Float
    /// Largest magnitude of any reward.
    public var rewardLimit: Float
    /// Whether two players act in turn, each against the other: what follows a step is the other's, and worth to the one who made it
    /// the opposite of what it is to the other.
    public var playersAlternate: Bool
    /// Whether it tells before each step which actions may be taken; only of actions that are chosen.
    public var masksActions: Bool
    /// Whether a step has a cost beside its reward, whose sum over an episode may be limited.
    public var tellsCost: Bool
    /// What it is told besides its name; empty for most.
    public var options: EnvironmentOptions

    /// Far beyond what a network learns from, and far below where the products of a training step overflow.
    public static let usualLimit: Float = 1e9
    /// What limits may be.
    package static let limits: ClosedRange<Float> = 1e-6...1e15

    public init(
        name: String, observation: ObservationSpec, action: ActionSpec, observationLimit: Float = Self.usualLimit,
        rewardLimit: Float = Self.usualLimit, playersAlternate: Bool = false, masksActions: Bool = false,
        tellsCost: Bool = false, options: EnvironmentOptions = EnvironmentOptions()
    ) {
        self.name = name
        self.observation = observation
        self.action = action
        self.observationLimit = observationLimit
        self.rewardLimit = rewardLimit
        self.playersAlternate = playersAlternate
        self.masksActions = masksActions
        self.tellsCost = tellsCost
        self.options = options
    }

    /// Names of what it tells of every episode, besides return and length, the sum of costs last; none for most.
    public var measures: [String] { toldMeasures + (tellsCost ? [Self.costMeasure] : []) }

    /// What the sum of an episode's costs is called among its measures.
    package static let costMeasure = "cost"

    /// Those of the measures that the environment itself tells of.
    package var toldMeasures: [String] {
        guard case .list(let names)? = options["metrics"] else { return [] }
        return names.compactMap { if case .text(let name) = $0 { name } else { nil } }
    }

    /// Name and options, for people: `gymnasium {id: LunarLander-v3}`; what is called like a secret is not shown.
    public var title: String { options.isEmpty ? name : "\(name) \(options.withoutSecrets)" }

    /// What the value of what follows a step counts for: γ; −γ where that is the other player's (Littman 1994, "Markov games as a
    /// framework for multi-agent reinforcement learning": of two players in turn `V(s) = max_a r − γ V(s')`).
    public func successorDiscount(_ discount: Float) -> Float { playersAlternate ? -discount : discount }
}
