public import StarlingConfiguration
public import StarlingExperience
public import StarlingTraining

/// A way to learn that a recipe can name: a file with its settings, their keys, and the phases that they make. The value is its
/// settings; those of `init()` are the defaults.
public protocol Algorithm: Sendable {
    init()
    /// As recipes name it; its keys are below this. Letters, digits, `-` and `_`, and no section of keys that every run has.
    static var name: String { get }
    /// One line for `starling list`.
    static var summary: String { get }
    /// The keys of its settings with range, default and reason; recipes have them below `name`.
    static var keys: KeyTable<Self> { get }
    /// What is wrong with the settings together, with the remedy; nil when they agree.
    var conflict: String? { get }
    /// What is wrong with them for this environment and model; nil unless it says otherwise.
    func conflict(with model: ModelSpec, _ environment: EnvironmentSpec) -> String?
    /// Whether it can't correct for older parameters, so that batches in a queue do it harm; false unless it says so.
    var wantsNewestParameters: Bool { get }
    /// Whether it learns something of each single action, so that there must be a number of them; false unless it says so.
    var needsDiscreteActions: Bool { get }
    /// How actors act where the recipe doesn't say; sampled from the policy unless it says otherwise.
    var actingRule: ActingRule { get }
    /// What the policy head's numbers mean where they are what actions are worth, and no logits of π: nil unless it says otherwise.
    var actionValues: ActionValues? { get }
    /// γ that plans of its actors go by, over the model and the value that it learns; nil where it learns no such: nil unless it says
    /// otherwise.
    var planningDiscount: Float? { get }
    /// Groups, phases and objectives.
    func design(_ context: TrainingContext) -> TrainingDesign
}

extension Algorithm {
    public var conflict: String? { nil }
    public func conflict(with model: ModelSpec, _ environment: EnvironmentSpec) -> String? { nil }
    public var wantsNewestParameters: Bool { false }
    public var needsDiscreteActions: Bool { false }
    public var actingRule: ActingRule { .sample }
    public var actionValues: ActionValues? { nil }
    public var planningDiscount: Float? { nil }
}

/// Settings of every algorithm of a registry: a recipe may give values to some that it doesn't use.
public struct SettingsByAlgorithm: Sendable {
    private var changed: [ObjectIdentifier: any Algorithm] = [:]

    public init() {}

    /// The settings of an algorithm; its defaults until somebody sets others.
    public subscript<Settings: Algorithm>(_ type: Settings.Type) -> Settings {
        get { changed[ObjectIdentifier(type)] as? Settings ?? Settings() }
        set { changed[ObjectIdentifier(type)] = newValue }
    }
}
