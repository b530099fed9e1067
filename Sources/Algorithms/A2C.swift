public import StarlingConfiguration
public import StarlingTraining

/// The synchronous advantage actor-critic of Mnih et al. 2016, joint with the autoencoder: one step on each batch, without any
/// correction for older parameters, so it wants `batch.max_queued_batches: 0`.
public struct A2C: Algorithm, Hashable {
    public var discount: Float = 0.99
    public var lambda: Float = 1
    public var valueCost: Float = 0.5
    public var entropyCost: Float = 0
    public var normalizesReturns = false
    public var rewardScale: Float = 1

    public init() {}

    public static let name = "a2c"
    public static let summary = "the synchronous advantage actor-critic, joint with the representation"

    public static let keys = KeyTable<Self>([
        .number("discount", \.discount, in: 0...1, "γ."),
        .number("lambda", \.lambda, in: 0...1, "λ of the generalised advantages; 1 sums rewards to the unroll's end."),
        .number("value_cost", \.valueCost, in: 0...1e6, "Weight of ½(V−G)²."),
        .number("entropy_cost", \.entropyCost, in: 0...1e6, "Weight of the entropy bonus."),
        .boolean(
            "normalize_returns", \.normalizesReturns,
            "Divide rewards by the running scale of the returns. The value loss is then below 1: it may want a larger value_cost."),
        .number("reward_scale", \.rewardScale, in: 1e-6...1e6, "Multiplies rewards before anything else."),
    ])

    public var wantsNewestParameters: Bool { true }

    public var planningDiscount: Float? { discount }

    public func design(_ context: TrainingContext) -> TrainingDesign {
        let loss = A2CLoss(discount: discount, lambda: lambda, valueCost: valueCost, entropyCost: entropyCost)
        var design = TrainingDesign([Phase(context.representation + [loss])], context)
        design.rewardScale = rewardScale
        design.normalizesReturns = normalizesReturns
        return design
    }
}
