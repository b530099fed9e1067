import StarlingCompute
public import StarlingExperience

/// What trains the latent beside the policy, the same for every algorithm: weights and switches of its part in the joint objective.
public struct LatentSettings: Hashable, Sendable {
    /// Whose gradients reach the encoder besides the representation's own.
    public enum EncoderGradient: String, CaseIterable, Sendable {
        case all, critic
        case vaeOnly = "vae_only"
    }

    public var representation = ModelSpec.Representation.vae
    public var encoderGradient: EncoderGradient = .all
    /// Modules that stay as they began; with the encoder what normalises its observations does.
    public var frozen: [String] = []
    /// Weight λ of −ELBO/D in the loss.
    public var vaeCost: Float = 0.1
    /// Weight β of the KL term within −ELBO, after the warm-up.
    public var klWeight: Float = 1
    /// Share of the horizon over which β rises from 0.
    public var klWarmup: Float = 0
    /// KL per latent, in nats, below which there is no pressure.
    public var freeNats: Float = 0
    /// Share of the autoencoder's observations that come from the reservoir, in 0 ..< 1.
    public var replayShare: Float = 0
    /// Bytes that the reservoir holds at most.
    public var replayByteCount = 256 << 20
    /// Weight of the prediction's loss.
    public var predictionCost: Float = 0.5
    /// Weight of rewards and endings beside the latents.
    public var predictionEndingCost: Float = 0.1
    /// Steps that a prediction looks ahead.
    public var predictionSteps = 5
    /// Widths of the hidden layers of its heads.
    public var predictionHidden = [64]
    /// Opinions of the next latent.
    public var predictionMembers = 1
    /// What a step can lead to.
    public var predictionOutcomes = 1
    /// How much nearer the encoder of its targets comes to the encoder at a step of the optimiser, in 0 ... 1.
    public var targetShare: Float = 0.05

    public init() {}

    /// The model that predicts.
    public var dynamics: ModelSpec.Dynamics {
        ModelSpec.Dynamics(hidden: predictionHidden, members: predictionMembers, outcomes: predictionOutcomes)
    }

    package var isEncoderFrozen: Bool { frozen.contains("encoder") }

    /// Whether anything but policy and value moves the encoder.
    package var trainsEncoder: Bool {
        representation.hasDecoder && vaeCost > 0 || representation.predicts && predictionCost > 0
    }

    /// β at a share of the horizon in 0 ... 1.
    public func klWeight(at progress: Float) -> Float {
        klWarmup > 0 ? klWeight * min(1, progress / klWarmup) : klWeight
    }

    /// - Throws: `DesignError` naming a frozen module that there isn't.
    func check(_ layout: ParameterLayout) throws {
        let modules = Set(layout.slots.map(\.module))
        for name in frozen where !modules.contains(name) {
            throw DesignError(
                "latent.frozen names \(name), and the modules are \(modules.sorted().joined(separator: ", "))", of: "the recipe")
        }
        guard modules.subtracting(frozen).isEmpty else { return }
        throw DesignError("latent.frozen names every module: nothing is left to learn", of: "the recipe")
    }
}
