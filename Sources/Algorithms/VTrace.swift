public import StarlingConfiguration
public import StarlingReturns
public import StarlingTraining

/// IMPALA's actor-critic with V-trace targets (Espeholt et al. 2018), joint with the autoencoder: one step on each batch.
public struct VTrace: Algorithm, Hashable {
    /// Discount, trace parameter and clips of the targets.
    public var targets = VTraceTargets.Settings(discount: 0.99)
    /// Weight c_V of ½(V−v)².
    public var valueCost: Float = 0.05
    /// Weight c_H of the entropy bonus.
    public var entropyCost: Float = 0.01
    /// Share of it that is left at the end of the optimiser's horizon.
    public var entropyFinalShare: Float = 1
    /// Rewards are multiplied by this before anything else.
    public var rewardScale: Float = 1
    public var normalizesReturns = false

    public init() {}

    public static let name = "vtrace"
    public static let summary = "IMPALA's actor-critic with V-trace targets, joint with the representation"

    public static let keys = KeyTable<Self>([
        .number("discount", \.targets.discount, in: 0...1, "γ."),
        .number("lambda", \.targets.lambda, in: 0...1, "Trace parameter λ; 1 as in the paper."),
        .number("rho_clip", \.targets.rhoClip, in: 0...1e6, "ρ̄ of the value targets."),
        .number("c_clip", \.targets.cClip, in: 0...1e6, "c̄ of the traces, at most rho_clip."),
        .number("pg_rho_clip", \.targets.pgRhoClip, in: 0...1e6, "ρ̄ of the policy gradient."),
        .number(
            "value_cost", \.valueCost, in: 0...1e6,
            "Weight of ½(V−v)². Returns of hundreds want it small: the value's gradient shares the encoder."),
        .number("entropy_cost", \.entropyCost, in: 0...1e6, "Weight of the entropy bonus."),
        .number(
            "entropy_final_share", \.entropyFinalShare, in: 0...1,
            "Share of entropy_cost that is left at the end of optimizer.horizon, to which it falls in a straight line."),
        .number("reward_scale", \.rewardScale, in: 1e-6...1e6, "Multiplies rewards before the targets."),
        .boolean(
            "normalize_returns", \.normalizesReturns,
            "Divide rewards by the running scale of the returns. The value loss is then below 1: it may want a larger value_cost."),
    ])

    public var conflict: String? {
        guard targets.cClip > targets.rhoClip else { return nil }
        return """
            vtrace.c_clip is \(targets.cClip), which is more than vtrace.rho_clip \(targets.rhoClip): V-trace is proven for traces \
            that are cut at or below the targets' weights
            """
    }

    public var planningDiscount: Float? { targets.discount }

    public func design(_ context: TrainingContext) -> TrainingDesign {
        let loss = VTraceLoss(
            targets: targets, valueCost: valueCost, entropyCost: entropyCost, entropyFinalShare: entropyFinalShare)
        var design = TrainingDesign([Phase(context.representation + [loss])], context)
        design.rewardScale = rewardScale
        design.normalizesReturns = normalizesReturns
        return design
    }
}
