public import StarlingConfiguration
public import StarlingTraining

/// The algorithms that a recipe can name.
public struct AlgorithmRegistry: Sendable {
    public struct Entry: Sendable {
        public let name: String
        public let summary: String
        /// Of its settings, below its name: `vtrace.discount`.
        public let keys: KeyTable<SettingsByAlgorithm>
        private let settings: @Sendable (SettingsByAlgorithm) -> any Algorithm

        public init<Settings: Algorithm>(_ type: Settings.Type) {
            name = Settings.name
            summary = Settings.summary
            keys = Settings.keys.nested(under: name, reading: { $0[Settings.self] }, writing: { $0[Settings.self] = $1 })
            settings = { $0[Settings.self] }
        }

        /// What the keys of its settings can't tell alone; nil when they agree with each other.
        public func conflict(in settings: SettingsByAlgorithm) -> String? { self.settings(settings).conflict }

        public func design(_ context: TrainingContext, _ settings: SettingsByAlgorithm) -> TrainingDesign {
            self.settings(settings).design(context)
        }
    }

    public let entries: [Entry]

    public init(_ entries: [Entry]) { self.entries = entries }

    public static let builtIn = AlgorithmRegistry([Entry(VTrace.self), Entry(PPO.self), Entry(A2C.self)])

    /// These and one more, of a user's own.
    public func adding(_ algorithm: (some Algorithm).Type) -> AlgorithmRegistry { AlgorithmRegistry(entries + [Entry(algorithm)]) }

    /// Those of all algorithms, in the registry's order.
    public var keys: KeyTable<SettingsByAlgorithm> { entries.reduce(KeyTable([])) { $0 + $1.keys } }

    /// - Throws: the names that there are, and the nearest.
    public func entry(named name: String) throws(ConfigurationError) -> Entry {
        guard let entry = entries.first(where: { $0.name == name }) else {
            throw .unknown("algorithm", name, among: entries.map(\.name))
        }
        return entry
    }
}
