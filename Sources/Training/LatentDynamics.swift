import Glibc
public import StarlingCompute
import StarlingExperience
import StarlingLatentPolicy

/// A model of what actions do to the latent: from z and an action the next z, the reward and whether the episode terminates. Several
/// members tell the next z, each by itself: where they disagree, little is known.
public struct LatentDynamics: Sendable {
    /// Numbers that describe an action: one of a discrete one is 1, the others 0.
    public let actionCount: Int
    public let latentCount: Int
    private let action: ActionSpec
    private let distribution: ModelSpec.ActionDistribution
    private let members: [ModelPart]
    private let reward: ModelPart
    private let ending: ModelPart

    public init(_ context: TrainingContext) {
        let (policy, latent) = (context.policy, context.latent)
        (action, distribution) = (policy.environment.action, policy.model.actionDistribution)
        latentCount = policy.model.latentCount
        let actionCount =
            switch policy.environment.action {
            case .discrete(let count): count
            case .continuous(let low, _): low.count
            }
        self.actionCount = actionCount
        let (input, hidden) = (policy.model.latentCount + actionCount, latent.predictionHidden)
        let count = latent.predictionMembers
        // It begins as the prediction that nothing changes.
        members = (1...count).map {
            policy.head(
                count == 1 ? "dynamics" : "dynamics\($0)", from: input, hidden: hidden, output: policy.model.latentCount, gain: 0.01)
        }
        reward = policy.head("reward", from: input, hidden: hidden, output: 1, gain: 0.01)
        ending = policy.head("ending", from: input, hidden: hidden, output: 1, gain: 0.01)
    }

    public var memberCount: Int { members.count }
    /// Names of its modules.
    public var modules: [String] { (members + [reward, ending]).map(\.module) }

    public func declare(_ g: inout Graph) { for part in members + [reward, ending] { part.declare(&g) } }

    /// What a step leads to.
    public struct Prediction {
        /// `[rows, Z]`.
        public let latent: Node
        /// symlog of it, `[rows]`.
        public let reward: Node
        /// The logit of the probability that the episode terminates, `[rows]`.
        public let ending: Node
    }

    /// - Parameters:
    ///   - latent: `[rows, Z]`.
    ///   - action: as `describe` has it, `[rows, actionCount]`.
    ///   - member: who tells the next latent.
    public func step(_ g: inout Graph, _ latent: Node, _ action: Node, member: Int) -> Prediction {
        let state = g.concatenate([latent, action])
        return Prediction(
            latent: g.add(latent, members[member](&g, state)), reward: g.sum(reward(&g, state), over: .features),
            ending: g.sum(ending(&g, state), over: .features))
    }

    /// An action as the model sees it: 1 at a discrete one's place, where zeros are before; of continuous ones what the environment was
    /// given, on the unit scale.
    public func describe(_ batch: HostBatch, _ row: Int, into features: UnsafeMutablePointer<Float>) {
        switch action {
        case .discrete: features[Int(batch.actions[row])] = 1
        case .continuous:
            for index in 0..<actionCount {
                let sample = batch.samples[row * actionCount + index]
                features[index] = distribution == .tanhGaussian ? tanhf(sample) : min(1, max(-1, sample))
            }
        }
    }

    /// sign x · log(1 + |x|), and back.
    public static func symlog(_ x: Float) -> Float { copysignf(log1pf(abs(x)), x) }
    static func symexp(_ x: Float) -> Float { copysignf(expm1f(abs(x)), x) }
}
