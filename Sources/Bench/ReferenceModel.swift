import StarlingExperience
package import StarlingLatentPolicy

/// One of the models that measurements speak of, in an environment of its shape: what a recipe with such a model trains and acts
/// with. `scripts/benchmarks/pytorch_models.py` builds the same.
package enum ReferenceModel: String, CaseIterable, Sendable {
    /// 4 observations, 64-64, 8 latents, 2 actions.
    case mlp
    /// `ModelSpec.minAtar` for 10×10×4 and 6 actions.
    case minatar
    /// `ModelSpec.nature` for 84×84×4 and 6 actions.
    case nature
    /// `ModelSpec.worldModels` for 64×64×3 and 3 actions.
    case worldModels = "world-models"
    /// `ModelSpec.impalaDeep` for 84×84×4 and 6 actions.
    case impalaDeep = "impala-deep"

    package var latentPolicy: LatentPolicy {
        LatentPolicy(
            model: spec, environment: EnvironmentSpec(name: rawValue, observation: observation, action: .discrete(actionCount)))
    }

    private var spec: ModelSpec {
        switch self {
        case .mlp:
            ModelSpec(
                encoder: .dense([64, 64]), decoder: .mirrored, policy: .dense([]), value: .dense([]), activation: .relu,
                latentCount: 8, likelihood: .normal(variance: 1.0), representation: .vae, observationScale: [])
        case .minatar: .minAtar
        case .nature: .nature
        case .worldModels: .worldModels
        case .impalaDeep: .impalaDeep
        }
    }

    private var observation: ObservationSpec {
        switch self {
        case .mlp: ObservationSpec(shape: [4])
        case .minatar: ObservationSpec(shape: [4, 10, 10], scalar: .uint8)
        case .nature, .impalaDeep: ObservationSpec(shape: [4, 84, 84], scalar: .uint8)
        case .worldModels: ObservationSpec(shape: [3, 64, 64], scalar: .uint8)
        }
    }

    var actionCount: Int {
        switch self {
        case .mlp: 2
        case .worldModels: 3
        default: 6
        }
    }

    /// Values that a byte of an observation has: MinAtar's images are binary.
    var levels: UInt32 { self == .minatar ? 2 : 256 }

    /// Rows of the training steps that are measured.
    package var batches: [Int] {
        switch self {
        case .worldModels: [64, 256]
        case .impalaDeep: [160]
        default: [640]
        }
    }
}
