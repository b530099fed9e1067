import Foundation
import Logging
import StarlingAlgorithms
import StarlingCompute
import StarlingConfiguration
import StarlingEnvironments
import StarlingExperience
import StarlingExport
import StarlingLatentQuality
import StarlingLaunchActor
import StarlingLearning
import StarlingMetrics
import StarlingMonitoring
import StarlingSafetensors
import StarlingStorage
import StarlingThreads
import StarlingTransport
import StarlingWeb

/// A learner of one run in this process: its directory, its checkpoints, its reports.
///
/// How actors are reached is the caller's: over TCP, or in the same process.
final class RunSession {
    private let run: OpenedRun
    let settings: RunSettings
    let environment: EnvironmentSpec
    private let directory: RunDirectory
    let logger: Logger
    private let checkpoints: CheckpointStore
    private let coverage: CheckpointCoverage
    private var monitors: Monitors?
    private var tensorBoard: TensorBoardFile?
    private var latents: LatentWatch?
    private let learner: Learner
    /// What the run goes on from; nil when it begins.
    private(set) var capture: TrainingCapture?
    /// What earlier learners owe to actors.
    let past: RunPast
    private let journalFiles: JournalFiles
    private let journalTail: JournalTail
    private var journal: Journal?
    private let identity: UInt64
    private let environments: EnvironmentRegistry
    /// How long the final parameters may play to be judged.
    private static let judgementSeconds = 2.0

    /// This start of the run's learner.
    var generation: UInt32 { run.generation }

    /// Reads what there is of the run and makes the learner.
    /// - Parameters:
    ///   - run: open, its settings checked against `environment`.
    ///   - environment: what actors step.
    init(_ run: OpenedRun, of environment: EnvironmentSpec, in program: Program) throws {
        (self.run, self.environment) = (run, environment)
        let (settings, options, logger, directory) = (run.settings, run.options, run.logger, run.directory)
        (self.settings, self.logger, self.directory) = (settings, logger, directory)
        environments = program.environments
        run.warn(of: environment, in: program)
        checkpoints = CheckpointStore(directory.paths, keeping: settings.checkpoint.kept)
        coverage = CheckpointCoverage(checkpoints)
        let checkpoint =
            options.resume ? checkpoints.newestGood(as: TrainingState.self, told: { logger.warning("\($0)") }) : nil
        learner = try Learner(
            settings, environment: environment, generation: run.generation,
            compute: settings.computeContext(known: checkpoint?.state.tuning))
        if let name = MetricTable(learner.metrics.all).duplicate {
            throw CommandError("\(settings.algorithm) declares the metric \(name), which is a column of every run: give it another name")
        }
        identity = try directory.identity()
        journalFiles = JournalFiles(directory.paths)
        if let source = options.source { try Self.take(options.wanted, of: source, learner, logger) }
        let resumed = options.resume ? try Self.resume(learner, checkpoint, directory.paths.root, checkpoints, logger) : nil
        capture = resumed
        let books = resumed?.state.books ?? LedgerBooks()
        journalTail = try Self.readJournal(journalFiles, after: books.position, run: identity, logger)
        past = RunPast(books: books, tail: journalTail.entries)
        directory.removeLedger()
        if settings.train.tuning == .timed { try directory.replace(directory.paths.tuning, with: learner.tuning.json()) }
        try directory.replace(directory.paths.policy, with: PortablePolicy(of: settings, environment, recipe: options.title).json)
        // Last: what can't be built or resumed leaves the directory as it was.
        try directory.replace(
            directory.paths.configuration,
            with: StoredConfiguration.text(of: settings, recipe: options.title, try? program.recipes.file(options.title)),
            isPrivate: settings.environmentOptions.holdSecrets)
    }

    private static func take(_ wanted: [String]?, of source: String, _ learner: Learner, _ logger: Logger) throws {
        if let other = wanted?.first(where: { !learner.modules.contains($0) }) {
            throw CommandError("--take: there is no module \(other); the modules are \(learner.modules.joined(separator: ", "))")
        }
        var isFolder: ObjCBool = false
        let parameters: [NamedArray]
        var name = source
        if FileManager.default.fileExists(atPath: source, isDirectory: &isFolder), !isFolder.boolValue {
            parameters = try SafetensorsFile(reading: source).arrays
        } else {
            guard let stored = CheckpointStore(RunPaths(source)).resultParameters(told: { logger.warning("\($0)") }) else {
                throw CommandError("--from: \(source) has no checkpoint that can be used")
            }
            (parameters, name) = (stored.parameters, "\(source), checkpoint \(stored.version)")
        }
        do {
            let taken = try learner.take(wanted, of: parameters)
            let others = learner.modules.filter { !taken.contains($0) }
            logger.info(
                "from \(name): \(taken.joined(separator: ", "))\(others.isEmpty ? "" : "; \(others.joined(separator: ", ")) begin anew")")
        } catch {
            throw CommandError(
                "--from: \(source) is not of this model: \(error); give this run the other's keys of model, or name with --take what fits"
            )
        }
    }

