package import ArgumentParser
import Glibc
package import StarlingEnvironments
import StarlingExperience
import StarlingKeys
import StarlingMessages
import StarlingThreads
import StarlingTransport

/// `doctor`, of both programs: an actor's machine may have `starling-actor` only.
package struct DoctorCommand: ParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Finds out, step by step, why an actor here can't work with a learner there, or what is wrong with an environment.",
        discussion: """
            One line a step; at the first that fails, how to mend it, and a status other than 0. It joins nothing: no \
            session, no credit, no actor is counted.
            With --environment it asks no learner, but plays an environment: the same seed must give the same episode, numbers must be \
            finite, environments must have nothing to do with each other, and what is saved must be all there is.
            """)

    @OptionGroup private var options: LearnerOptions

    @Option(
        help: ArgumentHelp(
            "Look over this environment instead: a name (see starling list), or a shared library, ./libmaze.so.",
            valueName: "name or library"))
    var environment: String?

    @Option(name: .customLong("set"), help: ArgumentHelp("An option of the environment; repeat as needed.", valueName: "option=value"))
    var assignments: [String] = []

    @Flag(help: "Play the environment of a library in a process of its own.")
    var isolate = false

    @Option(help: "Steps of each of four environments, 1 to 1000000; fewer where they take longer than two seconds.")
    var steps = 2_000

    @OptionGroup var python: PythonOptions

    package init() {}

    package func validate() throws {
        guard (1...1_000_000).contains(steps) else { throw ValidationError("--steps takes 1 to 1000000, not \(steps).") }
        guard environment != nil || assignments.isEmpty && !isolate else {
            throw ValidationError("--set and --isolate are of an environment: name it by --environment")
        }
    }

    package func run() throws { try run(environments: .builtIn) }

    /// - Parameter environments: what this program can step.
    package func run(environments: EnvironmentRegistry) throws {
        if let environment { return try examine(environment: environment, environments) }
        do {
            try examine()
        } catch let error as LearnerProbe.Failure {
            print("FAIL  \(error.finding)\n      \(error.remedy)")
            throw ExitCode(1)
        } catch let error as KeyError {
            print("FAIL  \(error)")
            throw ExitCode(1)
        } catch let error as TransportError {
            print("FAIL  \(error)")
            throw ExitCode(1)
        }
    }

    private func examine() throws {
        let key = try options.key()
        var probe = try LearnerProbe(learner: options.learner, key: key, build: Build.description)
        if let key { tell("key", "\(key.path) is \(key.name) (\(key.fingerprint)), for learner \(key.learnerFingerprint)") }
        tell("resolves", "\(probe.host) is \(try probe.resolve().joined(separator: ", "))")
        tell("reaches", "port \(probe.port), in \(Self.time(try probe.reach()))")
        probe = try authenticate(probe, key)
        let (first, _) = try probe.ask()
        tell("authenticates", first.knownAs.isEmpty ? "the learner has no keys" : "the learner knows this key as \(first.knownAs)")
        try checkVersion(first)
        try measure(probe)
    }

    /// - Returns: the probe that came through: the first, or a second or third one where a try was vague.
    private func authenticate(_ first: LearnerProbe, _ key: ActorKey?) throws -> LearnerProbe {
        var probe = first
        var triesLeft = 2
        while let failure = Self.failure(of: probe) {
            guard failure.isVague, triesLeft > 0 else { throw failure }
            triesLeft -= 1
            probe = try LearnerProbe(learner: options.learner, key: key, build: Build.description)
            _ = try probe.reach()
        }
        return probe
    }

    private static func failure(of probe: LearnerProbe) -> LearnerProbe.Failure? {
        do throws(LearnerProbe.Failure) {
            try probe.authenticate()
            return nil
        } catch {
            return error
        }
    }

    private func checkVersion(_ answer: ProbeAnswer) throws {
        guard answer.protocolVersion == WireLimits.protocolVersion else {
            throw LearnerProbe.Failure(
                finding:
                    "learner build \(answer.build) speaks protocol \(answer.protocolVersion), this \(Build.description) speaks \(WireLimits.protocolVersion)",
                remedy: "build the actor and the learner from the same sources")
        }
        tell("version", "protocol \(answer.protocolVersion), learner build \(answer.build), here \(Build.description)")
    }

    /// Rounds of question and answer.
    private static let rounds = 51
    /// Seconds to fetch parameters for, at most.
    private static let fetchSeconds = 2.0

    private func measure(_ probe: LearnerProbe) throws {
        var times: [Double] = []
        var clock: (offset: Double, uncertainty: Double)?
        var last: ProbeAnswer?
        for _ in 0..<Self.rounds {
            let (answer, seconds) = try probe.ask()
            // The answer was written somewhere within this time; the shortest round knows best.
            let offset = Double(answer.clock) / 1e6 - (Host.clock() - seconds / 2)
            if seconds < times.min() ?? .infinity { clock = (offset, seconds / 2) }
            times.append(seconds)
            last = answer
        }
        times.sort()
        if let clock {
            let side = clock.offset < 0 ? "behind" : "ahead of"
            let remark = abs(clock.offset) > 1 ? "; nothing depends on it but the times in logs" : ""
            tell(
                "clock",
                "the learner's is \(Self.time(abs(clock.offset))) \(side) this one, ± \(Self.time(clock.uncertainty))\(remark)")
        }
        tell("round trip", "p50 \(Self.time(times[times.count / 2])), max \(Self.time(times.last!)), of \(times.count)")
        guard let newest = last?.newest, let last else {
            return tell("parameters", "none as yet: the learner has \(last?.run.isEmpty == false ? "published none" : "no run")")
        }
        try fetch(newest, probe)
        let plural = last.actingActors == 1 ? "actor acts" : "actors act"
        tell(
            "parameters",
            "newest are \(newest.version), \(newest.byteCount) bytes; run \(last.run), generation \(last.generation); \(last.actingActors) \(plural)"
        )
        if last.idleActors > 0 {
            tell(
                "idle actors",
                "\(last.idleActors) hold credit and send nothing, so others use it: \(last.idleNames); look for hung environments there",
                as: "note")
        }
        if !last.lagLimit.isEmpty { tell("policy lag", last.lagLimit, as: "note") }
    }

    private func fetch(_ first: Announcement, _ probe: LearnerProbe) throws {
        var (newest, bytes, seconds) = (first, 0, 0.0)
        let deadline = Deadline.after(seconds: Self.fetchSeconds)
        repeat {
            if let part = try probe.fetch(newest) {
                bytes += part.byteCount
                seconds += part.seconds
            }
            newest = try probe.ask().answer.newest ?? newest
            // A learner lets nobody without a session have more than twice what it keeps, which is this at least.
        } while !deadline.isPast && bytes + Int(newest.byteCount) <= 2 * Int(first.byteCount)
        guard seconds > 0 else { return tell("bandwidth", "not known: parameters changed faster than they came") }
        let rate = Double(bytes) / seconds / 1e6
        tell("bandwidth", "\(Self.rounded(rate)) MB/s, \(bytes) bytes in pieces as an actor pulls them")
    }

    /// - Parameter mark: "ok", "note" for what works and could work better, or "FAIL".
    func tell(_ step: String, _ finding: String, as mark: String = "ok") {
        let space = String(repeating: " ", count: max(1, 15 - step.utf8.count))
        print("\(mark)\(String(repeating: " ", count: 6 - mark.utf8.count))\(step)\(space)\(finding)")
        // A step that takes long shall not hide those before it.
        fflush(nil)
    }

    private static func time(_ seconds: Double) -> String {
        seconds < 1e-3 ? "\(rounded(seconds * 1e6)) µs" : seconds < 1 ? "\(rounded(seconds * 1e3)) ms" : "\(rounded(seconds)) s"
    }

    private static func rounded(_ value: Double) -> String {
        value >= 100 ? "\(Int(value.rounded()))" : "\((value * 10).rounded() / 10)"
    }
}
