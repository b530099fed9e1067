import Foundation
import Logging
import StarlingCompute
import StarlingConfiguration
import StarlingEnvironments
import StarlingExperience
import StarlingLaunchActor
import StarlingLearning
import StarlingMonitoring
import StarlingStorage
import StarlingThreads
import StarlingTransport

/// A learner of one run in this process: its directory, its checkpoints, its reports.
///
/// How actors are reached is the caller's: over TCP, or in the same process.
final class RunSession {
    let settings: RunSettings
    let environment: EnvironmentSpec
    let directory: RunDirectory
    let generation: UInt32
    let logger: Logger
    private let checkpoints: CheckpointStore
    private let console: Console
    private var monitors: Monitors?
    private let learner: Learner
    /// The command line, with the run directory in it.
    private let arguments: [String]
    private let start: Deadline

    /// Checks the settings, opens and locks the directory, and counts this start.
    /// - Parameter environment: what actors brought, where this program doesn't know the environment itself.
    init(
        _ settings: RunSettings, _ options: RunOptions, in program: Program, start: Deadline,
        environment offered: EnvironmentSpec? = nil
    ) throws {
        self.settings = settings
        self.start = start
        let path = options.run ?? Self.freePath(for: options.recipe)
        // On a terminal log lines come out above the panel; for programs everything is a log line.
        let isForPeople = options.logFormat == .text
        let plain = options.logFormat.makeLogger(label: "learner", context: { ["run": "\(path)"] })
        let lines: @Sendable (String) -> Void = { plain.info("\($0)") }
        let console = Console(title: options.recipe, lines: isForPeople ? nil : lines)
        self.console = console
        logger = isForPeople ? options.logFormat.makeLogger(label: "learner", write: { console.log($0) }) : plain
        environment = try offered ?? program.environments.entry(named: settings.environment).spec
        guard program.algorithms.entries.contains(where: { $0.name == settings.algorithm }) else {
            throw ConfigurationError.unknown(
                "algorithm", settings.algorithm, among: program.algorithms.entries.map(\.name))
        }
        try settings.check(environment: environment)
        directory = try options.resume ? .resume(path) : .create(path)
        generation = try directory.nextGeneration()
        checkpoints = CheckpointStore(directory.paths, keeping: settings.checkpoint.kept)
        let checkpoint = options.resume
            ? checkpoints.newestGood(as: TrainingState.self, told: { [logger] in logger.warning("\($0)") }) : nil
        learner = try Learner(
            settings, environment: environment, algorithms: program.algorithms, generation: generation,
            team: settings.train.threads > 1 ? WorkerTeam(count: settings.train.threads, name: "learner") : nil,
            tuning: settings.train.tuning.tuning(known: checkpoint?.state.tuning))
        arguments = CommandLine.arguments.dropFirst() + ["--run", path].filter { _ in options.run == nil }
        if options.resume { try resume(checkpoint) }
        if settings.train.tuning == .timed { try directory.replace(directory.paths.tuning, with: learner.tuning.json) }
        // Last: what can't be built or resumed leaves the directory as it was.
        try directory.replace(
            directory.paths.configuration, with: StoredConfiguration.text(of: settings, recipe: options.recipe))
    }

    private func resume(_ checkpoint: Checkpoint<TrainingState>?) throws {
        let root = directory.paths.root
        if let checkpoint {
            do {
                learner.resume(try TrainingCapture(checkpoint, layout: learner.parameterLayout))
            } catch {
                throw CommandError("\(root) can't go on with this model: \(error); resume it without changing model keys")
            }
            logger.info("resumed from checkpoint \(checkpoint.version) at frame \(checkpoint.state.frames)")
        } else if checkpoints.versions.isEmpty {
            logger.warning("\(root) has no checkpoint yet: training begins anew")
        } else {
            throw CommandError("no checkpoint in \(root) can be used; start a new run in another --run")
        }
    }

    /// Shows a line of another process without tearing the panel.
    var say: @Sendable (String) -> Void {
        { [console] in console.log($0) }
    }

    /// What actors are told.
    func offer() throws -> LearnerOffer {
        try LearnerOffer(
            run: directory.paths.root, runSeed: settings.seed, generation: generation, environment: environment,
            model: settings.modelSpec, acting: settings.actingSpec,
            environmentsPerActor: settings.acting.environmentsPerActor, unrollsPerBatch: settings.unrollsPerBatch,
            maxQueuedBatches: settings.batch.maxQueuedBatches, byteBudget: settings.batch.memoryBytes,
            compression: settings.acting.compression)
    }

    /// The loop over `link`, its learner new or resumed. From now on the directory holds a run.
    func makeLoop(_ link: any LearnerLink) throws -> LearnerLoop {
        let metrics = try MetricsFile(directory.paths) { [logger] in logger.warning("\($0)") }
        let monitors = Monitors([console, metrics])
        self.monitors = monitors
        return LearnerLoop(
            learner, link: link, logger: logger,
            save: { [checkpoints] capture, isFinal in
                try checkpoints.write(capture.checkpoint)
                // What a finished run ended with is no longer its result once it goes on.
                if isFinal { try checkpoints.markFinal(capture.version) } else { checkpoints.unmarkFinal() }
            },
            report: { monitors.send($0) }, start: start)
    }

    /// Writes the summary and says how the run ended, in three lines.
    /// - Returns: the exit status.
    func conclude(_ outcome: RunOutcome) throws -> Int32 {
        monitors?.finish(before: .after(seconds: 1))
        let evaluation = outcome.evaluation.flatMap(EvaluationSummary.init)
        // The snapshot that reached it did so whether or not its last episodes were played to the end.
        let hasEndedAtGoal = if case .goalReached = outcome.reason { true } else { false }
        let summary = RunSummary(
            frames: outcome.frames, wallSeconds: Deadline.now.seconds(since: start),
            framesPerSecond: outcome.trainingSeconds > 0 ? Double(outcome.frames) / outcome.trainingSeconds : 0,
            goalReached: hasEndedAtGoal || settings.goal.isReached(by: evaluation), evaluation: evaluation,
            ledger: outcome.ledger, policyLag: outcome.policyLag, seed: settings.seed,
            actors: outcome.actors, episodes: outcome.state.episodes, updates: outcome.state.update)
        try directory.replace(directory.paths.summary, with: summary.json.indented + "\n")
        let ending = RunEnding(outcome, summary, settings: settings, run: directory.paths.root, arguments: arguments)
        for line in ending.lines { console.print(line) }
        return ending.exitStatus
    }

    /// `runs/NAME-1`, or the first number without a run.
    private static func freePath(for recipe: String) -> String {
        let name = URL(fileURLWithPath: recipe).deletingPathExtension().lastPathComponent
        var number = 1
        while FileManager.default.fileExists(atPath: RunPaths("runs/\(name)-\(number)").metrics) { number += 1 }
        return "runs/\(name)-\(number)"
    }
}
