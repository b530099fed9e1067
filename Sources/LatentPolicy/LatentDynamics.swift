import Glibc
public import StarlingCompute
public import StarlingExperience

/// A model of what actions do to the latent: from z and an action the next z, the reward and whether the episode terminates. Several
/// members tell the next z, each by itself: where they disagree, little is known. With several outcomes chance chooses one.
///
/// Of numbers it tells the change, of categorical variables the probabilities of their classes.
///
/// A recurrent core is a part of the model: a state is z and what the core remembers side by side, the model sees the core's output beside z,
/// and the core goes on over the z that is told, as in Hafner et al. 2019, "Learning latent dynamics for planning from pixels".
public struct LatentDynamics: Sendable {
    /// What it is made of.
    public let spec: ModelSpec.Dynamics
    /// Numbers of z.
    public let latentCount: Int
    /// Numbers of a state, Z + S: z, and what a recurrent core remembers behind it.
    public let stateCount: Int
    /// Numbers that describe an action: one of a discrete one is 1, the others 0.
    public let actionCount: Int
    /// Of actions that are chosen.
    private let actionParts: [Int]
    private let distribution: ModelSpec.ActionDistribution
    private let parts: DynamicsParts
    private let policy: LatentPolicy

    /// - Parameter spec: what it is made of; the policy's model need not have it.
    public init(_ policy: LatentPolicy, _ spec: ModelSpec.Dynamics) {
        (self.spec, self.policy) = (spec, policy)
        latentCount = policy.model.latentCount
        stateCount = policy.stateCount
        actionCount = policy.environment.action.featureCount
        actionParts = policy.environment.action.parts
        distribution = policy.model.actionDistribution
        parts = policy.architecture.dynamics ?? DynamicsParts(spec, policy.model, policy.environment.action, .never)
    }

    /// Models of the ensemble.
    public var memberCount: Int { spec.members }
    /// Categorical variables of z; nil: z is numbers.
    public var variableCount: Int? { policy.model.latentVariables }
    /// Outcomes that a step may have.
    public var outcomeCount: Int { spec.outcomes }
    /// Names of its modules.
    public var modules: [String] { parts.all.map(\.module) }

    /// Declares its parameters in a graph.
    public func declare(_ g: inout Graph) { for part in parts.all { part.declare(&g) } }

    /// What a step leads to.
    public struct Prediction {
        /// z, `[rows, Z]`.
        public let latent: Node
        /// log p of each class, where z is of categorical variables, `[rows, Z]`.
        public let logProbabilities: Node?
        /// What the next step begins from, `[rows, Z + S]`.
        public let state: Node
        /// symlog of it, `[rows]`.
        public let reward: Node
        /// The logit of the probability that the episode terminates, `[rows]`.
        public let ending: Node
    }

    /// What a step may lead to.
    public struct Outcomes {
        /// One at least.
        public let each: [Prediction]
        /// log p of each, `[rows, K]`; nil of one.
        public let logProbabilities: Node?
    }

    /// - Parameters:
    ///   - state: `[rows, Z + S]`.
    ///   - action: as `describe` has it, `[rows, actionCount]`.
    ///   - member: who tells the next latent.
    public func step(_ g: inout Graph, _ state: Node, _ action: Node, member: Int = 0) -> Outcomes {
        let seen = g.concatenate([policy.features(&g, ofState: state), action])
        let change = parts.members[member](&g, seen)
        let (reward, ending) = (parts.reward(&g, seen), parts.ending(&g, seen))
        let latent = policy.latent(&g, ofState: state)
        func told(_ g: inout Graph, _ change: Node, _ reward: Node, _ ending: Node) -> Prediction {
            let logProbabilities = policy.model.latentClasses.map { policy.logProbabilities(&g, logits: change, classes: $0) }
            let next = logProbabilities.map { g.exp($0) } ?? g.add(latent, change)
            return Prediction(
                latent: next, logProbabilities: logProbabilities, state: policy.state(&g, next, after: state), reward: reward,
                ending: ending)
        }
        guard let chance = parts.chance else {
            let only = told(&g, change, g.sum(reward, over: .features), g.sum(ending, over: .features))
            return Outcomes(each: [only], logProbabilities: nil)
        }
        let each = (0..<spec.outcomes).map { outcome in
            let own = g.slice(change, features: outcome * latentCount..<(outcome + 1) * latentCount)
            return told(&g, own, g.feature(reward, outcome), g.feature(ending, outcome))
        }
        return Outcomes(each: each, logProbabilities: g.logSoftmax(chance(&g, seen)))
    }

    /// A discrete action as the model sees it.
    /// - Parameter features: `[actionCount]`, zeros before.
    public func describe(_ action: Int32, into features: UnsafeMutablePointer<Float>) { features[Int(action)] = 1 }

    /// A discrete action of any number of parts as the model sees it.
    /// - Parameters:
    ///   - parts: what was chosen of each.
    ///   - features: `[actionCount]`, zeros before.
    public func describe(_ parts: UnsafePointer<Int32>, into features: UnsafeMutablePointer<Float>) {
        actionParts.mark(parts, in: features)
    }

    /// A continuous action as the model sees it: what the environment is given, on the unit scale.
    /// - Parameters:
    ///   - sample: u, `[actionCount]`, before it is squashed or cut off.
    ///   - features: `[actionCount]`.
    public func describe(_ sample: UnsafePointer<Float>, into features: UnsafeMutablePointer<Float>) {
        for index in 0..<actionCount {
            features[index] = distribution == .tanhGaussian ? tanhf(sample[index]) : min(1, max(-1, sample[index]))
        }
    }

    /// sign x · log(1 + |x|), and back.
    public static func symlog(_ x: Float) -> Float { copysignf(log1pf(abs(x)), x) }
    /// sign x · (e^|x| − 1).
    public static func symexp(_ x: Float) -> Float { copysignf(expm1f(abs(x)), x) }
}