    private static func resume(
        _ learner: Learner, _ checkpoint: Checkpoint<TrainingState>?, _ root: String, _ checkpoints: CheckpointStore,
        _ logger: Logger
    ) throws -> TrainingCapture? {
        if let checkpoint {
            let capture: TrainingCapture
            do {
                capture = try TrainingCapture(checkpoint, of: learner)
                learner.resume(capture)
            } catch {
                throw CommandError("\(root) can't go on with this model: \(error); resume it without changing model keys")
            }
            logger.info("resumed from checkpoint \(checkpoint.version) at frame \(checkpoint.state.frames)")
            return capture
        } else if checkpoints.versions.isEmpty {
            logger.warning("\(root) has no checkpoint yet: training begins anew")
            return nil
        } else {
            throw CommandError("no checkpoint in \(root) can be used; start a new run in another --run")
        }
    }

    /// What the journal holds beyond the checkpoint. Damage is told, and a torn end is cut off.
    private static func readJournal(
        _ files: JournalFiles, after position: UInt64, run: UInt64, _ logger: Logger
    ) throws -> JournalTail {
        let tail = files.tail(after: position, run: run)
        for damage in tail.damages { logger.warning("journal: \(damage)") }
        try files.cut(tail)
        if tail.unrollCount > 0 {
            logger.info("the journal holds \(tail.unrollCount) unrolls beyond the checkpoint; they come first")
        }
        return tail
    }

    /// Begins to store what actors send; nil when `journal.sync` is none.
    func startJournal() -> Journal? {
        guard settings.journal.sync != .none else { return nil }
        let logger = logger
        let journal = Journal(
            journalFiles,
            Journal.Settings(
                sync: settings.journal.sync, byteBudget: settings.journal.bytes, checkpointsKept: settings.checkpoint.kept,
                run: identity, generation: run.generation, fence: run.fence), lastIndices: journalTail.lastIndices
        ) { word in
            switch word {
            case .warning(let line): logger.warning("\(line)")
            case .info(let line): logger.info("\(line)")
            }
        }
        self.journal = journal
        return journal
    }

    /// What actors are told.
    func offer() throws -> LearnerOffer {
        var offer = try settings.offer(run: directory.paths.root, generation: run.generation, environment: environment)
        offer.storedIdentity = identity
        offer.seal = VersionSeal(secret: try directory.secret(byteCount: VersionSeal.byteCount))
        return offer
    }

    /// The loop over `link`, its learner new or resumed. From now on the directory holds a run.
    func makeLoop(_ link: any LearnerLink) throws -> LearnerLoop {
        let metrics = try MetricsFile(
            directory.paths, learner.metrics.all, rowSeconds: settings.monitoring.metricsSeconds,
            resumedFrom: capture?.state.update ?? 0
        ) { [logger] in logger.warning("\($0)") }
        if settings.monitoring.tensorBoard {
            tensorBoard = TensorBoardFile(
                directory.paths, learner.metrics.all,
                settings.tensorBoardDescription(recipe: run.options.title, generation: run.generation, frames: capture?.state.frames ?? 0)
            ) { [logger] in logger.warning("\($0)") }
        }
        let latents = LatentWatch(
            learner.policy, arePolicyValues: settings.actionValues != nil, showsValues: learner.metrics.holds(.valueLoss),
            for: [run.watch.latentOnlooker, learner.policy.seesPictures ? tensorBoard?.latentOnlooker : nil].compactMap(\.self))
        self.latents = latents
        let others: [any LearnerMonitor] = tensorBoard.map { [$0] } ?? []
        let monitors = Monitors([run.console, metrics, run.watch] + others)
        self.monitors = monitors
        let backlog =
            journalTail.unrollCount == 0
            ? nil
            : Backlog(JournalReplay(journalFiles, journalTail, after: past.books.position), learner.layout)
        let loop = LearnerLoop(
            learner, link: link, logger: logger, backlog: backlog,
            save: { [checkpoints, coverage, journal, journalFiles, journalTail, fence = run.fence, watch = run.watch] capture, role in
                try fence.check()
                try checkpoints.write(capture.checkpoint)
                watch.noteCheckpoint()
                let position = capture.state.books.position
                coverage.note(capture.version, position)
                if let journal {
                    journal.checkpointed(newest: position, oldest: coverage.oldest)
                } else {
                    journalFiles.remove(through: coverage.oldest, journalTail)
                }
                switch role {
                case .final: try checkpoints.markFinal(capture.version)
                case .best: try checkpoints.markBest(capture.version)
                // What a finished run ended with is no longer its result once it goes on.
                case .usual: checkpoints.unmarkFinal()
                }
            },
            report: { [watch = run.watch, learner] report in
                watch.beat()
                if latents.isWanted, let capture = learner.captureLatents(rows: LatentViewer.Extent.live.observations) {
                    latents.offer(capture)
                }
                if watch.wantsActors { watch.note(link.actors(atMost: RunWatch.actorLimit)) }
                monitors.send(report)
            }, start: run.start)
        if let journal {
            run.watch.watchJournal { journal.status.byteCount }
            loop.wantsCheckpoint = { journal.status.wantsCheckpoint }
            loop.isJournaled = true
        }
        let state = capture?.state
        run.watch.begin(
            after: RunBefore(
                frames: state?.frames ?? 0, updates: state?.update ?? 0, episodes: state?.episodes ?? 0, ledger: link.overview.ledger),
            learner.metrics.all)
        return loop
    }

