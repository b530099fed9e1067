public import StarlingConfiguration
public import StarlingExperience
public import StarlingReturns
public import StarlingTraining

/// Dyna in the latent (Sutton 1991, "Dyna, an integrated architecture for learning, planning, and reacting"; Hafner et al. 2020, "Dream to
/// control"): a model of what actions do to z is learned from replay, with the representation, and the policy from dreams of that model,
/// beside fresh experience. What moves the encoder is the representation and the model alone.
public struct Dyna: Algorithm, Hashable {
    /// Of the policy's losses, dreamt and fresh.
    public var targets = VTraceTargets.Settings(discount: 0.99, lambda: 0.95)
    public var valueCost: Float = 0.5
    public var entropyCost: Float = 0.001
    public var rewardScale: Float = 1
    /// Of the model.
    public var replay = ReplayLearning()
    public var sequence = 6
    /// Of the dreams.
    public var dreamColumns = 64
    public var dreamSteps = 10
    public var dreamsPerFrame = 0.25
    /// Whether fresh experience trains the policy too.
    public var usesFresh = true

    public init() {
        (replay.batchRows, replay.updatesPerFrame, replay.learningStarts, replay.replaySteps) = (192, 0.5, 500, 100_000)
    }

    public static let name = "dyna"
    public static let summary = "a policy learned from dreams of a model that is learned from replay; joint with the representation"

    public static let keys =
        KeyTable<Self>([
            .number("discount", \.targets.discount, in: 0...1, "γ."),
            .number("lambda", \.targets.lambda, in: 0...1, "λ of the policy's returns."),
            .number("value_cost", \.valueCost, in: 0...1e6, "Weight of ½(V−v)²."),
            .number("entropy_cost", \.entropyCost, in: 0...1e6, "Weight of the entropy bonus."),
            .number("reward_scale", \.rewardScale, in: 1e-6...1e6, "Multiplies rewards before anything else."),
            .integer("batch_rows", \.replay.batchRows, in: 1...1_000_000, "Steps of replay for one step of the model."),
            .integer(
                "sequence", \.sequence, in: 1...4096, "Steps in a row of each that is drawn; with a recurrent core whole unrolls are."),
            .integer("dream_columns", \.dreamColumns, in: 1...65_536, "Dreams side by side."),
            .integer("dream_steps", \.dreamSteps, in: 1...4096, "Steps of a dream."),
            .number(
                "dreams_per_frame", \.dreamsPerFrame, in: 1e-6...100,
                "Steps of the policy, each on so many dreams, for each frame that comes in."),
            .boolean("fresh", \.usesFresh, "Whether fresh experience trains the policy beside the dreams."),
        ]) + ReplayLearning.bufferKeys.inside(\.replay)

    /// The few steps there are shall be those of the policy that is dreamt of: a thousand frames behind it seeds of CartPole came to 200.
    public var wantsNewestParameters: Bool { true }

    public var planningDiscount: Float? { targets.discount }

    public func conflict(with model: ModelSpec, _ environment: EnvironmentSpec) -> String? {
        if let conflict = environment.partsConflict(with: Self.name) { return conflict }
        if let conflict = environment.masksConflict(with: Self.name, because: "dreams of states of which nobody tells one") {
            return conflict
        }
        guard !model.representation.predicts else { return nil }
        return "dyna dreams of what the latent's model tells: set latent.representation to vae_predict or predict"
    }

    public func design(_ context: TrainingContext) -> TrainingDesign {
        let heads = ParameterGroup("heads", modules: ["policy", "value"])
        let others = Set(context.policy.modules + context.dynamics.modules).subtracting(heads.modules!)
        let model = ParameterGroup("model", modules: others.sorted())

        let draw = replay.sequences(of: sequence, discount: targets.discount, context)
        var learning = Phase(context.representation, from: .replay(draw), moving: [model.name])
        (learning.perFrame, learning.after) = (replay.updatesPerFrame, replay.learningStarts)
        let loss = VTraceLoss(targets: targets, valueCost: valueCost, entropyCost: entropyCost)
        var dreaming = Phase([loss], from: .dreams(DreamDraw(columns: dreamColumns, steps: dreamSteps)), moving: [heads.name])
        (dreaming.perFrame, dreaming.after) = (dreamsPerFrame, replay.learningStarts)
        var phases = [learning, dreaming]
        if usesFresh { phases.append(Phase([loss], from: .batch, moving: [heads.name])) }
        var design = TrainingDesign(
            groups: [
                TrainedGroup(model, context.optimizer, target: .average(share: context.latent.targetShare)),
                TrainedGroup(heads, context.optimizer),
            ], phases: phases)
        design.rewardScale = rewardScale
        design.replay = replay.settings()
        return design
    }
}
