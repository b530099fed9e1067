import Foundation
import StarlingProcessSupport

/// A learner and actors on hosts of their own, each machine of actors with a link to the learner's.
final class Flock {
    let recipe: Recipe
    let scratch: Scratch
    let metrics: Metrics
    let links: [Link]
    /// The run's directory.
    let run: String
    private let learnerMachine: Machine
    private let machines: [Machine]
    private let environment: [String: String]
    /// Words of every actor's command line.
    private let actorArguments: [String]
    /// Words of the learner's.
    private let learnerArguments: [String]
    private(set) var learner: Program
    private(set) var actors: [Program] = []
    /// Of each actor.
    private var threads: [Int] = []
    private var started = 0

    /// Starts a learner that trains until it is told to stop, or until the recipe's goal is reached.
    /// - Parameters:
    ///   - folder: for the run; nil: one of the flock's own.
    ///   - environment: variables of all its processes.
    init(
        _ recipe: Recipe, machines count: Int = 4, seed: UInt64 = 1, in folder: String? = nil,
        environment: [String: String] = [:]
    ) throws {
        self.recipe = recipe
        self.environment = environment
        let scratch = try Scratch()
        self.scratch = scratch
        run = (folder ?? scratch.path) + "/run"
        let host = try Machine("learner")
        learnerMachine = host
        let machines = try (0..<count).map { try Machine("actors-\($0)") }
        self.machines = machines
        links = try machines.indices.map {
            try Link(between: host, and: machines[$0], number: $0, seed: seed &+ UInt64($0))
        }
        try recipe.text.write(toFile: scratch.path("recipe.yaml"), atomically: true, encoding: .utf8)
        metrics = Metrics(run + "/metrics.jsonl")
        var words = [
            "learner", scratch.path("recipe.yaml"), "--run", run, "--bind", "tcp://0.0.0.0:5555", "--set",
            "goal.enabled=\(recipe.goal != nil)", "--seed", "\(seed)",
        ]
        // Beyond loopback a learner wants keys.
        let keys = scratch.path("keys")
        let isLocked = Self.understands("keygen")
        if isLocked {
            try Self.prepare("keygen", keys, "flock")
            try Self.prepare("enrol", keys + "/flock.key")
            words += ["--keys", keys]
        }
        actorArguments = isLocked ? ["--key", keys + "/flock.key"] : []
        learnerArguments = words
        learner = try Program("starling-light", words, on: host, environment: environment)
        try awaitLearner()
    }

    /// Whether the program has this subcommand.
    static func understands(_ command: String) -> Bool {
        guard let program = try? Program("starling-light", ["--help"]), program.wait(seconds: 30) == 0 else { return false }
        return program.standardOutput.contains("\n  \(command) ")
    }

    private static func prepare(_ words: String...) throws {
        let program = try Program("starling-light", words)
        guard program.wait(seconds: 30) == 0 else { throw Missing("\(words[0]): \(program.everything)") }
    }

    private func awaitLearner() throws {
        guard learner.waits(for: "waiting for actors", seconds: 30) else {
            throw Missing("a learner that starts: \(learner.everything)")
        }
    }

    /// Kills the learner as `kill -9` does, and has another go on with its run.
    func replaceLearner() throws {
        killLearner()
        try resumeLearner()
    }

    func killLearner() {
        learner.signal(SIGKILL)
        learner.wait(seconds: 10)
    }

    /// Starts a learner that goes on with the run of one that is gone.
    func resumeLearner() throws {
        learner = try Program(
            "starling-light", learnerArguments + ["--resume"], on: learnerMachine, environment: environment)
        try awaitLearner()
    }

    /// Starts so many actors, a machine after the other.
    func start(_ count: Int, threads: Int = 1) throws {
        for _ in 0..<count {
            actors.append(try startActor(threads))
            self.threads.append(threads)
        }
    }

    private func startActor(_ threads: Int) throws -> Program {
        let machine = started % machines.count
        defer { started += 1 }
        return try Program(
            "starling-light-actor",
            ["--learner", "tcp://\(links[machine].addresses.first):5555", "--name", "actor-\(started)", "--threads", "\(threads)"]
                + actorArguments,
            on: machines[machine], environment: environment)
    }

    /// Ends some with a signal.
    func end(_ count: Int, _ signal: Int32) {
        let leaving = actors.suffix(count)
        actors.removeLast(leaving.count)
        threads.removeLast(leaving.count)
        for actor in leaving { actor.signal(signal) }
        for actor in leaving { actor.wait(seconds: 10) }
    }

