public import StarlingConfiguration
public import StarlingExperience
public import StarlingTraining

/// Ψ-learning (Jaques et al. 2017, "Tuning recurrent neural networks with reinforcement learning", after Rawlik et al. 2012): the logits of
/// the policy are what its actions are worth, where entropy is part of the reward, and it acts by their softmax. From fresh unrolls,
/// without replay and without a target network, so it wants `model.normalize_heads`.
///
/// `reward_scale` says how much the reward counts beside the entropy: it is the 1/c of the paper.
public struct Psi: Algorithm, Hashable {
    public var discount: Float = 0.9
    public var huber: Float = 1
    public var epochs = 2
    public var minibatchRows = 128
    public var rewardScale: Float = 1

    public init() {}

    public static let name = "psi"
    public static let summary = "Ψ-learning, which is soft Q-learning: logits are what actions are worth, entropy included"

    public static let keys = KeyTable<Self>([
        .number("discount", \.discount, in: 0...1, "γ."),
        .number("huber", \.huber, in: 1e-6...1e9, "κ: |δ| beyond which the loss is linear; large for the squared error."),
        .integer("epochs", \.epochs, in: 1...1000, "Times that each batch is gone over."),
        .integer("minibatch_rows", \.minibatchRows, in: 2...1_000_000, "Steps of a minibatch at most."),
        .number(
            "reward_scale", \.rewardScale, in: 1e-6...1e6, "Multiplies rewards before anything else: what they count beside the entropy."),
    ])

    public var wantsNewestParameters: Bool { true }
    public var needsDiscreteActions: Bool { true }

    public func conflict(with model: ModelSpec, _ environment: EnvironmentSpec) -> String? { model.binsConflict(with: Self.name) }

    public func design(_ context: TrainingContext) -> TrainingDesign {
        let loss = ActionValueLoss(
            values: ActionValues(), bootstrap: .soft, discount: discount, usesTarget: false, huber: huber, exploration: Exploration())
        let source = Phase.Source.minibatches(rows: min(minibatchRows, context.stepCount), epochs: epochs)
        var design = TrainingDesign([Phase(context.representation + [loss], from: source)], context)
        design.rewardScale = rewardScale
        return design
    }
}
