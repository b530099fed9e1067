import Logging
import StarlingEnvironments
import StarlingExperience
import StarlingLaunchActor
import StarlingLearning
import StarlingThreads
import StarlingTransport

/// Runs a learner and actor processes over TCP, as `train` does, and adds up what they tell of their time.
struct EndToEndBench {
    let recipe: String
    let settings: RunSettings
    /// Over CURVE, with keys of its own.
    let isEncrypted: Bool
    /// Further ones of the actors.
    let actorArguments: [String]
    let warmUp: Double
    let repeats: Int
    let secondsPerRepeat: Double

    /// Seconds that the first update, or a segment beyond its own time, takes at most, even on a machine that is busy.
    private static let patience = 60.0

    /// - Returns: nil when it was stopped before the last repeat.
    func run(in program: Program, executable: ActorExecutable, shouldStop: () -> Bool) throws -> EndToEndReport? {
        // What is measured is the news.
        let log = LogOptions(level: .warning)
        let logger = log.makeLogger(label: "learner")
        let entry = try program.environments.entry(named: settings.environment)
        try entry.check(settings.environmentOptions)
        let environment = try entry.spec(settings.environmentOptions)
        try settings.check(environment: environment)
        let learner = try Learner(
            settings, environment: environment, generation: 1, compute: settings.computeContext(known: nil))
        let keys = try isEncrypted ? BenchKeys() : nil
        let link = try ZeroMQLearnerLink(
            bind: "tcp://127.0.0.1:*", build: Build.description, keys: keys?.directory, logger: logger)
        link.open(try settings.offer(run: "bench", generation: 1, environment: environment))
        let segments = Segments()
        // Nothing is stored, in checkpoints or a journal: a disk is not what this measures.
        let loop = LearnerLoop(
            learner, link: link, logger: logger, save: { _, _ in }, report: { segments.add($0) })
        let flock = try ActorProcesses(
            executable, learner: link.endpoint, key: keys?.actorFile, count: settings.train.actors,
            arguments: actorArguments, logger: logger, log: log,
            say: { Program.complain($0) })
        // However it ends: actors end by themselves once the learner has said goodbye.
        defer {
            _ = loop.stop()
            flock.end(before: .after(seconds: 1.5))
        }

        loop.begin()
        /// Runs until `isEnough`.
        /// - Returns: false when it was stopped before.
        func go(before deadline: Deadline, until isEnough: () -> Bool) throws -> Bool {
            while !isEnough() {
                if case .ended(let outcome) = loop.turn(before: .after(seconds: 0.2)) {
                    throw CommandError("the training ended while it was measured: \(outcome.reason)")
                }
                if let failure = flock.failure { throw CommandError(failure) }
                if shouldStop() { return false }
                if deadline.isPast {
                    throw CommandError(
                        "the bench is \(Int(Self.patience)) s late: actors send nothing, or the recipe is too large for this machine")
                }
            }
            return true
        }
        /// Runs until the loop has reported for so long.
        func go(on seconds: Double) throws -> Bool {
            let end = segments.seconds + seconds
            return try go(before: .after(seconds: seconds + Self.patience)) { segments.seconds >= end }
        }
        // Segments begin at a report.
        let hasBegun = try go(before: .after(seconds: Self.patience)) { learner.state.update > 0 && segments.seconds > 0 }
        guard hasBegun, try go(on: warmUp) else { return nil }
        for _ in 0..<repeats {
            segments.begin()
            guard try go(on: secondsPerRepeat) else { return nil }
        }
        let outcome = loop.stop()
        return segments.report(
            recipe: recipe, settings: settings, curve: isEncrypted, lag: outcome.policyLag, stepsPerUnroll: learner.layout.stepCount)
    }
}
