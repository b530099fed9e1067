public import StarlingExperience

/// The environments that a program knows, by name. A value, handed to the program's entry point:
/// `.builtIn + [.init("maze", summary: "Find the exit.") { Maze() }]`.
public struct EnvironmentRegistry: Sendable, ExpressibleByArrayLiteral {
    /// In order of registration.
    public let entries: [Entry]

    public init(_ entries: [Entry]) { self.entries = entries }

    public init(arrayLiteral entries: Entry...) { self.init(entries) }

    /// Both.
    public static func + (left: Self, right: Self) -> Self { Self(left.entries + right.entries) }

    /// What is wrong with the names, with the remedy; nil when nothing is. Programs don't start with it.
    package var fault: String? {
        var names: Set<String> = []
        for entry in entries {
            guard !entry.name.isEmpty else { return "an environment has an empty name: recipes could not name it" }
            guard names.insert(entry.name).inserted else {
                return "two environments are called \(entry.name): give yours another name, and add it once"
            }
        }
        return nil
    }

    /// The entry of this name.
    /// - Throws: `EnvironmentError` with the nearest name and the list.
    public func entry(named name: String) throws -> Entry {
        if let entry = entries.first(where: { $0.name == name }) { return entry }
        let names = entries.map(\.name)
        let hint = NearestName.hint(for: name, among: names).map { "; did you mean '\($0)'?" } ?? "."
        throw EnvironmentError(
            .unknownName,
            "No environment '\(name)'\(hint) This program has: \(names.joined(separator: ", ")). One of your own is added in its main "
                + "file: environments: .builtIn + [.init(\"\(name)\") { … }]; that of a shared library by --environment PATH.")
    }

    /// The entry for a spec that came from elsewhere, which must be the same here.
    /// - Throws: `EnvironmentError` that names the difference.
    public func entry(for spec: EnvironmentSpec) throws -> Entry {
        let entry = try entry(named: spec.name)
        // What is nothing without options is compared where it is made.
        guard !entry.needsOptions else { return entry }
        let own = try entry.spec(spec.options)
        guard own != spec else { return entry }
        throw EnvironmentError(
            .differentSpec,
            "Environment '\(spec.title)' differs: here it has \(own.shapes), there \(spec.shapes). "
                + "Build both programs from the same sources.")
    }
}

extension EnvironmentRegistry {
    /// Those that are what they are without options.
    package var specs: [EnvironmentSpec] {
        // One of a library may have to be told something.
        entries.filter { !$0.needsOptions }.compactMap { try? $0.spec(EnvironmentOptions()) }
    }

    /// What went wrong in this process with environments that are stepped elsewhere.
    package var faults: EnvironmentFaults {
        entries.reduce(into: EnvironmentFaults()) { if $1.options != nil { $0 &+= $1.faults() } }
    }

    /// Names of those that options say more of.
    package var families: [String] { entries.filter { $0.options != nil }.map(\.name) }

    /// One environment: its name, a line about it, and how to make one.
    public struct Entry: Sendable {
        /// As recipes name it.
        public let name: String
        /// One line, for `starling list`.
        public let summary: String
        /// Name and shapes; makes an environment to ask it.
        /// - Precondition: it is something without options.
        public var spec: EnvironmentSpec {
            guard let spec = try? spec(EnvironmentOptions()) else { fatalError("environment '\(name)' is nothing without its options") }
            return spec
        }
        /// What it can be told, with a line about each; nil for one that can be told nothing, empty for one that itself says what it can.
        public let options: [Option]?
        /// Whether it is nothing without options.
        package let needsOptions: Bool
        /// Environments that one evaluation steps side by side, at most; nil: as many as there are.
        package let laneLimit: Int?

        private let makeSpec: @Sendable (String, EnvironmentOptions) throws -> EnvironmentSpec
        /// What went wrong in this process with those that are stepped elsewhere.
        package let faults: @Sendable () -> EnvironmentFaults
        /// `groups` batches of `width` environments.
        private let batches: @Sendable (EnvironmentSpec, _ groups: Int, _ width: Int) throws -> [any EnvironmentBatch]

        /// One that is told what it is.
        public struct Option: Hashable, Sendable {
            /// Its first word, where it is a group of options.
            public let name: String
            /// One line.
            public let summary: String

            public init(_ name: String, _ summary: String) { (self.name, self.summary) = (name, summary) }
        }

        /// An environment that options say more of.
        /// - Parameters:
        ///   - needsOptions: whether it is nothing without.
        ///   - spec: finds out what they make of it.
        ///   - batches: makes so many groups of so many; throws where the spec is not what it is here.
        package init(
            _ name: String, summary: String, options: [Option], needsOptions: Bool, laneLimit: Int?,
            faults: @escaping @Sendable () -> EnvironmentFaults,
            spec: @escaping @Sendable (EnvironmentOptions) throws -> EnvironmentSpec,
            batches: @escaping @Sendable (EnvironmentSpec, _ groups: Int, _ width: Int) throws -> [any EnvironmentBatch]
        ) {
            (self.name, self.summary, self.options, self.laneLimit) = (name, summary, options, laneLimit)
            self.needsOptions = needsOptions
            makeSpec = { try spec($1) }
            self.faults = faults
            self.batches = batches
        }

        /// - Parameter make: makes an environment; called once for every environment of a batch.
        @inlinable
        public init<E: Environment>(_ name: String, summary: String = "", _ make: @escaping @Sendable () -> E) {
            self.init(name, summary, options: nil, { _ in make() }) { loop in
                { loop.step(actions: $0, rows: $1, rewards: $2, kinds: $3) }
            }
        }