    /// Kills one as `kill -9` does, and starts another in its place.
    func replaceActor(_ index: Int) throws {
        let victim = actors[index % actors.count]
        victim.signal(SIGKILL)
        victim.wait(seconds: 10)
        actors[index % actors.count] = try startActor(threads[index % actors.count])
    }

    /// Runs a command on every machine of actors.
    func onMachines(_ program: String, _ arguments: [String]) throws {
        for machine in machines { try Program(program, arguments, on: machine).wait(seconds: 10) }
    }

    /// The learner's clock, as its newest row tells it.
    var now: Double { metrics.last?.seconds ?? 0 }

    /// Waits for actors with a session, and for some rows after that.
    func settle(actors count: Int, seconds: Double, within limit: Double = 60) throws {
        let isThere = eventually(within: limit) { self.metrics.last?.actors == count }
        guard isThere else {
            throw Missing(
                "\(count) actors with a session after \(limit) s; there are \(metrics.last?.actors ?? 0). The learner: \(learner.everything.suffix(2000))"
            )
        }
        pause(seconds)
    }

    func pause(_ seconds: Double) { usleep(UInt32(seconds * 1e6)) }

    /// The first moment from which on, for a window, the rate is so high: its seconds after `moment` of the learner's
    /// clock, and the rate; nil when there was none in time.
    func recovery(
        to rate: Double, after moment: Double, window: Double, within limit: Double
    ) -> (seconds: Double, rate: Double)? {
        var found: (seconds: Double, rate: Double)?
        _ = eventually(within: limit) {
            found = self.metrics.firstWindow(of: window, from: moment, rate: rate).map { ($0.start - moment, $0.rate) }
            return found != nil
        }
        return found
    }

    /// What `starling ledger` says of the run: its state, its numbers, what it can't read.
    func ledger() throws -> (state: String, counts: [String: Int], damages: Set<String>) {
        let program = try Program("starling-light", ["ledger", run, "--json"])
        guard program.wait(seconds: 30) == 0,
            let answer = try JSONSerialization.jsonObject(with: Data(program.standardOutput.utf8)) as? [String: Any],
            let total = answer["total"] as? [String: Any], answer["balanced"] as? Bool == true
        else { throw Missing("a ledger that balances: \(program.everything.suffix(2000))") }
        return (
            answer["state"] as? String ?? "", total.compactMapValues { $0 as? Int },
            Set(answer.filter { $0.key.hasPrefix("damage_") }.values.map { "\($0)" })
        )
    }

    /// Tells the learner to stop, and reads what the run came to.
    /// - Returns: `summary.json`'s ledger.
    func finish() throws -> Books {
        learner.signal(SIGINT)
        return try end(within: 30)
    }

    /// Waits until the learner ends by itself, and reads what the run came to.
    /// - Returns: `summary.json`'s ledger.
    func end(within seconds: Double) throws -> Books {
        guard learner.wait(seconds: seconds) == 0 else {
            throw Missing("a learner that ends: \(learner.everything.suffix(2000))")
        }
        let data = try Data(contentsOf: URL(fileURLWithPath: run + "/summary.json"))
        guard let summary = try JSONSerialization.jsonObject(with: data) as? [String: Any],
            let ledger = summary["ledger"] as? [String: Any]
        else { throw Missing("a ledger in summary.json") }
        for actor in actors { actor.wait(seconds: 15) }
        return Books(
            counts: ledger.compactMapValues { $0 as? Int },
            goalReached: summary["goal_reached"] as? Bool ?? false,
            evaluation: (summary["evaluation"] as? [String: Any])?["mean"] as? Double)
    }
}

/// The ledger of a run that is over.
struct Books {
    let counts: [String: Int]
    let goalReached: Bool
    /// Mean return of the last evaluation.
    let evaluation: Double?

    subscript(_ name: String) -> Int { counts[name] ?? 0 }

    /// What doesn't add up, or nil.
    var fault: String? {
        let actors = self["acknowledged"] + self["outbox"] + self["dropped"] + self["lost_with_actor"]
        let fates =
            self["trained"] + self["too_stale"] + self["invalid"] + self["abandoned"] + self["pending"]
            + self["lost_with_learner"]
        if self["produced"] != actors { return "produced \(self["produced"]) ≠ \(actors): \(counts)" }
        if self["acknowledged"] != fates { return "acknowledged \(self["acknowledged"]) ≠ \(fates): \(counts)" }
        if self["trained"] == 0 { return "nothing was trained on: \(counts)" }
        return nil
    }
}
