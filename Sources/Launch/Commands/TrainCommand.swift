import ArgumentParser
import Foundation
import Logging
import StarlingLaunchActor
import StarlingLearning
import StarlingMonitoring
import StarlingThreads
import StarlingTransport

struct TrainCommand: ProgramCommand {
    static let configuration = CommandConfiguration(
        commandName: "train",
        abstract: "Trains a recipe on this machine: one learner and some actor processes that talk TCP.",
        discussion: "Ends when the recipe's goal is reached, its frames are trained on, or with Ctrl-C, which writes a checkpoint.")

    @OptionGroup var options: RunOptions

    func complain(_ message: String) { options.complain(message) }

    var flags: [String: String] {
        var flags: [String: String] = [:]
        if actors != nil { flags["train.actors"] = "--actors" }
        if envsPerActor != nil { flags["acting.environments_per_actor"] = "--envs-per-actor" }
        if serial { flags["batch.max_queued_batches"] = "--serial" }
        return flags
    }

    @Option(help: "Actor processes to start (default: the recipe's train.actors).")
    var actors: Int?

    @Option(help: "Environments that each actor steps (default: the recipe's acting.environments_per_actor).")
    var envsPerActor: Int?

    @Option(
        help: ArgumentHelp(
            "Train once with each of these seeds, one run after the other, and tell them together: 1..5, or 1,2,7.", valueName: "seeds"))
    var seeds: SeedList?

    @OptionGroup var python: PythonOptions

    @OptionGroup var library: LibraryArguments

    @Flag(help: "Learner and actors in lockstep in one process: the same seed gives bit-identical parameters.")
    var serial = false

    @Option(
        help: ArgumentHelp(
            "The actor program to start (default: starling-actor beside this one if it has the environment, else this one).",
            valueName: "path"))
    var actorProgram: String?

    /// The reading end of a pipe; when its other end closes, so does this.
    @Option(help: .hidden)
    var parentPipe: Int32?

    func run(in program: Program) throws -> Int32 {
        let start = Deadline.now
        let stop = StopSignal.watch()
        defer { stop.close() }
        let parent = parentPipe.map { ParentWatch(descriptor: $0, stop: stop) }
        defer { parent?.close() }
        if let seeds { return try train(seeds.seeds, in: program, stop) }
        var settings = try options.settings(in: program)
        library.apply(to: &settings)
        if let finished = FinishedRun(settings, options) {
            options.tell(finished.lines)
            return 0
        }
        if let actors { settings.train.actors = actors }
        if let envsPerActor { settings.acting.environmentsPerActor = envsPerActor }
        if serial {
            settings.batch.maxQueuedBatches = 0
            settings.train.tuning = .fixed
            settings.train.threads = 1
        }
        let program = try program.adding(python, for: settings, options.log, stop)
        // Its actors run here.
        try program.environments.entry(named: settings.environment).check(settings.environmentOptions)
        let executable = serial ? .own : try ActorExecutable(actorProgram, for: settings)
        let environment = try program.environment(of: settings)
        let opened = try OpenedRun(settings, options, start: start)
        let session = try RunSession(opened, of: environment, in: program)
        guard !serial else {
            try opened.tellAddresses(nil)
            return try session.conclude(
                SerialRun(session, environments: program.environments).run { stop.isRequested })
        }
        return try trainAcrossProcesses(opened, session, executable, stop)
    }

    /// The same command for each seed, in folders of one.
    private func train(_ seeds: [UInt64], in program: Program, _ stop: StopSignal) throws -> Int32 {
        // What is wrong with them all is told once.
        _ = try options.settings(in: program)
        let name = URL(fileURLWithPath: options.title).deletingPathExtension().lastPathComponent
        let sweep = Sweep(
            folder: options.run ?? Sweep.freeFolder("runs/seeds-\(name)"), seeds: seeds,
            arguments: Self.arguments(without: ["--seeds", "--run", "--seed"]), shouldStop: { stop.isRequested }, tell: { print($0) })
        guard let trial = try sweep.run(Sweep.Trial(assignments: [], folder: "")) else {
            Program.complain("stopped; the same command with --run \(sweep.folder) goes on")
            return 130
        }
        print("")
        for line in SweepTable([trial]).lines(width: Terminal.tableWidth) { print(line) }
        print("\n\(SweepTable.footnote)\nRuns: \(sweep.folder); `\(Program.invocation) plot \(sweep.folder)` draws them")
        return trial.summaries.count == trial.outcomes.count ? 0 : 1
    }

    /// This command line's, but for options that have a value.
    private static func arguments(without names: [String]) -> [String] {
        var arguments: [String] = []
        var isValue = false
        for argument in CommandLine.arguments.dropFirst() {
            if isValue {
                isValue = false
            } else if names.contains(argument) {
                isValue = true
            } else if !names.contains(where: { argument.hasPrefix($0 + "=") }) {
                arguments.append(argument)
            }
        }
        return arguments
    }

    private func trainAcrossProcesses(
        _ opened: OpenedRun, _ session: RunSession, _ executable: ActorExecutable, _ stop: StopSignal
    ) throws -> Int32 {
        let link = try ZeroMQLearnerLink(bind: "tcp://127.0.0.1:*", build: Build.description, logger: session.logger)
        link.open(try session.offer(), after: session.past, journal: session.startJournal())
        try opened.tellAddresses(link.endpoint)
        let loop = try session.makeLoop(link)
        let flock = try ActorProcesses(
            executable, learner: link.endpoint,
            count: session.settings.train.actors, arguments: python.actorArguments(for: session.settings), logger: session.logger,
            log: options.log,
            say: opened.say)
        var outcome = loop.run { stop.isRequested || flock.failure != nil }
        flock.end(before: .after(seconds: 1.5))
        if case .stopped = outcome.reason, flock.failure != nil { outcome.breakOff("actors can't go on, for the cause below") }
        let status = try session.conclude(outcome)
        if let failure = flock.failure { throw CommandError(failure + session.settings.isolationHint) }
        return status
    }

    func validate() throws {
        if seeds != nil, options.resume {
            throw ValidationError("--seeds begins runs, or goes on with those in --run, by itself: leave --resume away")
        }
        if seeds != nil, options.seed != nil { throw ValidationError("--seed is one of --seeds: leave one of them away") }
        if let actors, !(1...1024).contains(actors) { throw ValidationError("--actors takes 1 to 1024, not \(actors).") }
        if let envsPerActor, !(1...65_536).contains(envsPerActor) {
            throw ValidationError("--envs-per-actor takes 1 to 65536, not \(envsPerActor).")
        }
    }
}
