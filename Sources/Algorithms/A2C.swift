package import StarlingConfiguration
package import StarlingTraining

/// The synchronous advantage actor-critic of Mnih et al. 2016, joint with the autoencoder: one step on each batch, without any
/// correction for older parameters, so it wants `batch.max_queued_batches: 0`.
package struct A2C: Algorithm, Hashable {
    package var discount: Float = 0.99
    package var lambda: Float = 1
    package var valueCost: Float = 0.5
    package var entropyCost: Float = 0
    package var normalizesReturns = false
    package var rewardScale: Float = 1

    package init() {}

    package static let name = "a2c"
    package static let summary = "the synchronous advantage actor-critic, joint with the autoencoder"

    package static let keys = KeyTable<Self>([
        .number("discount", \.discount, in: 0...1, "γ."),
        .number("lambda", \.lambda, in: 0...1, "λ of the generalised advantages; 1 sums rewards to the unroll's end."),
        .number("value_cost", \.valueCost, in: 0...1e6, "Weight of ½(V−G)²."),
        .number("entropy_cost", \.entropyCost, in: 0...1e6, "Weight of the entropy bonus."),
        .boolean("normalize_returns", \.normalizesReturns, "Divide rewards by the running scale of the returns."),
        .number("reward_scale", \.rewardScale, in: 1e-6...1e6, "Multiplies rewards before anything else."),
    ])

    package func design(_ context: TrainingContext) -> TrainingDesign {
        let loss = A2CLoss(discount: discount, lambda: lambda, valueCost: valueCost, entropyCost: entropyCost)
        var design = TrainingDesign([Phase([Autoencoder(context), loss])], context)
        design.rewardScale = rewardScale
        design.normalizesReturns = normalizesReturns
        return design
    }
}
