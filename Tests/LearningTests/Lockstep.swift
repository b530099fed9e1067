import Logging
import StarlingActing
import StarlingCompute
import StarlingEnvironments
import StarlingExperience
import StarlingLearning
import StarlingMessages
import StarlingThreads
import StarlingTraining
import StarlingTransport
import Synchronization

/// A learner and actors in this thread over the in-process pair: the roles, messages and loops of a real run.
final class Lockstep {
    let loop: LearnerLoop
    let actors: [ActorLoop]
    private var hasBegun = false
    private let sink = Sink()
    private let saved = Saved()

    init(
        _ settings: RunSettings, environments: EnvironmentRegistry = .builtIn,
        tampering: Tampering? = nil, pressure: CreditPressure? = nil, actorCount: Int = 2,
        resuming capture: TrainingCapture? = nil, generation: UInt32 = 1,
        storing store: @escaping @Sendable (TrainingCapture) throws -> Void = { _ in }
    ) throws {
        let spec = try environments.entry(named: settings.environment).spec
        try settings.check(environment: spec)
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let offers = (0..<actorCount).map {
            ActorOffer(
                role: .act, environments: environments.entries.map(\.spec), instance: "actor-\($0)", incarnation: 0,
                build: "test", outboxByteBudget: 1 << 30)
        }
        let pair = InProcessPair(actors: offers, build: "test", logger: logger)
        pair.learner.open(
            try LearnerOffer(
                run: "test", runSeed: settings.seed, generation: generation, environment: spec,
                model: settings.modelSpec(for: spec), acting: settings.actingSpec,
                environmentsPerActor: settings.acting.environmentsPerActor,
                unrollsPerBatch: settings.unrollsPerBatch, pacing: settings.pacing,
                byteBudget: settings.batch.memoryBytes))
        let learner = try Learner(settings, environment: spec, generation: generation, compute: .cpu())
        if let capture { learner.resume(capture) }
        let changed = TamperingLink(pair.learner, layout: learner.layout, tampering ?? .none, pressure: pressure)
        loop = LearnerLoop(
            learner, link: tampering == nil && pressure == nil ? pair.learner : changed, logger: logger,
            save: { [saved] capture, role in
                try store(capture)
                saved.list.withLock { $0.append((capture, role == .final)) }
            },
            report: { [sink] report in sink.reports.append(report) })
        actors = pair.actors.map { ActorLoop(link: $0, environments: environments, logger: logger) }
    }

    /// What was saved, in order.
    var captures: [(capture: TrainingCapture, isFinal: Bool)] { saved.list.withLock { $0 } }

    private final class Saved: Sendable {
        let list = Mutex<[(capture: TrainingCapture, isFinal: Bool)]>([])
    }

    private final class Sink {
        var reports: [LearnerReport] = []
    }

    /// Runs on to the end, or for at most `rounds` rounds over all actors.
    func run(rounds: Int = 100_000) throws -> RunOutcome? {
        if !hasBegun { loop.begin() }
        hasBegun = true
        for _ in 0..<rounds {
            for actor in actors { _ = try actor.turn(before: .now) }
            learning: while true {
                switch loop.turn(before: .now) {
                case .ended(let outcome): return outcome
                case .worked: continue
                case .idle: break learning
                }
            }
        }
        return nil
    }

    var reports: [LearnerReport] { sink.reports }

    /// The parameters as they are now.
    var parameters: [UInt8] { loop.learner.capture().trained.parameters.withUnsafeBytes(Array.init) }
}

extension RunSettings {
    /// CartPole by V-trace in lockstep, small enough for a test.
    static func small(frames: UInt64 = 20_000) -> RunSettings {
        var settings = RunSettings()
        settings.algorithm = "vtrace"
        settings.frames = frames
        (settings.acting.unrollLength, settings.acting.environmentsPerUnroll, settings.batch.columns) = (20, 8, 32)
        (settings.optimizer.learningRate, settings.optimizer.clipNorm, settings.latent.vaeCost) = (1e-3, 40, 0.5)
        settings.model.observationScale = [2.4, 3, 0.21, 3]
        settings.acting.environmentsPerActor = 16
        settings.batch.maxQueuedBatches = 0
        settings.evaluation.episodes = 10
        settings.optimizer.horizon = 100_000
        return settings
    }
}
