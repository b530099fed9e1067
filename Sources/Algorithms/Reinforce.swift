public import StarlingConfiguration
public import StarlingTraining

/// REINFORCE with a baseline (Williams 1992; Sutton & Barto 2018, section 13.4), joint with the autoencoder: whole episodes, each step's
/// log-probability weighted by the return that followed less V(z). Nothing is estimated from V but where time ran out.
public struct Reinforce: Algorithm, Hashable {
    public var discount: Float = 0.99
    public var rows = 1024
    public var valueCost: Float = 0.5
    public var entropyCost: Float = 0
    public var normalizesAdvantages = true
    public var rewardScale: Float = 1

    public init() {}

    public static let name = "reinforce"
    public static let summary = "the policy gradient of whole episodes' returns, with a baseline; joint with the representation"

    public static let keys = KeyTable<Self>([
        .number("discount", \.discount, in: 0...1, "γ."),
        .integer(
            "rows", \.rows, in: 2...1_000_000,
            "Steps of an update at most: as many whole episodes as fit. Longer episodes are cut, and V stands for the rest."),
        .number("value_cost", \.valueCost, in: 0...1e6, "Weight of ½(V−G)², the baseline's."),
        .number("entropy_cost", \.entropyCost, in: 0...1e6, "Weight of the entropy bonus."),
        .boolean("normalize_advantages", \.normalizesAdvantages, "Over the rows of each update: mean 0, deviation 1."),
        .number("reward_scale", \.rewardScale, in: 1e-6...1e6, "Multiplies rewards before anything else."),
    ])

    public var wantsNewestParameters: Bool { true }

    public func design(_ context: TrainingContext) -> TrainingDesign {
        // With λ 1 advantages sum up what followed, to the episode's end.
        let loss = A2CLoss(
            discount: discount, lambda: 1, valueCost: valueCost, entropyCost: entropyCost, normalizesAdvantages: normalizesAdvantages)
        var design = TrainingDesign([Phase(context.representation + [loss], from: .episodes(rows: rows))], context)
        design.rewardScale = rewardScale
        return design
    }
}
