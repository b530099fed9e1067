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
    let warmUp: Double
    let repeats: Int
    let secondsPerRepeat: Double

    /// No actor's first unroll takes longer, even on a machine that is busy.
    private static let patience = 60.0

    /// - Returns: nil when it was stopped before the last repeat.
    func run(in program: Program, actorProgram: String, shouldStop: () -> Bool) throws -> EndToEndReport? {
        let logger = LogFormat.text.makeLogger(label: "learner")
        let environment = try program.environments.entry(named: settings.environment).spec
        try settings.check(environment: environment)
        let learner = try Learner(settings, environment: environment, algorithms: program.algorithms, generation: 1)
        let link = try ZeroMQLearnerLink(bind: "tcp://127.0.0.1:*", build: Build.description, logger: logger)
        link.open(
            try LearnerOffer(
                run: "bench", runSeed: settings.seed, generation: 1, environment: environment, model: settings.modelSpec,
                acting: settings.actingSpec, environmentsPerActor: settings.acting.environmentsPerActor,
                unrollsPerBatch: settings.unrollsPerBatch, maxQueuedBatches: settings.batch.maxQueuedBatches,
                byteBudget: settings.batch.memoryBytes))
        let stretches = Stretches()
        // Nothing is stored: a disk is not what this measures.
        let loop = LearnerLoop(
            learner, link: link, logger: logger, save: { _, _ in }, report: { stretches.add($0) })
        let flock = try ActorProcesses(
            program: actorProgram, learner: link.endpoint, count: settings.train.actors, logger: logger, logFormat: .text,
            say: { Program.complain($0) })
        defer { flock.end(before: .after(seconds: 1.5)) }

        loop.begin()
        var goesOn = true
        /// Runs until the loop has reported for so long.
        func go(on seconds: Double) throws {
            let deadline = Deadline.after(seconds: seconds + Self.patience)
            let start = stretches.seconds
            while goesOn, stretches.seconds - start < seconds {
                if case .ended(let outcome) = loop.turn(before: .after(seconds: 0.2)) {
                    throw CommandError("the training ended while it was measured: \(outcome.reason)")
                }
                if let failure = flock.failure { throw CommandError(failure) }
                if deadline.isPast { throw CommandError("no experience came in \(Int(Self.patience)) s") }
                goesOn = !shouldStop()
            }
        }
        while goesOn, learner.state.update == 0 { try go(on: 0.1) }
        try go(on: warmUp)
        for _ in 0 ..< repeats {
            stretches.begin()
            try go(on: secondsPerRepeat)
        }
        let outcome = loop.stop()
        guard goesOn else { return nil }
        return stretches.report(
            recipe: recipe, settings: settings, lag: outcome.policyLag, stepsPerUnroll: learner.layout.stepCount)
    }
}
