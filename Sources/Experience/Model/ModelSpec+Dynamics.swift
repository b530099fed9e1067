extension ModelSpec {
    /// A model of what actions do to z.
    public struct Dynamics: Hashable, Sendable {
        /// Widths of the hidden layers of its heads.
        public var hidden: [Int]
        /// Heads that tell the next latent, each by itself: where they disagree, little is known.
        public var members: Int
        /// What a step can lead to, each with a probability: the chance codes of Antonoglou et al. 2022, "Planning in stochastic
        /// environments with a learned model". 1: one thing.
        public var outcomes: Int

        public init(hidden: [Int], members: Int = 1, outcomes: Int = 1) {
            (self.hidden, self.members, self.outcomes) = (hidden, members, outcomes)
        }

        /// Models of an ensemble, at most.
        public static let memberLimit = 32
        /// Outcomes of a step, at most.
        public static let outcomeLimit = 64

        /// Why there can be no such model, as a sentence without its end; nil when there can.
        public var fault: String? {
            guard (1...Self.memberLimit).contains(members), (1...Self.outcomeLimit).contains(outcomes) else {
                return "a model has 1 to \(Self.memberLimit) members and 1 to \(Self.outcomeLimit) outcomes, not \(members) and \(outcomes)"
            }
            if members > 1, outcomes > 1 { return "a model of several members has one outcome, not \(outcomes)" }
            if hidden.contains(where: { !(1...65_536).contains($0) }) { return "a model's layers are 1 to 65536 wide, not \(hidden)" }
            return nil
        }
    }
}

/// The parts of a model of what actions do to z, all of which see z, the core's output and the action side by side.
public struct DynamicsParts: Sendable {
    /// The change of z, `Z` numbers for each outcome.
    public let members: [ModelPart]
    /// Logits of the outcomes; nil where there is one.
    public let chance: ModelPart?
    /// symlog of the reward, by outcome.
    public let reward: ModelPart
    /// Logit of the probability that the episode terminates, by outcome.
    public let ending: ModelPart

    /// - Precondition: `spec.fault` is nil.
    public init(_ spec: ModelSpec.Dynamics, _ model: ModelSpec, _ action: ActionSpec, _ publication: ModelPart.Publication) {
        let input = model.latentCount + model.core.width + action.featureCount
        func head(_ name: String, _ output: Int, gain: Float = 0.01) -> ModelPart {
            .head(
                name, from: input, hidden: spec.hidden, layerNorm: model.normalizesHeads, output: ("output", output), gain: gain,
                model.activation, publication)
        }
        // It begins as the prediction that nothing changes; outcomes that began alike would stay so.
        let gain: Float = spec.outcomes == 1 ? 0.01 : 0.3
        members = (1...spec.members).map {
            head(spec.members == 1 ? "dynamics" : "dynamics\($0)", spec.outcomes * model.latentCount, gain: gain)
        }
        chance = spec.outcomes == 1 ? nil : head("chance", spec.outcomes)
        reward = head("reward", spec.outcomes)
        ending = head("ending", spec.outcomes)
    }

    /// Every part, in the order of the block.
    public var all: [ModelPart] { members + [chance, reward, ending].compactMap(\.self) }
}

extension ActionSpec {
    /// Numbers that describe an action to a model: one of a discrete one, or of each of its parts, is 1, the others 0.
    public var featureCount: Int {
        switch self {
        case .discrete, .multiDiscrete: parameterCount
        case .continuous(let low, _): low.count
        }
    }
}
