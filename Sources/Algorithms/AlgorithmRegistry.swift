package import StarlingConfiguration
package import StarlingTraining

/// The algorithms that a recipe can name.
package struct AlgorithmRegistry: Sendable {
    package struct Entry: Sendable {
        package let name: String
        package let summary: String
        /// Of its settings, below its name: `vtrace.discount`.
        package let keys: KeyTable<SettingsByAlgorithm>
        private let settings: @Sendable (SettingsByAlgorithm) -> any Algorithm

        package init<Settings: Algorithm>(_ type: Settings.Type) {
            name = Settings.name
            summary = Settings.summary
            keys = Settings.keys.nested(under: name, reading: { $0[Settings.self] }, writing: { $0[Settings.self] = $1 })
            settings = { $0[Settings.self] }
        }

        /// What the keys of its settings can't tell alone; nil when they agree with each other.
        package func conflict(in settings: SettingsByAlgorithm) -> String? { self.settings(settings).conflict }

        package func design(_ context: TrainingContext, _ settings: SettingsByAlgorithm) -> TrainingDesign {
            self.settings(settings).design(context)
        }
    }

    package let entries: [Entry]

    package init(_ entries: [Entry]) { self.entries = entries }

    package static let builtIn = AlgorithmRegistry([Entry(VTrace.self), Entry(PPO.self), Entry(A2C.self)])

    /// These and one more, of a user's own.
    package func adding(_ algorithm: (some Algorithm).Type) -> AlgorithmRegistry { AlgorithmRegistry(entries + [Entry(algorithm)]) }

    /// Those of all algorithms, in the registry's order.
    package var keys: KeyTable<SettingsByAlgorithm> { entries.reduce(KeyTable([])) { $0 + $1.keys } }

    /// - Throws: the names that there are, and the nearest.
    package func entry(named name: String) throws(ConfigurationError) -> Entry {
        guard let entry = entries.first(where: { $0.name == name }) else {
            throw .unknown("algorithm", name, among: entries.map(\.name))
        }
        return entry
    }
}
