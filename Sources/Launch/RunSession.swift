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
    let settings: RunSettings
    let environment: EnvironmentSpec
    let directory: RunDirectory
    let generation: UInt32
    private let fence: RunFence
    private var nextLookAtFence = Deadline.now
    let logger: Logger
    private let checkpoints: CheckpointStore
    private let coverage: CheckpointCoverage
    private let console: Console
    private var monitors: Monitors?
    private var tensorBoard: TensorBoardFile?
    private var latents: LatentWatch?
    private let title: String
    private let learner: Learner
    /// What the run goes on from; nil when it begins.
    private(set) var capture: TrainingCapture?
    /// What earlier learners owe to actors.
    let past: RunPast
    private let journalFiles: JournalFiles
    private let journalTail: JournalTail
    private var journal: Journal?
    private let identity: UInt64
    /// The command line, with the run directory in it.
    private let arguments: [String]
    /// What is told of it by HTTP, and where; nil: nowhere.
    private let watch: RunWatch
    private let door: Door?
    private let start: Deadline
    private let environments: EnvironmentRegistry
    /// How long the final parameters may play to be judged.
    private static let judgementSeconds = 2.0

    /// Checks the settings, opens and locks the directory, and counts this start.
    /// - Parameter environment: what actors brought, where this program doesn't know the environment itself.
    init(
        _ settings: RunSettings, _ options: RunOptions, in program: Program, start: Deadline,
        environment offered: EnvironmentSpec? = nil
    ) throws {
        self.settings = settings
        self.start = start
        environments = program.environments
        title = options.title
        let path = options.run ?? Self.freePath(for: options.title)
        // On a terminal log lines come out above the panel; for programs everything is a log line.
        let isForPeople = options.log.format == .text
        let context: @Sendable () -> Logger.Metadata = { ["run": "\(path)"] }
        // How the run goes and ends is told whatever the level.
        let plain = options.log.format.makeLogger(label: "learner", context: context)
        let lines: @Sendable (String) -> Void = { plain.info("\($0)") }
        let console = Console(title: options.title, lines: isForPeople ? nil : lines)
        self.console = console
        logger =
            isForPeople
            ? options.log.makeLogger(label: "learner", write: { console.log($0) })
            : options.log.makeLogger(label: "learner", context: context)
        environment = try offered ?? program.environments.entry(named: settings.environment).spec(settings.environmentOptions)
        try settings.check(environment: environment)
        if settings.frames == 0, settings.goal.evaluationReturn == nil {
            logger.info("no goal and no limit of frames: it trains until Ctrl-C; --frames N ends it by itself")
        }
        if options.lacksEnvironment(in: program), settings.environment == RunSettings().environment {
            logger.warning("\(options.title) names no environment: it is \(settings.environment), the default; say `environment: NAME`")
        }
        let isTrained = { options.resume || (options.source != nil && options.wanted?.contains($0) ?? true) }
        for line in settings.warnings(environment: environment, isTrained: isTrained) { logger.warning("\(line)") }
        if let line = settings.queueWarning { logger.warning("\(line)") }
        let directory: RunDirectory = try options.resume ? .resume(path) : .create(path)
        self.directory = directory
        var hasBegun = false
        defer { if !hasBegun { directory.removeUnbegun() } }
        if !options.resume, FileManager.default.fileExists(atPath: directory.paths.metrics) {
            logger.info("\(path) holds a run that ended before its first checkpoint: it begins anew")
        }
        generation = try directory.nextGeneration()
        fence = try RunFence(directory)
        watch = RunWatch(
            RunFacts(settings, version: Build.version, recipe: options.title, run: directory.paths.root, generation: generation),
            past: options.resume ? directory.paths.metrics : nil)
        door = try options.http.open(watch, directory, logger)
        checkpoints = CheckpointStore(directory.paths, keeping: settings.checkpoint.kept)
        coverage = CheckpointCoverage(checkpoints)
        let checkpoint =
            options.resume
            ? checkpoints.newestGood(as: TrainingState.self, told: { [logger] in logger.warning("\($0)") }) : nil
        learner = try Learner(
            settings, environment: environment, generation: generation,
            compute: settings.computeContext(known: checkpoint?.state.tuning))
        if let name = MetricTable(learner.metrics.all).duplicate {
            throw CommandError("\(settings.algorithm) declares the metric \(name), which is a column of every run: give it another name")
        }
        arguments = CommandLine.arguments.dropFirst() + ["--run", path].filter { _ in options.run == nil }
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
        hasBegun = true
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
                run: identity, generation: generation, fence: fence), lastIndices: journalTail.lastIndices
        ) { word in
            switch word {
            case .warning(let line): logger.warning("\(line)")
            case .info(let line): logger.info("\(line)")
            }
        }
        self.journal = journal
        return journal
    }

    /// Shows a line of another process without tearing the panel.
    var say: @Sendable (String) -> Void {
        { [console] in console.log($0) }
    }

    /// What actors are told.
    func offer() throws -> LearnerOffer {
        var offer = try settings.offer(run: directory.paths.root, generation: generation, environment: environment)
        offer.storedIdentity = identity
        offer.seal = VersionSeal(secret: try directory.secret(byteCount: VersionSeal.byteCount))
        return offer
    }

    /// Says where the learner is: to people, and to whoever looks into the directory.
    /// - Parameter endpoint: where actors connect; nil: nowhere.
    func tellAddresses(_ endpoint: String?) throws {
        let url = door.map(HTTPOptions.url)
        if let url { logger.info("watch it at \(url)") }
        try directory.tell(addresses: [endpoint.map(Host.dialable), url].compactMap(\.self))
    }

    /// The loop over `link`, its learner new or resumed. From now on the directory holds a run.
    func makeLoop(_ link: any LearnerLink) throws -> LearnerLoop {
        let metrics = try MetricsFile(
            directory.paths, learner.metrics.all, resumedFrom: capture?.state.update ?? 0
        ) { [logger] in logger.warning("\($0)") }
        if settings.monitoring.tensorBoard {
            tensorBoard = TensorBoardFile(
                directory.paths, learner.metrics.all,
                settings.tensorBoardDescription(recipe: title, generation: generation, frames: capture?.state.frames ?? 0)
            ) { [logger] in logger.warning("\($0)") }
        }
        let latents = LatentWatch(
            learner.policy, arePolicyValues: settings.actionValues != nil, showsValues: learner.metrics.holds(.valueLoss),
            for: [watch.latentOnlooker, learner.policy.seesPictures ? tensorBoard?.latentOnlooker : nil].compactMap(\.self))
        self.latents = latents
        let others: [any LearnerMonitor] = tensorBoard.map { [$0] } ?? []
        let monitors = Monitors([console, metrics, watch] + others)
        self.monitors = monitors
        let backlog =
            journalTail.unrollCount == 0
            ? nil
            : Backlog(JournalReplay(journalFiles, journalTail, after: past.books.position), learner.layout)
        let loop = LearnerLoop(
            learner, link: link, logger: logger, backlog: backlog,
            save: { [checkpoints, coverage, journal, journalFiles, journalTail, fence, watch] capture, role in
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
            report: { [watch, learner] report in
                watch.beat()
                if latents.isWanted, let capture = learner.captureLatents(rows: LatentViewer.Extent.live.observations) {
                    latents.offer(capture)
                }
                if watch.wantsActors { watch.note(link.actors(atMost: RunWatch.actorLimit)) }
                monitors.send(report)
            }, start: start)
        if let journal {
            watch.watchJournal { journal.status.byteCount }
            loop.wantsCheckpoint = { journal.status.wantsCheckpoint }
            loop.isJournaled = true
        }
        let state = capture?.state
        watch.begin(
            after: RunBefore(
                frames: state?.frames ?? 0, updates: state?.update ?? 0, episodes: state?.episodes ?? 0, ledger: link.overview.ledger),
            learner.metrics.all)
        return loop
    }

    /// Ends this process at once where another learner has begun in its run: no checkpoint, no word to the actors, which find
    /// the other one as they found this. Asked as often as one likes.
    func leaveToSuccessor() {
        guard nextLookAtFence.isPast else { return }
        nextLookAtFence = .after(seconds: 1)
        guard !fence.holds else { return }
        logger.critical("\(fence.sentence): this one ends")
        _exit(1)
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
        watch.end()
        defer { door?.close() }
        journal?.close(before: .after(seconds: 2))
        monitors?.finish(before: .after(seconds: 1))
        latents?.stop()
        let evaluation = outcome.evaluation.flatMap { EvaluationSummary($0, environment.measures) }
        // The snapshot that reached it did so whether or not its last episodes were played to the end.
        let hasEndedAtGoal = if case .goalReached = outcome.reason { true } else { false }
        let summary = RunSummary(
            frames: outcome.frames, wallSeconds: Deadline.now.seconds(since: start),
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
            arguments: arguments, writesSequences: SequenceReport.measuring(environment) != nil)
        do {
            let json = summary.json.adding(.init("latent", latent?.json ?? .null))
            try directory.replace(directory.paths.summary, with: json.indented + "\n")
            let ledger = StoredLedger(generation: generation, books: outcome.books)
            try directory.replace(directory.paths.ledger, with: LedgerReport.text(of: ledger))
        } catch {
            // A full disk, say: how the run ended is told all the same.
            ending.addFault("\(error)")
        }
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
