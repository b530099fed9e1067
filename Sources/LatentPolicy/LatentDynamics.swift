import Glibc
public import StarlingCompute
public import StarlingExperience

/// A model of what actions do to the latent: from z and an action the next z, the reward and whether the episode terminates. Several
/// members tell the next z, each by itself: where they disagree, little is known. With several outcomes chance chooses one.
public struct LatentDynamics: Sendable {
    public let spec: ModelSpec.Dynamics
    public let latentCount: Int
    /// Numbers that describe an action: one of a discrete one is 1, the others 0.
    public let actionCount: Int
    private let distribution: ModelSpec.ActionDistribution
    private let parts: DynamicsParts

    public init(_ policy: LatentPolicy, _ spec: ModelSpec.Dynamics) {
        self.spec = spec
        latentCount = policy.model.latentCount
        actionCount = policy.environment.action.featureCount
        distribution = policy.model.actionDistribution
        parts = policy.architecture.dynamics ?? DynamicsParts(spec, policy.model, policy.environment.action, .never)
    }

    public var memberCount: Int { spec.members }
    public var outcomeCount: Int { spec.outcomes }
    /// Names of its modules.
    public var modules: [String] { parts.all.map(\.module) }

    public func declare(_ g: inout Graph) { for part in parts.all { part.declare(&g) } }

    /// What a step leads to.
    public struct Prediction {
        /// `[rows, Z]`.
        public let latent: Node
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
    ///   - latent: `[rows, Z]`.
    ///   - action: as `describe` has it, `[rows, actionCount]`.
    ///   - member: who tells the next latent.
    public func step(_ g: inout Graph, _ latent: Node, _ action: Node, member: Int = 0) -> Outcomes {
        let state = g.concatenate([latent, action])
        let change = parts.members[member](&g, state)
        let (reward, ending) = (parts.reward(&g, state), parts.ending(&g, state))
        guard let chance = parts.chance else {
            return Outcomes(
                each: [
                    Prediction(
                        latent: g.add(latent, change), reward: g.sum(reward, over: .features), ending: g.sum(ending, over: .features))
                ], logProbabilities: nil)
        }
        let each = (0..<spec.outcomes).map { outcome in
            let own = g.slice(change, features: outcome * latentCount..<(outcome + 1) * latentCount)
            return Prediction(
                latent: g.add(latent, own), reward: g.feature(reward, outcome), ending: g.feature(ending, outcome))
        }
        return Outcomes(each: each, logProbabilities: g.logSoftmax(chance(&g, state)))
    }

    /// A discrete action as the model sees it.
    /// - Parameter features: `[actionCount]`, zeros before.
    public func describe(_ action: Int32, into features: UnsafeMutablePointer<Float>) { features[Int(action)] = 1 }

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
    public static func symexp(_ x: Float) -> Float { copysignf(expm1f(abs(x)), x) }
}
