import ArgumentParser
import Logging
import StarlingExperience
import StarlingKeys
import StarlingLaunchActor
import StarlingLearning
import StarlingMessages
import StarlingThreads
import StarlingTransport
import StarlingWeb

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
        let isKnown = program.environments.entries.contains { $0.name == settings.environment && !$0.needsOptions }
        let known = environmentFromActors && !isKnown ? nil : try program.environment(of: settings)
        let opened = try OpenedRun(settings, options, start: start)
        let link = try ZeroMQLearnerLink(bind: bind, build: Build.description, keys: keys, logger: opened.logger)
        guard let environment = try known ?? awaitEnvironment(opened, link, stop) else { return 0 }
        let session = try RunSession(opened, of: environment, in: program)
        link.open(try session.offer(), after: session.past, journal: session.startJournal())
        if known != nil { try opened.tellAddresses(link.endpoint) }
        session.logger.info(
            "waiting for actors: \(ActorExecutable.command(for: settings)) --learner \(Host.dialable(link.endpoint))\(keys == nil ? "" : " --key FILE")\(python.advice(for: settings))"
        )
        let loop = try session.makeLoop(link)
        // A service that is stopped or restarted comes back; who presses Ctrl-C has enough.
        let outcome = loop.run(farewell: { stop.isTermination ? .restarting : .finished }) {
            opened.leaveToSuccessor()
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

    /// Waits for an actor that can step the environment. Until then the run has an address and says that it is ready, because otherwise
    /// none would come.
    /// - Returns: nil when a signal came first.
    private func awaitEnvironment(_ opened: OpenedRun, _ link: ZeroMQLearnerLink, _ stop: StopSignal) throws -> EnvironmentSpec? {
        let (settings, logger) = (opened.settings, opened.logger)
        let options = settings.namedOptions
        let name = EnvironmentSpec(
            name: settings.environment, observation: ObservationSpec(shape: [1]), action: .discrete(1), options: options
        ).title
        try opened.tellAddresses(link.endpoint)
        opened.watch.awaitEnvironment()
        logger.info("waiting for an actor that brings \(name): --learner \(Host.dialable(link.endpoint))")
        var reminder = Reminder(after: 10)
        while !stop.isRequested {
            opened.leaveToSuccessor()
            opened.watch.beat()
            switch link.next(before: .after(seconds: 0.2)) {
            case .environmentOffered(let spec) where spec.name == settings.environment && spec.options == options:
                do {
                    try settings.check(environment: spec)
                    return spec
                } catch {
                    logger.warning("an actor brings a \(name) that this recipe can't have: \(error); waiting for another")
                }
            case .broken(let fault): throw CommandError(fault)
            default: break
            }
            if reminder.remind() {
                logger.info("still no actor that brings \(name); one does that is started with \(settings.bringing)")
            }
        }
        link.finish(stop.isTermination ? .restarting : .finished, before: .after(seconds: 1))
        return nil
    }
}
