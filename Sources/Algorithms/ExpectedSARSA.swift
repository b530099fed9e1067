public import StarlingConfiguration
public import StarlingExperience
public import StarlingTraining

/// Expected SARSA (van Seijen et al. 2009): the value of the ε-greedy policy that acts, with the expectation over its next
/// action in place of the one it took.
public struct ExpectedSARSA: Algorithm, Hashable {
    var settings = QLambda.Settings()

    public init() {}

    public static let name = "expected_sarsa"
    public static let summary = "Expected SARSA(λ): the expectation over the next action in place of a sample"
    public static let keys = QLambda.Settings.keys.inside(\Self.settings)

    public var wantsNewestParameters: Bool { true }
    public var needsDiscreteActions: Bool { true }
    public var actingRule: ActingRule { .epsilon }
    public var actionValues: ActionValues? { settings.values }

    public func conflict(with model: ModelSpec, _ environment: EnvironmentSpec) -> String? { model.binsConflict(with: Self.name) }

    public func design(_ context: TrainingContext) -> TrainingDesign {
        QLambda(bootstrap: .expected, settings: settings).design(context)
    }
}