        /// - Parameter make: makes an environment; called once for every environment of a batch.
        @inlinable
        public init<E: MultiDiscreteEnvironment>(_ name: String, summary: String = "", _ make: @escaping @Sendable () -> E) {
            self.init(name, summary, options: nil, { _ in make() }) { loop in
                { loop.step(actions: $0, rows: $1, rewards: $2, kinds: $3) }
            }
        }

        /// - Parameter make: makes an environment; called once for every environment of a batch.
        @inlinable
        public init<E: ContinuousEnvironment>(_ name: String, summary: String = "", _ make: @escaping @Sendable () -> E) {
            self.init(name, summary, options: nil, { _ in make() }) { loop in
                { loop.step(actions: $0, rows: $1, rewards: $2, kinds: $3) }
            }
        }

        @usableFromInline
        init<E: EnvironmentCore>(
            _ name: String, _ summary: String, options: [Option]?, _ make: @escaping @Sendable (EnvironmentOptions) throws -> E,
            stepper: @escaping @Sendable (BatchLoop<E>) -> BatchLoop<E>.Step
        ) {
            self.name = name
            self.summary = summary
            self.options = options
            needsOptions = false
            laneLimit = nil
            faults = { EnvironmentFaults() }
            makeSpec = { name, told in EnvironmentSpec(name: name, of: try make(told), options: told) }
            batches = { spec, groups, width in
                try (0..<groups).map { _ in
                    try TypedBatch(name: spec.name, options: spec.options, count: width, make: make, stepper: stepper)
                }
            }
        }

        /// Name and shapes of what options make of it.
        /// - Throws: `EnvironmentError` when it has no such options, or they can't be had on this machine.
        package func spec(_ told: EnvironmentOptions) throws -> EnvironmentSpec {
            try checkNames(of: told)
            return try makeSpec(name, told)
        }

        private func checkNames(of told: EnvironmentOptions) throws(EnvironmentError) {
            if let options, options.isEmpty { return }
            for option in told.values.keys.sorted() {
                guard let options else {
                    throw EnvironmentError(
                        .badOption, "environment.\(option): \(name) has no options; leave it out, or name another environment")
                }
                let word = option.split(separator: ".").first.map(String.init) ?? option
                guard !options.contains(where: { $0.name == word }) else { continue }
                let names = options.map(\.name)
                let hint = NearestName.hint(for: word, among: names).map { "; did you mean environment.\($0)?" } ?? ""
                throw EnvironmentError(
                    .badOption, "environment.\(option): \(name) has no such option\(hint) It has: \(names.joined(separator: ", "))")
            }
        }

        /// Groups of `width` environments that are stepped together. `reset` each before its first step.
        /// - Throws: `EnvironmentError` when one of them lacks something on this machine, or is not as the spec says.
        package func makeBatches(_ spec: EnvironmentSpec, groups: Int, width: Int) throws -> [any EnvironmentBatch] {
            try batches(spec, groups, width)
        }

        /// One batch of what is something without options, of which the name is enough: no environment is made to be asked.
        package func makeBatch(count: Int) throws -> any EnvironmentBatch {
            let named = EnvironmentSpec(name: name, observation: ObservationSpec(shape: []), action: .discrete(1))
            return try makeBatches(named, groups: 1, width: count)[0]
        }

        /// Makes one, to find out whether it can be used on this machine.
        /// - Throws: `EnvironmentError` when it lacks something.
        package func check(_ told: EnvironmentOptions = EnvironmentOptions()) throws {
            if !needsOptions { _ = try makeBatches(spec(told), groups: 1, width: 1) }
        }
    }
}

extension EnvironmentSpec {
    init<E: EnvironmentCore>(name: String, of environment: E, options: EnvironmentOptions) {
        if let fault = environment.action.fault { fatalError("environment '\(name)': \(fault)") }
        let observation = environment.observationSpec
        demand(
            observation.shape.allSatisfy { $0 > 0 }, "environment '\(name)': an observation can't have the shape \(observation.shape)")
        if let fault = observation.fault { fatalError("environment '\(name)': \(fault)") }
        demand(
            observation.parts.isEmpty || E.Scalar.kind == .uint8 || observation.parts.allSatisfy { $0.scalar == .float32 },
            "environment '\(name)': some parts of its observations are bytes, so reset and step must write into a MutableSpan<UInt8>")
        switch environment.action {
        case .discrete: demand(environment is any Environment, "environment '\(name)' has no step for discrete actions")
        case .multiDiscrete:
            demand(environment is any MultiDiscreteEnvironment, "environment '\(name)' has no step for actions of several parts")
        case .continuous:
            demand(!environment.masksActions, "environment '\(name)' masks actions that are no choices")
            demand(environment is any ContinuousEnvironment, "environment '\(name)' has no step for continuous actions")
        }
        self.init(
            name: name, observation: observation,
            action: environment.action, observationLimit: environment.observationLimit, rewardLimit: environment.rewardLimit,
            playersAlternate: environment.playersAlternate, masksActions: environment.masksActions, tellsCost: environment.tellsCost,
            options: options)
        for limit in [observationLimit, rewardLimit] {
            demand(Self.limits.contains(limit), "environment '\(name)' has the limit \(limit), which is not within \(Self.limits)")
        }
    }

    fileprivate var shapes: String {
        "observations \(observation) and actions \(action), limits \(observationLimit) and \(rewardLimit), "
            + (playersAlternate ? "players in turn" : "one player") + (masksActions ? ", action masks" : "") + (tellsCost ? ", costs" : "")
    }
}