    /// What can be said of the autoencoder of the final parameters, by some greedy episodes of theirs; nil where this program doesn't
    /// know the environment, or there is nothing to judge. And pictures of it, if they are wanted.
    private func judgeAutoencoder() -> (LatentReport?, [TensorBoardFile.Image]) {
        guard (try? environments.entry(for: environment)) != nil else { return (nil, []) }
        let deadline = Deadline.after(seconds: Self.judgementSeconds)
        let request = EvaluationRequest(
            identifier: 0, version: learner.version, episodes: min(10, settings.evaluation.episodes),
            seed: Seed.mix(settings.seed, SeedPurpose.evaluation))
        do {
            let stored = try StoredPolicy(settings, environment, checkpoints) { [logger] in logger.warning("\($0)") }
            guard let stored else { return (nil, []) }
            let sample = stored.makeSample(seed: request.seed)
            // Whether or not the episodes were played to their end: what they showed is judged.
            _ = try stored.play(request, in: environment, environments, sample: sample) { deadline.isPast }
            let report = stored.judged(by: sample, seed: request.seed) { [logger] in logger.warning("\($0)") }
            guard tensorBoard != nil, learner.policy.seesPictures, report != nil else { return (report, []) }
            let view = try stored.view(of: sample, .live, arePolicyValues: settings.actionValues != nil, seed: request.seed)
            return (report, view.sheets)
        } catch {
            logger.warning("the final parameters can't be played: \(error)")
            return (nil, [])
        }
    }

    /// Writes the summary and says how the run ended.
    /// - Returns: the exit status.
    func conclude(_ outcome: RunOutcome) throws -> Int32 {
        // Nothing goes on from an older checkpoint than a result.
        if let final = checkpoints.finalVersion.flatMap(coverage.position) { journal?.checkpointed(newest: final, oldest: final) }
        run.watch.end()
        defer { run.door?.close() }
        journal?.close(before: .after(seconds: 2))
        monitors?.finish(before: .after(seconds: 1))
        latents?.stop()
        let evaluation = outcome.evaluation.flatMap { EvaluationSummary($0, environment.measures) }
        // The snapshot that reached it did so whether or not its last episodes were played to the end.
        let hasEndedAtGoal = if case .goalReached = outcome.reason { true } else { false }
        let summary = RunSummary(
            frames: outcome.frames, wallSeconds: Deadline.now.seconds(since: run.start),
            framesPerSecond: outcome.trainingSeconds > 0 ? Double(outcome.frames) / outcome.trainingSeconds : 0,
            goalReached: hasEndedAtGoal || settings.isGoalReached(by: evaluation), evaluation: evaluation,
            ledger: outcome.ledger, policyLag: outcome.policyLag, seed: settings.seed,
            actors: outcome.actors, episodes: outcome.state.episodes, updates: outcome.state.update,
            goal: settings.goal.evaluationReturn.map(Double.init))
        // The final parameters may be the best.
        if let evaluation, let final = checkpoints.finalVersion, checkpoints.bestVersion != nil,
            evaluation.mean >= outcome.state.bestReturn ?? .infinity, settings.isWithinCostLimit(evaluation)
        {
            do { try checkpoints.markBest(final) } catch { logger.warning("\(error)") }
        }
        let (latent, images): (LatentReport?, [TensorBoardFile.Image]) = evaluation == nil ? (nil, []) : judgeAutoencoder()
        tensorBoard?.conclude(hasFailed: outcome.reason.isFault, images)
        var ending = RunEnding(
            outcome, summary, latent, settings: settings, run: directory.paths.root, journalBytes: journalFiles.byteCount,
            arguments: run.arguments, writesSequences: SequenceReport.measuring(environment) != nil)
        do {
            let json = summary.json.adding(.init("latent", latent?.json ?? .null))
            try directory.replace(directory.paths.summary, with: json.indented + "\n")
            let ledger = StoredLedger(generation: run.generation, books: outcome.books)
            try directory.replace(directory.paths.ledger, with: LedgerReport.text(of: ledger))
        } catch {
            // A full disk, say: how the run ended is told all the same.
            ending.addFault("\(error)")
        }
        for line in ending.lines { run.console.print(line) }
        return ending.exitStatus
    }
}
