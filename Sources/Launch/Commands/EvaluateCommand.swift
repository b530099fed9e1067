import ArgumentParser
import Foundation
import StarlingActing
import StarlingAlgorithms
import StarlingConfiguration
import StarlingEnvironments
import StarlingExperience
import StarlingLatentPolicy
import StarlingLaunchActor
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
            \(ObservationSample.countLimit) of the observations that the episodes show. Where episodes write sequences (Melody, OracleText, DigitDrawing) it tells \
            what can be measured of these: --rule sample draws them as the policy has them, while greedy ones are all alike.
            Defaults: 100 episodes, the rule greedy, temperature 1.
            """)

    @Argument(help: "A run directory.")
    var run: String

    @OptionGroup var options: EpisodeOptions

    @Option(help: "Share of random actions of the rule epsilon, 0 to 1.")
    var epsilon: Float = 0.05

    @Option(
        name: .customLong("set"),
        help: ArgumentHelp(
            "Another value for a key of planning or an option of the environment: planning.method=search; repeatable.",
            valueName: "key=value"))
    var assignments: [String] = []

    @Flag(help: "Lets the policy head alone choose where the run's actors plan.")
    var withoutPlanning = false

    @OptionGroup var python: PythonOptions

    @Flag(help: "Print one JSON object and nothing else.")
    var json = false

    func validate() throws {
        for assignment in assignments where !assignment.hasPrefix("planning.") && !assignment.hasPrefix("environment.") {
            throw ValidationError(
                "--set takes keys of planning and options of the environment here, not \(assignment): the rest of a run is what it was trained with."
            )
        }
        guard ActingScalars.epsilons.contains(epsilon) else { throw ValidationError("--epsilon takes 0 to 1, not \(epsilon).") }
    }

    func run(in program: Program) throws -> Int32 {
        let stop = StopSignal.watch()
        defer { stop.close() }
        let (_, place, stored, environments) = try StoredPolicy.open(
            run, options.checkpoint ?? .result, in: options.environment, with: assignments, program, python, stop)
        let request = EvaluationRequest(
            identifier: 1, version: stored.version, episodes: options.episodes ?? 100, seed: options.chosenSeed,
            rule: options.chosenRule ?? .greedy, scalars: ActingScalars(epsilon: epsilon, temperature: options.temperature ?? 1),
            plans: !withoutPlanning)
        let sample = stored.makeSample(seed: request.seed)
        let measure = SequenceReport.measuring(place)
        let written = measure.map { _ in WrittenSequences(count: request.episodes) }
        var (reminder, progress) = (Reminder(after: 10, growth: 2), EvaluationProgress(of: request.episodes))
        func watch(_ row: PlayedRow) {
            written?.note(row)
            progress.note(row)
        }
        let played = try stored.play(request, in: place, environments, sample: sample, watch: watch) {
            if reminder.remind() { Program.complain("still playing: \(progress.sentence)") }
            return stop.isRequested
        }
        guard let played else { return 130 }
        let sequences = try written.flatMap { try measure?($0.tokens) }
        show(
            played, planned: request.plans && stored.plans, place.measures,
            stored.judged(by: sample, seed: request.seed) { Program.complain($0) }, sequences)
        return 0
    }

    private func show(
        _ report: EvaluationReport, planned: Bool, _ measures: [String], _ latent: LatentReport?, _ sequences: SequenceReport?
    ) {
        guard let summary = EvaluationSummary(report, measures) else { return }
        if json {
            let told = summary.json.adding(.init("planned", .boolean(planned))).adding(.init("latent", latent?.json ?? .null))
            print((sequences.map { told.adding(.init("sequences", $0.json)) } ?? told).line)
        } else {
            print(
                """
                \(summary.episodes) \(report.rule == .greedy ? "greedy episodes" : "episodes by the rule \(report.rule)") with parameters \(summary.version)\(planned ? ", planned" : ""): \
                mean \(Quantity.meanReturn(summary.mean, deviation: summary.standardDeviation)), \
                min \(Quantity.meanReturn(summary.minimum)), max \(Quantity.meanReturn(summary.maximum))
                """)
            if let length = summary.meanLength, let terminated = summary.terminated {
                print("length: mean \(Quantity.meanReturn(length)) steps, \(Quantity.trimmed(100 * terminated)) % terminated")
            }
            for measure in summary.measures { print("\(measure.name): mean \(Quantity.meanReturn(measure.mean))") }
            for line in (latent?.lines ?? []) + (sequences?.lines ?? []) { print(line) }
        }
    }
}

/// A fault of a command that no room below knows of: one line with the remedy.
struct CommandError: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}
