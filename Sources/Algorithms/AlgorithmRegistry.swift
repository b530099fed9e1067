package import StarlingConfiguration

/// The algorithms that a recipe can name.
package struct AlgorithmRegistry: Sendable {
    package struct Entry: Sendable {
        package let name: String
        package let summary: String
        /// Of its settings, below its name: `vtrace.discount`.
        package let keys: KeyTable<SettingsByAlgorithm>
        private let findConflict: @Sendable (SettingsByAlgorithm) -> String?
        private let makeAlgorithm: @Sendable (AlgorithmContext, SettingsByAlgorithm) throws -> any Algorithm

        package init<Settings: AlgorithmSettings>(
            _ name: String, _ summary: String,
            make: @escaping @Sendable (AlgorithmContext, Settings) throws -> any Algorithm
        ) {
            self.name = name
            self.summary = summary
            keys = Settings.keys.nested(under: name, reading: { $0[Settings.self] }, writing: { $0[Settings.self] = $1 })
            findConflict = { $0[Settings.self].conflict }
            makeAlgorithm = { try make($0, $1[Settings.self]) }
        }

        /// What the keys of its settings can't tell alone; nil when they agree with each other.
        package func conflict(in settings: SettingsByAlgorithm) -> String? { findConflict(settings) }

        package func make(_ context: AlgorithmContext, _ settings: SettingsByAlgorithm) throws -> any Algorithm {
            try makeAlgorithm(context, settings)
        }
    }

    package let entries: [Entry]

    package init(_ entries: [Entry]) { self.entries = entries }

    package static let builtIn = AlgorithmRegistry([
        Entry("vtrace", "IMPALA's actor-critic with V-trace targets, joint with the autoencoder") { context, settings in
            try VTrace(context, settings)
        }
    ])

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
