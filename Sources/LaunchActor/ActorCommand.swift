import ArgumentParser
import Glibc
import Logging
import StarlingActing
import StarlingEnvironments
import StarlingKeys
import StarlingMessages
import StarlingThreads
import StarlingTransport
import Synchronization

struct ActorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "starling-actor",
        abstract: "Steps environments with the learner's current policy and sends it the experience.",
        discussion: """
            An actor needs nothing but the learner's address, and a key where the learner has keys: environment, \
            model and settings come from there. \
            Start as many as you like, on as many machines, before or after the learner.
            """,
        version: Build.description, subcommands: [DoctorCommand.self])

    @Option(help: ArgumentHelp("The learner's address.", valueName: "tcp://host:port"))
    var learner = "tcp://127.0.0.1:5555"

    @Option(help: ArgumentHelp("The key file that starling keygen made on the learner's machine.", valueName: "file"))
    var key: String?

    @Option(help: ArgumentHelp("Name in the learner's log and ledger (default: host and process).", valueName: "name"))
    var name: String?

    @Option(help: "act: steps environments and is asked to evaluate now and then; evaluate: only evaluates.")
    var role = Role.act

    @Option(help: ArgumentHelp("End with an error after this long without a learner (default: never).", valueName: "seconds"))
    var giveUpAfter: Double?

    @Flag(help: "Wait for the next run when the learner says that this one is finished.")
    var stay = false

    @OptionGroup var log: LogOptions

    @Option(help: .hidden)
    var parentPipe: Int32?

    enum Role: String, ExpressibleByArgument, CaseIterable { case act, evaluate }

    func validate() throws {
        if let giveUpAfter, !(giveUpAfter > 0) {
            throw ValidationError("--give-up-after takes seconds greater than 0, not \(giveUpAfter).")
        }
    }

    /// Acts until the end.
    /// - Returns: the exit status.
    func run(environments: EnvironmentRegistry) -> Int32 {
        let stop = StopSignal.watch()
        defer { stop.close() }
        let parent = parentPipe.map { ParentWatch(descriptor: $0, stop: stop) }
        defer { parent?.close() }
        let instance = name ?? "\(Host.name)-\(getpid())"
        let work = CurrentRun()
        let logger = log.makeLogger(
            label: log.format == .json ? "starling-actor" : instance,
            context: { work.name.isEmpty ? ["actor": "\(instance)"] : ["actor": "\(instance)", "run": "\(work.name)"] })
        do {
            while true {
                switch try act(instance, environments, stop, work, logger) {
                case .finished(.failed):
                    logger.error("the learner has ended by an error: see its log\(stay ? "; waiting for another" : "")")
                    guard stay, !stop.isRequested else { return 1 }
                case .finished(let farewell):
                    logger.info("the learner says \(farewell)")
                    guard stay, !stop.isRequested else { return 0 }
                case .stopped: return 0
                case .failed(let error):
                    logger.critical("\(error)")
                    return 1
                }
            }
        } catch {
            logger.critical("\(error)")
            return 1
        }
    }

    private func act(
        _ instance: String, _ environments: EnvironmentRegistry, _ stop: StopSignal, _ work: CurrentRun, _ logger: Logger
    ) throws -> ActorLoop.Outcome {
        let offer = ActorOffer(
            role: role == .act ? .act : .evaluate, environments: environments.entries.map(\.spec), instance: instance,
            incarnation: Host.incarnation(), build: Build.description, outboxByteBudget: 64 << 20)
        let key = try key.map { path throws(KeyError) in try ActorKey(path: path) }
        let link = try ZeroMQActorLink(
            learner: learner, key: key, offer: offer, giveUpAfter: giveUpAfter, logger: logger, joined: { work.name = $0 })
        let loop = ActorLoop(link: link, environments: environments, logger: logger)
        return try loop.run { stop.isRequested }
    }
}

/// The run that this actor works for, for its log lines.
private final class CurrentRun: Sendable {
    private let stored = Mutex("")
    /// Empty before the first.
    var name: String {
        get { stored.withLock { $0 } }
        set { stored.withLock { $0 = newValue } }
    }
}
