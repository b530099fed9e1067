public import StarlingConfiguration
public import StarlingExperience
public import StarlingTraining

/// Parallelised Q-learning (Gallici et al. 2025, "Simplifying deep temporal difference learning"): Q(λ) from fresh unrolls of many
/// environments, without replay and without a target network. It wants `model.normalize_heads`, and hidden layers in `model.policy`.
public struct PQN: Algorithm, Hashable {
    var settings = QLambda.Settings()

    public init() {}

    public static let name = "pqn"
    public static let summary = "Q(λ) from fresh experience, without replay or target; joint with the representation"
    public static let keys = QLambda.Settings.keys.inside(\Self.settings)

    public var wantsNewestParameters: Bool { true }
    public var needsDiscreteActions: Bool { true }
    public var actingRule: ActingRule { .epsilon }
    public var actionValues: ActionValues? { settings.values }

    public func conflict(with model: ModelSpec, _ environment: EnvironmentSpec) -> String? { model.binsConflict(with: Self.name) }

    public func design(_ context: TrainingContext) -> TrainingDesign {
        QLambda(bootstrap: .greedy, settings: settings).design(context)
    }
}
