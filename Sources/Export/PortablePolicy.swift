import Foundation
package import StarlingAlgorithms
import StarlingExperience
package import StarlingLatentPolicy

/// A run's policy without its numbers: what acts, what encodes and decodes, and what its inputs and outputs mean. As JSON it is the
/// run's `policy.json`, which `deploy/python/starling_policy.py` reads.
package struct PortablePolicy: Encodable, Sendable {
    /// Raised when a reader of the old format would misunderstand the new one.
    package var format = 1
    /// Free words: where it was trained, and how.
    package var about: [String: String]
    package let action: Action
    package let observation: Observation
    /// What its memory holds, numbers; 0 without.
    package let state: Int
    package let masks: Bool
    package let acting: PortableModel
    package let encoder: PortableModel
    package let decoder: PortableModel?

    package struct Action: Encodable, Sendable {
        package enum Kind: String, Encodable, Sendable {
            case discrete, continuous
            case multiDiscrete = "multi_discrete"
        }
        /// What `action` is chosen by.
        package enum Distribution: String, Encodable, Sendable {
            case categorical, gaussian
            case values = "action_values"
            case tanhGaussian = "tanh_gaussian"
        }

        package let kind: Kind
        package let distribution: Distribution
        /// Of a choice: how many there are to choose from, part by part.
        package var counts: [Int] = []
        package var low: [Float] = []
        package var high: [Float] = []
    }

    package struct Observation: Encodable, Sendable {
        package struct Part: Encodable, Sendable {
            /// Of the input.
            package let name: String
            /// Of one frame, as an environment gives it.
            package let shape: [Int]
            package let scalar: PortableModel.Scalar
        }

        /// Frames of a stack, the oldest first, each where the first dimension goes on.
        package let frames: Int
        /// What the encoder sees.
        package let parts: [Part]
        /// What the decoder gives back, one part after the other.
        package let decoded: [Part]
    }

    /// - Parameters:
    ///   - values: what the policy head's numbers mean where they aren't logits of π.
    ///   - about: free words.
    package init(_ policy: LatentPolicy, values: ActionValues?, about: [String: String]) throws(ExportError) {
        self.about = about.merging(["observation_scale": policy.scaleText, "environment": policy.environment.title]) { $1 }
        action = Action(policy, values)
        observation = Observation(policy)
        state = policy.model.core.stateCount
        masks = policy.environment.masksActions
        acting = try .acting(policy, values: values)
        encoder = try .encoder(policy)
        decoder = try .decoder(policy)
    }

    /// What files for others tell of it.
    package var words: [String: String] {
        about.merging(
            [
                "action": action.text, "distribution": action.distribution.rawValue,
                "observation": observation.parts.map { "\($0.name) \($0.scalar.rawValue) \($0.shape)" }.joined(separator: ", "),
                "frame_stack": "\(observation.frames)",
            ]
        ) { $1 }
    }

    package var json: String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(self) else { preconditionFailure("a policy is made of finite numbers and names") }
        return String(decoding: data, as: UTF8.self) + "\n"
    }
}

extension PortablePolicy.Action {
    fileprivate init(_ policy: LatentPolicy, _ values: ActionValues?) {
        let chosen = values == nil ? Distribution.categorical : .values
        switch policy.environment.action {
        case .discrete(let count): self.init(kind: .discrete, distribution: chosen, counts: [count])
        case .multiDiscrete(let counts): self.init(kind: .multiDiscrete, distribution: chosen, counts: counts)
        case .continuous(let low, let high):
            let distribution: Distribution = policy.model.actionDistribution == .gaussian ? .gaussian : .tanhGaussian
            self.init(kind: .continuous, distribution: distribution, low: low, high: high)
        }
    }

    /// For people.
    package var text: String {
        switch kind {
        case .discrete: "one of 0…\(counts[0] - 1)"
        case .multiDiscrete: "\(counts.count) numbers, one of 0… below \(counts.map(String.init).joined(separator: ", "))"
        case .continuous: "\(low.count) numbers within \(zip(low, high).map { "\($0)…\($1)" }.joined(separator: ", "))"
        }
    }
}

extension PortablePolicy.Observation {
    fileprivate init(_ policy: LatentPolicy) {
        let spec = policy.environment.observation
        func scalar(_ scalar: ObservationSpec.Scalar) -> PortableModel.Scalar { scalar == .uint8 ? .uint8 : .float32 }
        frames = policy.model.frameStack
        func parts(_ isMeant: (ModelBranch) -> Bool) -> [Part] {
            guard !spec.parts.isEmpty else { return [Part(name: "observation", shape: spec.shape, scalar: scalar(spec.scalar))] }
            return zip(spec.parts, policy.architecture.branches).filter { isMeant($1) }.map { part, _ in
                Part(name: "observation.\(part.name)", shape: part.shape, scalar: scalar(part.scalar))
            }
        }
        self.parts = parts { $0.encoder != nil }
        decoded = policy.architecture.decoder == nil ? [] : parts { $0.decoder != nil }
    }
}

extension LatentPolicy {
    /// What observations are divided by inside the model.
    fileprivate var scaleText: String {
        if !model.branches.isEmpty { return model.branches.map { "\($0.name): \($0.scale)" }.joined(separator: ", ") }
        return model.observationScale.isEmpty ? "1" : model.observationScale.map { "\($0)" }.joined(separator: ", ")
    }
}
