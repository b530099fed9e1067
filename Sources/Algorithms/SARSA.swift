public import StarlingConfiguration
public import StarlingExperience
public import StarlingTraining

/// SARSA(λ) (Rummery & Niranjan 1994; Sutton & Barto 2018, section 12.7): the value of the ε-greedy policy that acts, by the actions that
/// it took.
public struct SARSA: Algorithm, Hashable {
    var settings = QLambda.Settings()

    public init() {}

    public static let name = "sarsa"
    public static let summary = "SARSA(λ): the value of the ε-greedy policy that acts; joint with the representation"
    public static let keys = QLambda.Settings.keys.inside(\Self.settings)

    public var wantsNewestParameters: Bool { true }
    public var needsDiscreteActions: Bool { true }
    public var actingRule: ActingRule { .epsilon }
    public var actionValues: ActionValues? { settings.values }

    public func conflict(with model: ModelSpec, _ environment: EnvironmentSpec) -> String? { model.binsConflict(with: Self.name) }

    public func design(_ context: TrainingContext) -> TrainingDesign {
        QLambda(bootstrap: .taken, settings: settings).design(context)
    }
}
