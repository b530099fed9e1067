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
                + "file: environments: .builtIn + [.init(\"\(name)\") { … }].")
    }

    /// The entry for a spec that came from elsewhere, which must be the same here.
    /// - Throws: `EnvironmentError` that names the difference.
    public func entry(for spec: EnvironmentSpec) throws -> Entry {
        let entry = try entry(named: spec.name)
        let own = entry.spec
        guard own != spec else { return entry }
        throw EnvironmentError(
            .differentSpec,
            "Environment '\(spec.name)' differs: here it has \(own.shapes), there \(spec.shapes). "
                + "Build both programs from the same sources.")
    }
}

extension EnvironmentRegistry {
    /// One environment: its name, a line about it, and how to make one.
    public struct Entry: Sendable {
        public let name: String
        /// One line, for `starling list`.
        public let summary: String
        /// Name and shapes; makes an environment to ask it.
        public var spec: EnvironmentSpec { makeSpec(name) }

        private let makeSpec: @Sendable (String) -> EnvironmentSpec
        private let batch: @Sendable (String, Int) throws -> any EnvironmentBatch

        /// - Parameter make: makes an environment; called once for every environment of a batch.
        @inlinable
        public init<E: Environment>(_ name: String, summary: String = "", _ make: @escaping @Sendable () -> E) {
            self.init(name, summary, make) { loop in
                { loop.step(actions: $0, rows: $1, rewards: $2, kinds: $3) }
            }
        }

        /// - Parameter make: makes an environment; called once for every environment of a batch.
        @inlinable
        public init<E: ContinuousEnvironment>(_ name: String, summary: String = "", _ make: @escaping @Sendable () -> E) {
            self.init(name, summary, make) { loop in
                { loop.step(actions: $0, rows: $1, rewards: $2, kinds: $3) }
            }
        }

        @usableFromInline
        init<E: EnvironmentCore>(
            _ name: String, _ summary: String, _ make: @escaping @Sendable () -> E,
            stepper: @escaping @Sendable (BatchLoop<E>) -> BatchLoop<E>.Step
        ) {
            self.name = name
            self.summary = summary
            makeSpec = { EnvironmentSpec(name: $0, of: make()) }
            batch = { try TypedBatch(name: $0, count: $1, make: make, stepper: stepper) }
        }

        /// `count` environments that are stepped together. `reset` it before its first step.
        /// - Throws: `EnvironmentError` when one of them lacks something on this machine.
        package func makeBatch(count: Int) throws -> any EnvironmentBatch { try batch(name, count) }

        /// Makes one, to find out whether it can be used on this machine.
        /// - Throws: `EnvironmentError` when it lacks something.
        package func check() throws { _ = try makeBatch(count: 1) }
    }
}

extension EnvironmentSpec {
    init<E: EnvironmentCore>(name: String, of environment: E) {
        if let fault = environment.action.fault { fatalError("environment '\(name)': \(fault)") }
        let shape = environment.observationShape
        demand(shape.allSatisfy { $0 > 0 }, "environment '\(name)': an observation can't have the shape \(shape)")
        switch environment.action {
        case .discrete: demand(environment is any Environment, "environment '\(name)' has no step for discrete actions")
        case .continuous:
            demand(environment is any ContinuousEnvironment, "environment '\(name)' has no step for continuous actions")
        }
        self.init(
            name: name, observation: ObservationSpec(shape: environment.observationShape, scalar: E.Scalar.kind),
            action: environment.action, observationLimit: environment.observationLimit, rewardLimit: environment.rewardLimit,
            playersAlternate: environment.playersAlternate)
        for limit in [observationLimit, rewardLimit] {
            demand(Self.limits.contains(limit), "environment '\(name)' has the limit \(limit), which is not within \(Self.limits)")
        }
    }

    fileprivate var shapes: String {
        "observations \(observation.scalar) \(observation.shape) and actions \(action), limits \(observationLimit) and \(rewardLimit), "
            + (playersAlternate ? "players in turn" : "one player")
    }
}
