public import StarlingExperience

/// Whether an environment keeps to what is asked of one, found out by playing it with random actions:
///
/// ```swift
/// @Test func theMazeConforms() {
///     #expect(EnvironmentConformance { Maze() }.violations.isEmpty)
/// }
/// ```
///
/// `starling doctor --environment NAME` says the same on a command line, of every kind of environment.
public struct EnvironmentConformance: Sendable {
    /// What is asked of an environment.
    public enum Rule: String, Sendable, CaseIterable {
        /// Shapes, actions and limits are possible.
        case spec
        /// The same seed and the same actions give the same episode.
        case seeds
        /// Each call writes the whole observation.
        case observations
        /// Numbers are finite and within their limits.
        case ranges
        /// Episodes end, and go on as they should.
        case endings
        /// Environments of a batch, and batches, have nothing to do with each other.
        case independence
        /// What it saves is all that the coming steps depend on.
        case state
        /// Steps a second of eight environments, without a policy.
        case speed
    }

    /// Whether a rule is kept; a remark is no fault.
    public enum Verdict: Sendable { case kept, remark, broken }

    /// What was found of one rule.
    public struct Finding: Sendable, CustomStringConvertible {
        /// Which rule.
        public let rule: Rule
        /// Whether it is kept.
        public let verdict: Verdict
        /// One line.
        public let text: String
        public var description: String { "\(rule.rawValue): \(text)" }
    }

    /// One or more of each rule that could be looked at.
    public internal(set) var findings: [Finding] = []

    /// What the environment has to do otherwise.
    public var violations: [Finding] { findings.filter { $0.verdict == .broken } }

    /// - Parameters:
    ///   - steps: of each of four environments, at most; fewer where they take longer than two seconds.
    ///   - make: makes an environment; called once for every environment of a batch.
    public init<E: Environment>(steps: Int = 2_000, of make: @escaping @Sendable () -> E) {
        self.init(EnvironmentRegistry.Entry("environment", make), steps: steps)
    }

    /// - Parameters:
    ///   - steps: of each of four environments, at most; fewer where they take longer than two seconds.
    ///   - make: makes an environment; called once for every environment of a batch.
    public init<E: MultiDiscreteEnvironment>(steps: Int = 2_000, of make: @escaping @Sendable () -> E) {
        self.init(EnvironmentRegistry.Entry("environment", make), steps: steps)
    }

    /// - Parameters:
    ///   - steps: of each of four environments, at most; fewer where they take longer than two seconds.
    ///   - make: makes an environment; called once for every environment of a batch.
    public init<E: ContinuousEnvironment>(steps: Int = 2_000, of make: @escaping @Sendable () -> E) {
        self.init(EnvironmentRegistry.Entry("environment", make), steps: steps)
    }

    /// - Parameters:
    ///   - entry: of a registry.
    ///   - options: what it is told.
    ///   - steps: of each of four environments, at most; fewer where they take longer than two seconds.
    public init(_ entry: EnvironmentRegistry.Entry, options: EnvironmentOptions = EnvironmentOptions(), steps: Int = 2_000) {
        self.init(entry, options: options, steps: steps) { _ in }
    }

    /// - Parameter tell: is told each finding at once.
    package init(
        _ entry: EnvironmentRegistry.Entry, options: EnvironmentOptions, steps: Int, tell: (Finding) -> Void
    ) {
        var rule = Rule.spec
        do {
            let spec = try entry.spec(options)
            note(.spec, .kept, spec.words, tell)
            let trial = ConformanceTrial(entry, spec, rows: steps)
            let faults = entry.faults()
            for next in Rule.allCases.dropFirst() {
                rule = next
                let told = try trial.examine(next)
                // What lies in other hands is begun anew after a fault, and goes on: nothing that was compared means anything.
                guard entry.faults() == faults else {
                    note(next, .broken, "it failed while it was played: see the lines above", tell)
                    return
                }
                for (verdict, text) in told { note(next, verdict, text, tell) }
            }
        } catch {
            note(rule, .broken, "\(error)", tell)
        }
    }

    private mutating func note(_ rule: Rule, _ verdict: Verdict, _ text: String, _ tell: (Finding) -> Void) {
        let finding = Finding(rule: rule, verdict: verdict, text: text)
        findings.append(finding)
        tell(finding)
    }
}

extension EnvironmentSpec {
    /// Shapes, actions and limits, for people.
    fileprivate var words: String {
        "observations \(observation), \(action.words)" + (masksActions ? ", masks of actions" : "") + (tellsCost ? ", costs" : "")
            + (playersAlternate ? ", two players in turn" : "")
    }
}

extension ActionSpec {
    /// For people.
    package var words: String {
        switch self {
        case .discrete(let count): "actions 0 ..< \(count)"
        case .multiDiscrete(let counts): "actions [\(counts.count)] below \(counts)"
        case .continuous(let low, let high): "actions [\(low.count)] from \(low) to \(high)"
        }
    }
}
