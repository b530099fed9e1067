import Glibc
public import StarlingConfiguration
public import StarlingExperience
public import StarlingTraining

/// Soft actor-critic from replay (Haarnoja et al. 2018, "Soft actor-critic algorithms and applications"), joint with the autoencoder; of
/// discrete actions that of Christodoulou 2019, "Soft actor-critic for discrete action settings".
public struct SAC: Algorithm, Hashable {
    public var discount: Float = 0.99
    public var critics = [256, 256]
    public var steps = 1
    public var batchRows = 256
    public var updatesPerFrame = 1.0
    public var learningStarts: UInt64 = 100
    public var targetShare: Float = 0.005
    public var replaySteps = 1_000_000
    public var replayBytes = 1 << 30
    /// α; nil: learned.
    public var temperature: Float?
    /// What a learned α begins with.
    public var firstTemperature: Float = 1
    /// Nats; nil: −K of K numbers, 0.98 log A of A actions.
    public var targetEntropy: Float?
    public var rewardScale: Float = 1

    public init() {}

    public static let name = "sac"
    public static let summary = "soft actor-critic from replay, of continuous or discrete actions; joint with the representation"

    public static let keys = KeyTable<Self>([
        .number("discount", \.discount, in: 0...1, "γ."),
        .integers("critics", \.critics, in: 1...65_536, "Hidden layers of each of the two critics."),
        .integer("steps", \.steps, in: 1...255, "n: steps that a return sums up before it trusts Q; fewer where an unroll ends."),
        .integer("batch_rows", \.batchRows, in: 1...1_000_000, "Steps drawn for one step of the optimiser."),
        .number("updates_per_frame", \.updatesPerFrame, in: 1e-6...100, "Steps of the optimiser for each frame that comes in."),
        .integer("learning_starts", \.learningStarts, in: 0...1_000_000_000, "Frames before the first."),
        .number("target_share", \.targetShare, in: 1e-6...1, "τ: share of the way that the target goes at every step."),
        .integer("replay_steps", \.replaySteps, in: 1...1_000_000_000, "Steps that are kept; the oldest go first."),
        .integer(
            "replay_bytes", \.replayBytes, in: 65_536...(1 << 40), "Bytes that they may take: fewer are kept where more would take more."),
        Key<Float>.number("temperature", \.self, in: 0...1e6, "α, what a nat of entropy is worth; auto: learned.").optional(
            "auto", at: \.temperature, from: 0),
        .number("first_temperature", \.firstTemperature, in: 1e-6...1e6, "What a learned α begins with."),
        Key<Float>.number(
            "target_entropy", \.self, in: -1e6...1e6,
            "Entropy that a learned α keeps, nats, of continuous actions on the scale ±1; auto: −K of K numbers, 0.98 log A of A actions."
        ).optional("auto", at: \.targetEntropy, from: 0),
        .number("reward_scale", \.rewardScale, in: 1e-6...1e6, "Multiplies rewards before anything else."),
    ])

    /// The critics see actions within ±1.
    public func conflict(with model: ModelSpec, _ environment: EnvironmentSpec) -> String? {
        guard case .continuous = environment.action, model.actionDistribution != .tanhGaussian else { return nil }
        return "sac squashes continuous actions: set model.action_distribution to tanh_gaussian"
    }

    public func design(_ context: TrainingContext) -> TrainingDesign {
        let critics = SoftCritics(
            context.policy, hidden: critics, temperature: temperature.map { .fixed($0) } ?? .learned(from: firstTemperature))
        let loss = SoftActorCriticLoss(
            critics, discount: discount, targetEntropy: targetEntropy ?? Self.usualEntropy(context.policy.environment.action))
        let draw = ReplayDraw(sequences: batchRows, stepsPerRow: steps, discount: discount)
        var phase = Phase(context.representation + [loss], from: .replay(draw))
        phase.perFrame = updatesPerFrame
        phase.after = learningStarts
        var design = TrainingDesign(groups: [TrainedGroup(.all, context.optimizer, target: .average(share: targetShare))], phases: [phase])
        design.rewardScale = rewardScale
        design.replay = ReplaySettings(steps: replaySteps, byteLimit: replayBytes, priority: .none)
        return design
    }

    private static func usualEntropy(_ action: ActionSpec) -> Float {
        switch action {
        case .continuous: -Float(action.width)
        case .discrete(let count): 0.98 * logf(Float(count))
        }
    }
}
