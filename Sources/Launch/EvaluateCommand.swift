import ArgumentParser
import Foundation
import StarlingActing
import StarlingAlgorithms
import StarlingConfiguration
import StarlingEnvironments
import StarlingExperience
import StarlingLatentPolicy
import StarlingLearning
import StarlingMonitoring
import StarlingStorage
import StarlingThreads

struct EvaluateCommand: ProgramCommand {
    static let configuration = CommandConfiguration(
        commandName: "evaluate",
        abstract: "Plays episodes with the parameters of a run, greedily unless told otherwise, and judges its autoencoder.",
        discussion: """
            Takes the run's final checkpoint where there is one, else the newest good one. The autoencoder is judged by \
            \(ObservationSample.countLimit) of the observations that the episodes show.
            """)

    @Argument(help: "A run directory.")
    var run: String

    @Option(help: "Episodes to play.")
    var episodes = 100

    @Option(help: ArgumentHelp("Another environment of the same shapes (default: the run's).", valueName: "name"))
    var environment: String?

    @Option(help: "Seed of the episodes (default: a fresh one).")
    var seed: UInt64?

    @Option(
        help: "How actions are chosen (values: \(Self.rules); default: greedy).",
        transform: Self.rule(named:))
    var rule = ActingRule.greedy

    @Option(help: "Share of random actions of the rule epsilon, 0 to 1.")
    var epsilon: Float = 0.05

    @Option(help: "Temperature of the rule boltzmann, 0.0001 to 10000.")
    var temperature: Float = 1

    @Option(
        name: .customLong("set"),
        help: ArgumentHelp("Another value for a key of planning, for instance planning.method=search; repeatable.", valueName: "key=value"))
    var assignments: [String] = []

    @Flag(help: "Lets the policy head alone choose where the run's actors plan.")
    var withoutPlanning = false

    @Flag(help: "Print one JSON object and nothing else.")
    var json = false

    static let rules = ActingRule.allCases.map { "\($0)" }.joined(separator: ", ")

    static func rule(named name: String) throws -> ActingRule {
        guard let rule = ActingRule.allCases.first(where: { "\($0)" == name }) else {
            throw ValidationError("'\(name)' is none of \(rules).")
        }
        return rule
    }

    func validate() throws {
        for assignment in assignments where !assignment.hasPrefix("planning.") {
            throw ValidationError("--set takes keys of planning here, not \(assignment): the rest of a run is what it was trained with.")
        }
        guard (1...1_000_000).contains(episodes) else {
            throw ValidationError("--episodes takes 1 to 1000000, not \(episodes).")
        }
        guard ActingScalars.epsilons.contains(epsilon) else { throw ValidationError("--epsilon takes 0 to 1, not \(epsilon).") }
        guard ActingScalars.temperatures.contains(temperature) else {
            throw ValidationError("--temperature takes 0.0001 to 10000, not \(temperature).")
        }
    }

    func run(in program: Program) throws -> Int32 {
        let (_, place, stored) = try StoredPolicy.open(run, in: environment, with: assignments, program)
        let request = EvaluationRequest(
            identifier: 1, version: stored.version, episodes: episodes,
            seed: seed ?? UInt64.random(in: .min ... .max), rule: rule,
            scalars: ActingScalars(epsilon: epsilon, temperature: temperature), plans: !withoutPlanning)
        let sample = stored.makeSample(seed: request.seed)
        let stop = StopSignal.watch()
        defer { stop.close() }
        let played = try stored.play(request, in: place, program.environments, sample: sample, shouldStop: { stop.isRequested })
        guard let played else { return 130 }
        show(played, stored.judged(by: sample, seed: request.seed) { Program.complain($0) })
        return 0
    }

    private func show(_ report: EvaluationReport, _ latent: LatentReport?) {
        guard let summary = EvaluationSummary(report) else { return }
        if json {
            print(summary.json.adding(.init("latent", latent?.json ?? .null)).line)
        } else {
            print(
                """
                \(summary.episodes) \(report.rule == .greedy ? "greedy episodes" : "episodes by the rule \(report.rule)") with parameters \(summary.version): \
                mean \(Quantity.meanReturn(summary.mean, deviation: summary.standardDeviation)), \
                min \(Quantity.meanReturn(summary.minimum)), max \(Quantity.meanReturn(summary.maximum))
                """)
            for line in latent?.lines ?? [] { print(line) }
        }
    }
}

/// A fault of a command that no room below knows of: one line with the remedy.
struct CommandError: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}
