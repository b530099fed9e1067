public import StarlingConfiguration
public import StarlingExperience
public import StarlingTraining

/// Proximal policy optimisation beside a latent that clears what is seen of haze: see ``Dehazing``.
public struct Dehaze: Algorithm, Hashable {
    public var policy = PPO()
    public var windowCost: Float = 1
    public var transmissionCost: Float = 0.2

    public init() {}

    public static let name = "dehaze"
    public static let summary = "PPO beside a latent that tells the haze in what is seen, and clears it"

    public static let keys =
        KeyTable<Self>([
            .number("window_cost", \.windowCost, in: 0...1e6, "Weight of |J' − J|, the window that is cleared by what z tells of haze."),
            .number("transmission_cost", \.transmissionCost, in: 0...1e6, "Weight of |t' − t|, the transmission that z tells."),
        ]) + PPO.keys.inside(\Self.policy)

    public var wantsNewestParameters: Bool { policy.wantsNewestParameters }
    /// Windows move by steps.
    public var needsDiscreteActions: Bool { true }

    public func conflict(with model: ModelSpec, _ environment: EnvironmentSpec) -> String? { Dehazing.fault(model, environment) }

    public func design(_ context: TrainingContext) -> TrainingDesign {
        policy.design(context, beside: [Dehazing(windowCost: windowCost, transmissionCost: transmissionCost)])
    }
}
