import ArgumentParser
import Logging
import StarlingExperience
import StarlingKeys
import StarlingLaunchActor
import StarlingLearning
import StarlingMessages
import StarlingThreads
import StarlingTransport

struct LearnerCommand: ProgramCommand {
    static let configuration = CommandConfiguration(
        commandName: "learner",
        abstract: "Trains on what actors send; start them with starling-actor, or \(Build.program) actor, on any machine.",
        discussion:
            "Runs until the goal of the recipe is reached, --frames are trained on, or Ctrl-C, which sends the actors home; after SIGTERM they wait for the next learner."
    )

    @OptionGroup var options: RunOptions

    func complain(_ message: String) { options.complain(message) }

    @Option(help: ArgumentHelp("Where actors connect; tcp://0.0.0.0:5555 listens on every interface.", valueName: "address"))
    var bind = "tcp://127.0.0.1:5555"

    @Option(
        help: ArgumentHelp(
            "Who may connect (see `\(Build.program) keygen`); needed beyond this machine, where ./keys is taken if it is there.",
            valueName: "dir"))
    var keys: String?

    @OptionGroup var python: PythonOptions

    @OptionGroup var library: LibraryArguments

    @Flag(help: "Take the environment's shapes from the first actor that brings it, where this machine doesn't know it.")
    var environmentFromActors = false

    func run(in program: Program) throws -> Int32 {
        let start = Deadline.now
        let stop = StopSignal.watch()
        defer { stop.close() }
        let keys = try keyDirectory()
        try ZeroMQLearnerLink.check(bind: bind, keys: keys)
        var settings = try options.settings(in: program)
        library.apply(to: &settings)
        // A learner runs until somebody ends it; the frames of a recipe of ours are a budget for `train`.
        let isOurs = program.recipes.contains(options.title) && !options.resume
        if isOurs, options.frames == nil, !options.assigns("frames") { settings.frames = 0 }
        if let finished = FinishedRun(settings, options) {
            options.tell(finished.lines)
            return 0
        }
        let program = try program.adding(python, for: settings, options.log, stop)
        var offered: Offered?
        let isKnown = program.environments.entries.contains { $0.name == settings.environment && !$0.needsOptions }
        if environmentFromActors, !isKnown {
            offered = try awaitEnvironment(settings, keys, stop)
            guard offered != nil else { return 0 }
        }
        let session = try RunSession(
            settings, options, in: program, start: start, environment: offered?.environment)
        let link = try offered?.link ?? listen(keys, session.logger)
        link.open(try session.offer(), after: session.past, journal: session.startJournal())
        try session.tellAddresses(link.endpoint)
        session.logger.info(
            "waiting for actors: \(ActorExecutable.command(for: settings)) --learner \(Host.dialable(link.endpoint))\(keys == nil ? "" : " --key FILE")\(python.advice(for: settings))"
        )
        let loop = try session.makeLoop(link)
        // A service that is stopped or restarted comes back; who presses Ctrl-C has enough.
        let outcome = loop.run(farewell: { stop.isTermination ? .restarting : .finished }) {
            session.leaveToSuccessor()
            return stop.isRequested
        }
        return try session.conclude(outcome)
    }

    /// Who may connect: as told, or beyond this machine those of ./keys if it is there.
    private func keyDirectory() throws -> KeyDirectory? {
        if let keys { return KeyDirectory(keys) }
        let usual = KeyDirectory("keys")
        return try ZeroMQLearnerLink.needsKeys(bind) && usual.isMade ? usual : nil
    }

    private func listen(_ keys: KeyDirectory?, _ logger: Logger) throws -> ZeroMQLearnerLink {
        try ZeroMQLearnerLink(bind: bind, build: Build.description, keys: keys, logger: logger)
    }

    private struct Offered {
        let link: ZeroMQLearnerLink
        let environment: EnvironmentSpec
    }

    /// Waits for an actor that can step the environment.
    /// - Returns: nil when a signal came first.
    private func awaitEnvironment(_ settings: RunSettings, _ keys: KeyDirectory?, _ stop: StopSignal) throws -> Offered? {
        let options = settings.namedOptions
        let name = EnvironmentSpec(
            name: settings.environment, observation: ObservationSpec(shape: [1]), action: .discrete(1), options: options
        ).title
        let logger = self.options.log.makeLogger(label: "learner")
        let link = try listen(keys, logger)
        logger.info("waiting for an actor that brings \(name): --learner \(link.endpoint)")
        var reminder = Deadline.after(seconds: 10)
        while !stop.isRequested {
            switch link.next(before: .after(seconds: 0.2)) {
            case .environmentOffered(let spec) where spec.name == settings.environment && spec.options == options:
                do {
                    try settings.check(environment: spec)
                    return Offered(link: link, environment: spec)
                } catch {
                    logger.warning("an actor brings a \(name) that this recipe can't have: \(error); waiting for another")
                }
            case .broken(let fault): throw CommandError(fault)
            default: break
            }
            if reminder.isPast {
                logger.info("still no actor that brings \(name)")
                reminder = .after(seconds: 10)
            }
        }
        link.finish(stop.isTermination ? .restarting : .finished, before: .after(seconds: 1))
        return nil
    }
}
