public import StarlingConfiguration
public import StarlingExperience
public import StarlingTraining

/// Soft actor-critic from replay (Haarnoja et al. 2018, "Soft actor-critic algorithms and applications"), joint with the autoencoder; of
/// discrete actions that of Christodoulou 2019, "Soft actor-critic for discrete action settings".
public struct SAC: Algorithm, Hashable {
    public var discount: Float = 0.99
    public var critics = [256, 256]
    public var targetShare: Float = 0.005
    public var replay = ReplayLearning()
    /// α; nil: learned.
    public var temperature: Float?
    /// What a learned α begins with.
    public var firstTemperature: Float = 1
    /// Nats; nil: −K of K numbers, 0.98 log A of A actions that may be taken.
    public var targetEntropy: Float?
    public var rewardScale: Float = 1

    public init() {
        (replay.batchRows, replay.updatesPerFrame, replay.learningStarts, replay.replaySteps) = (256, 1, 100, 1_000_000)
    }

    public static let name = "sac"
    public static let summary = "soft actor-critic from replay, of continuous or discrete actions; joint with the representation"

    public static let keys =
        KeyTable<Self>([
            .number("discount", \.discount, in: 0...1, "γ."),
            .integers("critics", \.critics, in: 1...65_536, "Hidden layers of each of the two critics."),
            .number("target_share", \.targetShare, in: 1e-6...1, "τ: share of the way that the target goes at every step."),
            Key<Float>.number("temperature", \.self, in: 0...1e6, "α, what a nat of entropy is worth; auto: learned.").optional(
                "auto", at: \.temperature, from: 0),
            .number("first_temperature", \.firstTemperature, in: 1e-6...1e6, "What a learned α begins with."),
            Key<Float>.number(
                "target_entropy", \.self, in: -1e6...1e6,
                "Entropy that a learned α keeps, nats, of continuous actions on the scale ±1; auto: −K of K numbers, 0.98 log A of A actions that may be taken."
            ).optional("auto", at: \.targetEntropy, from: 0),
            .number("reward_scale", \.rewardScale, in: 1e-6...1e6, "Multiplies rewards before anything else."),
        ]) + ReplayLearning.keys.inside(\.replay)

    /// The critics see actions within ±1.
    public func conflict(with model: ModelSpec, _ environment: EnvironmentSpec) -> String? {
        if environment.playersAlternate {
            return "sac counts the entropy of what follows as a gain, which the other player's isn't: set algorithm to another, as ppo"
        }
        if let conflict = environment.partsConflict(with: Self.name) { return conflict }
        guard case .continuous = environment.action, model.actionDistribution != .tanhGaussian else {
            return model.binsConflict(with: Self.name)
        }
        return "sac squashes continuous actions: set model.action_distribution to tanh_gaussian"
    }

    public func design(_ context: TrainingContext) -> TrainingDesign {
        let critics = SoftCritics(
            context.policy, hidden: critics, temperature: temperature.map { .fixed($0) } ?? .learned(from: firstTemperature))
        let loss = SoftActorCriticLoss(
            critics, discount: discount,
            targetEntropy: targetEntropy.map { .nats($0) } ?? Self.usualEntropy(context.policy.environment.action), steps: replay.steps)
        let phase = replay.phase(context.representation + [loss], discount: discount, context)
        var design = TrainingDesign(groups: [TrainedGroup(.all, context.optimizer, target: .average(share: targetShare))], phases: [phase])
        design.rewardScale = rewardScale
        design.replay = replay.settings()
        return design
    }

    private static func usualEntropy(_ action: ActionSpec) -> SoftActorCriticLoss.TargetEntropy {
        switch action {
        case .continuous: .nats(-Float(action.width))
        case .discrete, .multiDiscrete: .share(0.98)
        }
    }
}
