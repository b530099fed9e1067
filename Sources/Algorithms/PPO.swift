public import StarlingConfiguration
public import StarlingTraining

/// Proximal policy optimisation (Schulman et al. 2017), joint with the autoencoder: some epochs of minibatches over each batch, which
/// make one version. With `batch.max_queued_batches: 0` it is on-policy.
public struct PPO: Algorithm, Hashable {
    public var discount: Float = 0.99
    public var lambda: Float = 0.95
    public var clip: Float = 0.2
    public var epochs = 4
    public var minibatchRows = 128
    public var rhoClip: Float = 1
    public var valueCost: Float = 2
    public var entropyCost: Float = 0.01
    public var normalizesAdvantages = true
    public var normalizesReturns = true
    public var rewardScale: Float = 1

    public init() {}

    public static let name = "ppo"
    public static let summary = "proximal policy optimisation: epochs of minibatches over each batch, joint with the representation"

    public static let keys = KeyTable<Self>([
        .number("discount", \.discount, in: 0...1, "γ."),
        .number("lambda", \.lambda, in: 0...1, "λ of the generalised advantages."),
        .number("clip", \.clip, in: 0...10, "ε: how far π/π_prox may go before its gradient is cut."),
        .integer("epochs", \.epochs, in: 1...1000, "Times that each batch is gone over."),
        .integer(
            "minibatch_rows", \.minibatchRows, in: 2...1_000_000,
            "Steps of a minibatch at most; with a recurrent core as many whole unrolls as fit."),
        .number(
            "rho_clip", \.rhoClip, in: 0...1e6,
            "ρ̄: largest weight π_prox/μ, in advantages and value targets, of what older parameters acted."),
        .number("value_cost", \.valueCost, in: 0...1e6, "Weight of ½(V−G)²."),
        .number("entropy_cost", \.entropyCost, in: 0...1e6, "Weight of the entropy bonus."),
        .boolean("normalize_advantages", \.normalizesAdvantages, "Over each minibatch: mean 0, deviation 1."),
        .boolean(
            "normalize_returns", \.normalizesReturns,
            "Divide rewards by the running scale of the returns. The value loss is then below 1: it may want a larger value_cost."),
        .number("reward_scale", \.rewardScale, in: 1e-6...1e6, "Multiplies rewards before anything else."),
    ])

    public var wantsNewestParameters: Bool { true }

    public var planningDiscount: Float? { discount }

    public func design(_ context: TrainingContext) -> TrainingDesign { design(context, beside: []) }

    /// - Parameter others: objectives of the same phase, behind those of the representation.
    func design(_ context: TrainingContext, beside others: [any Objective]) -> TrainingDesign {
        let loss = PPOLoss(
            discount: discount, lambda: lambda, clip: clip, rhoClip: rhoClip, valueCost: valueCost, entropyCost: entropyCost,
            normalizesAdvantages: normalizesAdvantages)
        let source = Phase.Source.minibatches(rows: min(minibatchRows, context.stepCount), epochs: epochs)
        var design = TrainingDesign([Phase(context.representation + others + [loss], from: source)], context)
        design.rewardScale = rewardScale
        design.normalizesReturns = normalizesReturns
        return design
    }
}
