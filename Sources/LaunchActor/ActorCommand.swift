import ArgumentParser
import Glibc
import Logging
import StarlingActing
import StarlingEnvironments
import StarlingMessages
import StarlingThreads
import StarlingTransport

struct ActorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "starling-actor",
        abstract: "Steps environments with the learner's current policy and sends it the experience.",
        discussion: """
            An actor needs nothing but the learner's address: environment, model and settings come from there. \
            Start as many as you like, on as many machines, before or after the learner.
            """,
        version: Build.description)

    @Option(help: ArgumentHelp("The learner's address.", valueName: "tcp://host:port"))
    var learner = "tcp://127.0.0.1:5555"

    @Option(help: ArgumentHelp("Name in the learner's log and ledger (default: host and process).", valueName: "name"))
    var name: String?

    @Option(help: "act: steps environments and is asked to evaluate now and then; evaluate: only evaluates.")
    var role = Role.act

    @Option(help: ArgumentHelp("End with an error after this long without a learner (default: never).", valueName: "seconds"))
    var giveUpAfter: Double?

    @Flag(help: "Wait for the next run when the learner says that this one is finished.")
    var stay = false

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
        let logger = LineLog.make(label: instance)
        do {
            while true {
                switch try act(instance, environments, stop, logger) {
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
        _ instance: String, _ environments: EnvironmentRegistry, _ stop: StopSignal, _ logger: Logger
    ) throws -> ActorLoop.Outcome {
        let offer = ActorOffer(
            role: role == .act ? .act : .evaluate, environments: environments.entries.map(\.spec), instance: instance,
            incarnation: Host.incarnation(), build: Build.description, outboxByteBudget: 64 << 20)
        let link = try ZeroMQActorLink(learner: learner, offer: offer, giveUpAfter: giveUpAfter, logger: logger)
        let loop = ActorLoop(link: link, environments: environments, logger: logger)
        return try loop.run { stop.isRequested }
    }
}
