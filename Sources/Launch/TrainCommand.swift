import ArgumentParser
import Foundation
import Logging
import StarlingLaunchActor
import StarlingLearning
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

    @OptionGroup var python: PythonOptions

    @OptionGroup var library: LibraryArguments

    @Flag(help: "Learner and actors in lockstep in one process: the same seed gives bit-identical parameters.")
    var serial = false

    @Option(help: ArgumentHelp("The actor program to start (default: starling-actor beside this one).", valueName: "path"))
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
        let actorProgram = actorProgram ?? ActorProcesses.siblingProgram
        if !serial { try ActorProcesses.check(actorProgram) }
        let session = try RunSession(settings, options, in: program, start: start)
        guard !serial else {
            return try session.conclude(
                SerialRun(session, environments: program.environments).run { stop.isRequested })
        }
        return try trainAcrossProcesses(session, actorProgram, stop)
    }

    private func trainAcrossProcesses(_ session: RunSession, _ actorProgram: String, _ stop: StopSignal) throws -> Int32 {
        let link = try ZeroMQLearnerLink(bind: "tcp://127.0.0.1:*", build: Build.description, logger: session.logger)
        link.open(try session.offer(), after: session.past, journal: session.startJournal())
        let loop = try session.makeLoop(link)
        let flock = try ActorProcesses(
            program: actorProgram, learner: link.endpoint,
            count: session.settings.train.actors, arguments: python.actorArguments(for: session.settings), logger: session.logger,
            log: options.log,
            say: session.say)
        let outcome = loop.run { stop.isRequested || flock.failure != nil }
        flock.end(before: .after(seconds: 1.5))
        let status = try session.conclude(outcome)
        if let failure = flock.failure { throw CommandError(failure + session.settings.isolationHint) }
        return status
    }

    func validate() throws {
        if let actors, !(1...1024).contains(actors) { throw ValidationError("--actors takes 1 to 1024, not \(actors).") }
        if let envsPerActor, !(1...65_536).contains(envsPerActor) {
            throw ValidationError("--envs-per-actor takes 1 to 65536, not \(envsPerActor).")
        }
    }
}
