package import ArgumentParser
import Glibc
import Logging
import StarlingActing
import StarlingBridge
package import StarlingEnvironments
import StarlingMessages
import StarlingThreads
import StarlingTransport
import Synchronization

/// The actor: all of the program `starling-actor`, and the subcommand `actor` of a program with environments of its own.
package struct ActorCommand: ParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: Build.program,
        abstract: "Steps environments with the learner's current policy and sends it the experience.",
        discussion: """
            An actor needs nothing but the learner's address, and a key where the learner has keys: environment, \
            model and settings come from there. \
            Start as many as you like, on as many machines, before or after the learner. One is enough for a machine: it \
            steps environments on all of its cores.
            """,
        version: Build.description, subcommands: [DoctorCommand.self, HealthCommand.self])

    @OptionGroup var learner: LearnerOptions

    @Option(help: ArgumentHelp("Name in the learner's log and ledger (default: host and process).", valueName: "name"))
    var name: String?

    @Option(
        help: ArgumentHelp(
            """
            Threads that step environments, each its own, behind one session (default: STARLING_THREADS of the environment, or the cores). Environments of libraries \
            that are not thread-safe want 1, and a process each.
            """, valueName: "count"))
    var threads: Int?

    @Option(help: "act: steps environments and is asked to evaluate now and then; evaluate: only evaluates.")
    var role = Role.act

    @Option(help: ArgumentHelp("End with an error after this long without a learner (default: never).", valueName: "seconds"))
    var giveUpAfter: Double?

    @Flag(help: "Wait for the next run when the learner says that this one is finished.")
    var stay = false

    @Option(
        help: ArgumentHelp(
            "Tell here, in a line of JSON that is a few seconds old at most, how the actor does; see starling-actor health.",
            valueName: "file"))
    var health: String?

    @OptionGroup var python: PythonOptions

    @Option(
        name: .customLong("module"),
        help: ArgumentHelp(
            """
            A module that environments of Python may come from, by name or as a file; repeat as needed. No other that a learner names is \
            imported.
            """, valueName: "name or file"))
    var modules: [String] = []

    @Option(
        name: .customLong("environment"),
        help: ArgumentHelp(
            """
            A shared library whose environment may be stepped: ./libmaze.so, which is called maze, or NAME=./libmaze.so. Or an option of the \
            one environment of Python that may be stepped: id=LunarLander-v3 (default: any that the learner names); without --python of that of \
            the library. Shapes are told to a learner that can't find them out. Repeat as needed.
            """, valueName: "library or option=value"))
    var environments: [String] = []

    @Flag(help: "Step environments of libraries in processes of their own, so that one that crashes or hangs costs episodes alone.")
    var isolate = false

    @OptionGroup var log: LogOptions

    @Option(help: .hidden)
    var parentPipe: Int32?

    package init() {}

    enum Role: String, ExpressibleByArgument, CaseIterable { case act, evaluate }

    package func validate() throws {
        if let giveUpAfter, !(giveUpAfter > 0) {
            throw ValidationError("--give-up-after takes seconds greater than 0, not \(giveUpAfter).")
        }
        if let threads, !(1...WireLimits.threadCount).contains(threads) {
            throw ValidationError("--threads takes 1 to \(WireLimits.threadCount), not \(threads).")
        }
        if let text = Variable.text(Self.threadsVariable), !(1...WireLimits.threadCount).contains(Int(text) ?? 0) {
            throw ValidationError("\(Self.threadsVariable) of the environment takes 1 to \(WireLimits.threadCount), not '\(text)'.")
        }
    }

    /// Acts until the end.
    /// - Returns: the exit status.
    package func run(environments: EnvironmentRegistry) -> Int32 {
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
            let (environments, named) = try adding(to: environments, stop, logger)
            while true {
                switch try act(instance, environments, named, stop, work, logger) {
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
            return error is EnvironmentError ? ActorProgram.environmentStatus : 1
        }
    }

    /// With environments of libraries and of Python, where whoever started this named them: a learner must not have code run that nobody
    /// here wanted to.
    /// - Returns: also the one that is offered with its options.
    private func adding(
        to registry: EnvironmentRegistry, _ stop: StopSignal, _ logger: Logger
    ) throws -> (EnvironmentRegistry, [EnvironmentSpec]) {
        let libraries = environments.compactMap(LibrarySettings.named)
        let registry = try libraries.reduce(registry) { try $0 + [library($1, beside: $0, stop, logger)] }
        var only = EnvironmentOptions()
        for option in environments where LibrarySettings.named(option) == nil {
            guard only.set(assignment: option) else {
                throw ValidationError(
                    "--environment takes a shared library, such as ./libmaze.so, or option=value, such as id=LunarLander-v3, not \(option)")
            }
        }
        guard let program = python.program else {
            guard modules.isEmpty, only.isEmpty || libraries.count == 1 else {
                throw ValidationError("--module and --environment option=value are of Python: add --python PATH")
            }
            return (registry, only.isEmpty ? [] : [try registry.entry(named: libraries[0].name).spec(only)])
        }
        let named = modules.map(PythonSettings.module)
        let settings = PythonSettings(
            program: program, modules: Dictionary(named.map { ($0.name, $0.path) }, uniquingKeysWith: { $1 }), logger: logger,
            isStopping: { stop.isRequested })
        guard !only.isEmpty else { return (registry + [.gymnasium(settings)], []) }
        let entry = EnvironmentRegistry.Entry.gymnasium(settings, only: only)
        return (registry + [entry], [try entry.spec(only)])
    }

    private func library(
        _ library: (name: String, path: String), beside registry: EnvironmentRegistry, _ stop: StopSignal, _ logger: Logger
    ) throws -> EnvironmentRegistry.Entry {
        let settings = LibrarySettings(
            name: library.name, path: library.path, isolates: isolate, logger: logger, isStopping: { stop.isRequested })
        try settings.check(beside: registry)
        let entry = EnvironmentRegistry.Entry.library(settings)
        do { _ = try entry.spec(EnvironmentOptions()) } catch { logger.info("without options: \(error)") }
        return entry
    }

    private func act(
        _ instance: String, _ environments: EnvironmentRegistry, _ named: [EnvironmentSpec], _ stop: StopSignal, _ work: CurrentRun,
        _ logger: Logger
    ) throws -> ActorLoop.Outcome {
        let offer = ActorOffer(
            role: role == .act ? .act : .evaluate, environments: environments.specs + named, instance: instance,
            incarnation: Host.incarnation(), build: Build.description, outboxByteBudget: Self.outboxByteBudget,
            threads: loops,
            // One of Python that was named is the only one.
            families: environments.families.filter { $0 != PythonSettings.environment || named.isEmpty })
        let wiring = try ZeroMQActorWiring(
            learner: learner.learner, key: try learner.key(), offer: offer, giveUpAfter: giveUpAfter, logger: logger,
            joined: { work.name = $0 })
        let health = Health(path: health, logger: logger) { wiring.condition }
        defer { health.close() }
        let outcome = try ActorNode.run(
            threads: loops, link: { wiring.link(ofLoop: $0) }, environments: environments, logger: logger,
            shouldStop: { stop.isRequested })
        if case .stopped = outcome {
            let left = wiring.drain(before: .after(seconds: Self.drainSeconds))
            if left > 0 {
                logger.warning("\(left) unrolls were not acknowledged within \(Int(Self.drainSeconds)) s: they are lost")
            } else {
                logger.info("told to end: every complete unroll was acknowledged")
            }
        }
        return outcome
    }

    /// Loops, each on a thread of its own. An evaluation is one loop's.
    private var loops: Int {
        guard role == .act else { return 1 }
        return threads ?? Variable.text(Self.threadsVariable).flatMap { Int($0) } ?? min(Cores.count, WireLimits.threadCount)
    }

    private static let threadsVariable = "STARLING_THREADS"

    /// Bytes of unrolls that may wait for acknowledgement.
    private static let outboxByteBudget = 64 << 20
    /// What is complete when the actor is told to end may take so long to be acknowledged.
    private static let drainSeconds = 3.0
}

/// What others may know of the actor's program.
package enum ActorProgram {
    /// Exit status where the environment can't be stepped: another start would end the same way.
    package static let environmentStatus: Int32 = 69
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
