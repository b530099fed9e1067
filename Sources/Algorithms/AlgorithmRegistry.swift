public import StarlingConfiguration
public import StarlingExperience
public import StarlingTraining

/// The algorithms that a recipe can name.
public struct AlgorithmRegistry: Sendable {
    /// An algorithm with its settings' type erased.
    public struct Entry: Sendable {
        /// As recipes name it.
        public let name: String
        /// One line for `starling list`.
        public let summary: String
        /// Of its settings, below its name: `vtrace.discount`.
        public let keys: KeyTable<SettingsByAlgorithm>
        /// What is wrong with its keys; nil when nothing is.
        let keyFault: String?
        private let settings: @Sendable (SettingsByAlgorithm) -> any Algorithm

        /// An entry of an algorithm, whose `init()` has the defaults.
        public init<Settings: Algorithm>(_ type: Settings.Type) {
            name = Settings.name
            summary = Settings.summary
            keys = Settings.keys.nested(under: name, reading: { $0[Settings.self] }, writing: { $0[Settings.self] = $1 })
            keyFault = Settings.keys.fault(inDefaults: Settings())
            settings = { $0[Settings.self] }
        }

        /// What the keys of its settings can't tell alone; nil when they agree with each other, with the model and with the environment.
        public func conflict(in settings: SettingsByAlgorithm, _ model: ModelSpec, _ environment: EnvironmentSpec) -> String? {
            self.settings(settings).conflict ?? self.settings(settings).conflict(with: model, environment)
        }

        /// Whether it wants no batch to wait: see `Algorithm.wantsNewestParameters`.
        public func wantsNewestParameters(_ settings: SettingsByAlgorithm) -> Bool { self.settings(settings).wantsNewestParameters }

        /// Whether it learns something of each single action.
        public func needsDiscreteActions(_ settings: SettingsByAlgorithm) -> Bool { self.settings(settings).needsDiscreteActions }

        /// How actors act where the recipe doesn't say.
        public func actingRule(_ settings: SettingsByAlgorithm) -> ActingRule { self.settings(settings).actingRule }

        /// What the policy head's numbers mean where they are no logits of π.
        public func actionValues(_ settings: SettingsByAlgorithm) -> ActionValues? { self.settings(settings).actionValues }

        /// γ of plans; nil where it learns nothing that one could plan with.
        public func planningDiscount(_ settings: SettingsByAlgorithm) -> Float? { self.settings(settings).planningDiscount }

        /// Groups, phases and objectives that its settings make.
        public func design(_ context: TrainingContext, _ settings: SettingsByAlgorithm) -> TrainingDesign {
            self.settings(settings).design(context)
        }
    }

    /// In the order in which `starling list` tells them.
    public let entries: [Entry]

    public init(_ entries: [Entry]) { self.entries = entries }

    /// Those that come along.
    public static let builtIn = AlgorithmRegistry([
        Entry(VTrace.self), Entry(PPO.self), Entry(A2C.self), Entry(Reinforce.self), Entry(DQN.self), Entry(PQN.self), Entry(SARSA.self),
        Entry(ExpectedSARSA.self), Entry(Psi.self), Entry(SAC.self), Entry(Dyna.self), Entry(Planned.self), Entry(Generator.self),
        Entry(Dehaze.self),
    ])

    /// These and one more, of a user's own.
    public func adding(_ algorithm: (some Algorithm).Type) -> AlgorithmRegistry { AlgorithmRegistry(entries + [Entry(algorithm)]) }

    /// What is wrong with the algorithms, with the remedy; nil when nothing is.
    /// - Parameter sections: of keys that every run has, which no algorithm's may be called like.
    package func fault(beside sections: [String]) -> String? {
        var names: Set<String> = []
        for entry in entries {
            let isWord = !entry.name.isEmpty && entry.name.utf8.allSatisfy(Self.isOfName)
            guard isWord else { return "an algorithm is called \"\(entry.name)\": its name may have letters, digits, - and _" }
            guard names.insert(entry.name).inserted else {
                return "two algorithms are called \(entry.name): give yours another name, and add it once"
            }
            guard !sections.contains(entry.name) else {
                return "an algorithm is called \(entry.name), as the keys \(entry.name).… of every run are: give it another name"
            }
            if let fault = entry.keyFault { return "algorithm \(entry.name): \(fault)" }
        }
        return nil
    }

    private static func isOfName(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
        case UInt8(ascii: "-"), UInt8(ascii: "_"): true
        default: false
        }
    }

    /// Those of all algorithms, in the registry's order.
    public var keys: KeyTable<SettingsByAlgorithm> { entries.reduce(KeyTable([])) { $0 + $1.keys } }

    /// - Throws: the names that there are, and the nearest.
    public func entry(named name: String) throws(ConfigurationError) -> Entry {
        guard let entry = entries.first(where: { $0.name == name }) else {
            var error = ConfigurationError.unknown("algorithm", name, among: entries.map(\.name))
            error.message += "; one of your own is added in the program's main file: Starling.main(algorithms: .builtIn.adding(Mine.self))"
            throw error
        }
        return entry
    }
}
