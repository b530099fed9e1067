import ArgumentParser
import StarlingExperience

/// What commands that play episodes of a run take alike.
struct EpisodeOptions: ParsableArguments {
    @Option(help: "Episodes to play, 1 to 1000000 (default: see above).")
    var episodes: Int?

    @Option(
        help: ArgumentHelp(
            "Another environment of the same shapes, by name or as a shared library (default: the run's).", valueName: "name"))
    var environment: String?

    @Option(help: "Seed of the episodes (default: a fresh one).")
    var seed: UInt64?

    @Option(help: "How actions are chosen (values: \(Self.rules); default: see above).", transform: Self.rule(named:))
    var rule: ActingRule?

    @Flag(help: "Draw actions as the policy has them: --rule sample.")
    var stochastic = false

    @Option(
        help: ArgumentHelp(
            "Which checkpoint: final, best (see evaluation.every), newest, or a version such as 1.250 (default: see above).",
            valueName: "checkpoint"))
    var checkpoint: CheckpointChoice?

    @Option(help: "Temperature of the rule boltzmann, 0.0001 to 10000.")
    var temperature: Float?

    /// As told; nil where it isn't.
    var chosenRule: ActingRule? { stochastic ? .sample : rule }

    /// Of this run, or a fresh one.
    var chosenSeed: UInt64 { seed ?? UInt64.random(in: .min ... .max) }

    func validate() throws {
        if let episodes, !(1...1_000_000).contains(episodes) {
            throw ValidationError("--episodes takes 1 to 1000000, not \(episodes).")
        }
        if stochastic, let rule, rule != .sample {
            throw ValidationError("--stochastic is --rule sample, and --rule says \(rule): choose one")
        }
        if let temperature, !ActingScalars.temperatures.contains(temperature) {
            throw ValidationError("--temperature takes 0.0001 to 10000, not \(temperature).")
        }
    }

    private static let rules = ActingRule.allCases.map { "\($0)" }.joined(separator: ", ")

    private static func rule(named name: String) throws -> ActingRule {
        guard let rule = ActingRule.allCases.first(where: { "\($0)" == name }) else {
            throw ValidationError("'\(name)' is none of \(rules).")
        }
        return rule
    }
}
