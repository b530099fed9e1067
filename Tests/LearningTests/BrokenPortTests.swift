import Logging
import StarlingCompute
import StarlingEnvironments
import StarlingExperience
import StarlingLearning
import StarlingThreads
import StarlingTransport
import StarlingZeroMQ
import Synchronization
import Testing

@Suite struct BrokenPortTests {
    /// A learner whose socket fails waits for nobody: it stores what it has, and ends by an error.
    @Test func aSocketThatFailsEndsTheLearnerWithACheckpoint() throws {
        let context = try ZeroMQContext()
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let link = try ZeroMQLearnerLink(bind: "tcp://127.0.0.1:*", build: "test", logger: logger, context: context)
        let settings = RunSettings.small()
        let spec = try EnvironmentRegistry.builtIn.entry(named: settings.environment).spec
        link.open(
            try LearnerOffer(
                run: "test", runSeed: 1, generation: 1, environment: spec, model: settings.modelSpec, acting: settings.actingSpec,
                environmentsPerActor: settings.acting.environmentsPerActor, unrollsPerBatch: settings.unrollsPerBatch,
                pacing: .fixed(batches: 2), byteBudget: settings.batch.memoryBytes))
        let stored = Mutex(0)
        let learner = try Learner(settings, environment: spec, generation: 1, compute: .cpu())
        let loop = LearnerLoop(
            learner, link: link, logger: logger, save: { _, _ in stored.withLock { $0 += 1 } }, report: { _ in })
        let start = Deadline.now
        var looks = 0
        let outcome = loop.run {
            looks += 1
            if looks == 2 { context.shutDown() }
            // A loop that waits for ever fails the test instead.
            return Deadline.now.seconds(since: start) > 20
        }
        guard case .broken(let fault) = outcome.reason else {
            Issue.record("ended by \(outcome.reason)")
            return
        }
        #expect(fault.contains("socket failed") && stored.withLock { $0 } == 1)
        #expect(Deadline.now.seconds(since: start) < 10)
    }
}
