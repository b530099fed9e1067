public import StarlingConfiguration
public import StarlingExperience
public import StarlingTraining

/// Learning from plans in the latent (Schrittwieser et al. 2020, "Mastering Atari, Go, chess and shogi by planning with a learned model"):
/// actors look ahead with a model of what actions do to z and with V, and the policy learns what their plans come to. Model, value, policy
/// and representation are learned together from replay; the model tells latents, as in Ye et al. 2021, "Mastering Atari games with limited
/// data".
public struct Planned: Algorithm, Hashable {
    public var discount: Float = 0.99
    public var lambda: Float = 0.95
    public var valueCost: Float = 0.5
    public var entropyCost: Float = 0.01
    public var rewardScale: Float = 1
    public var replay = ReplayLearning()
    /// Steps of what is drawn.
    public var sequence = 8

    public init() {
        (replay.batchRows, replay.updatesPerFrame, replay.learningStarts, replay.replaySteps) = (256, 0.5, 500, 100_000)
    }

    public static let name = "planned"
    public static let summary = "a policy that learns what its actors' plans come to, by search or cem over a learned model; from replay"

    public static let keys =
        KeyTable<Self>([
            .number("discount", \.discount, in: 0...1, "γ, of plans too."),
            .number("lambda", \.lambda, in: 0...1, "λ of the returns that V learns, over the steps of a sequence."),
            .number("value_cost", \.valueCost, in: 0...1e6, "Weight of ½(V−G)²."),
            .number("entropy_cost", \.entropyCost, in: 0...1e6, "Weight of the entropy bonus."),
            .number("reward_scale", \.rewardScale, in: 1e-6...1e6, "Multiplies rewards before anything else."),
            .integer("batch_rows", \.replay.batchRows, in: 1...1_000_000, "Steps of replay for one step of the optimiser."),
            .integer(
                "sequence", \.sequence, in: 1...4096, "Steps in a row of each that is drawn; with a recurrent core whole unrolls are."),
        ]) + ReplayLearning.bufferKeys.inside(\.replay)

    /// There are few steps, and the plans shall be those of the newest model.
    public var wantsNewestParameters: Bool { true }
    public var planningDiscount: Float? { discount }

    public func conflict(with model: ModelSpec, _ environment: EnvironmentSpec) -> String? {
        if let conflict = environment.partsConflict(with: Self.name) { return conflict }
        guard model.dynamics == nil else { return nil }
        switch environment.action {
        case .discrete, .multiDiscrete: return "planned learns from its actors' plans, and they make none: set planning.method to search"
        case .continuous: return "planned learns from its actors' plans, and they make none: set planning.method to cem"
        }
    }

    public func design(_ context: TrainingContext) -> TrainingDesign {
        let loss = PlannedPolicyLoss(context, discount: discount, lambda: lambda, valueCost: valueCost, entropyCost: entropyCost)
        let draw = replay.sequences(of: sequence, discount: discount, context)
        var phase = Phase(context.representation + [loss], from: .replay(draw))
        (phase.perFrame, phase.after) = (replay.updatesPerFrame, replay.learningStarts)
        var design = TrainingDesign(
            groups: [TrainedGroup(.all, context.optimizer, target: .average(share: context.latent.targetShare))], phases: [phase])
        design.rewardScale = rewardScale
        design.replay = replay.settings()
        return design
    }
}
