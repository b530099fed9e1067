import StarlingAlgorithms
import StarlingEnvironments
import StarlingExperience
import StarlingLearning
import StarlingSafetensors
import StarlingThreads
import StarlingTraining
import Testing

@Suite struct LockstepTests {
    @Test(arguments: [ActingSpec.LatentMode.mean, .noise])
    func atLagZeroTheLearnerFindsTheActorsLogProbabilities(mode: ActingSpec.LatentMode) throws {
        var settings = RunSettings.small(frames: 200 * 32 * 20)
        settings.acting.latentMode = mode
        // Heads with layers of their own: actor and learner grow their graphs apart.
        settings.model.policy = [16]
        settings.model.value = [16]
        let outcome = try #require(try Lockstep(settings).run())
        #expect(outcome.state.update >= 200)
        #expect(outcome.policyLag.maximum == 0)
        #expect(try #require(outcome.maximumLogRatioAtLagZero) < 1e-4)
    }

    @Test(arguments: ModelSpec.ActionDistribution.allCases, ActingSpec.LatentMode.allCases)
    func atLagZeroItFindsTheDensitiesOfContinuousActions(
        distribution: ModelSpec.ActionDistribution, mode: ActingSpec.LatentMode
    ) throws {
        var settings = RunSettings.small(frames: 200 * 32 * 20)
        settings.environment = "Pendulum-v1"
        settings.model.observationScale = [1, 1, 8]
        settings.model.actionDistribution = distribution
        settings.model.policy = [16]
        settings.acting.latentMode = mode
        let outcome = try #require(try Lockstep(settings).run())
        #expect(outcome.state.update >= 200 && outcome.ledger.invalid == 0)
        #expect(outcome.policyLag.maximum == 0)
        #expect(try #require(outcome.maximumLogRatioAtLagZero) < 1e-4)
        #expect(outcome.evaluation?.returns.count == 10)
    }

    /// Columns of one number: one step ahead, one latent, one number of an action.
    @Test(arguments: [1, 3])
    func aLatentOfOneNumberPredictsItself(steps: Int) throws {
        var settings = RunSettings.small(frames: 3000)
        settings.environment = "Pendulum-v1"
        settings.model.observationScale = [1, 1, 8]
        settings.model.latentCount = 1
        (settings.latent.representation, settings.latent.predictionSteps) = (.predict, steps)
        let outcome = try #require(try Lockstep(settings).run())
        #expect(outcome.state.update > 0 && outcome.ledger.invalid == 0)
    }

    /// The ratios are to the mixture that acted, so the learner takes every unroll, and the policy gets better.
    @Test(arguments: [ActingRule.epsilon, .boltzmann])
    func whatOtherRulesDidIsLearnedFrom(rule: ActingRule) throws {
        var settings = RunSettings.small(frames: 60_000)
        settings.acting.rule = rule
        (settings.acting.epsilon, settings.acting.temperature) = (0.3, 1.5)
        // Those of the recipe.
        (settings.acting.unrollLength, settings.batch.columns) = (10, 16)
        settings.algorithmSettings[VTrace.self].entropyCost = 0.003
        (settings.optimizer.learningRate, settings.optimizer.clipNorm, settings.optimizer.horizon) = (0.005, 40, 500_000)
        let lockstep = try Lockstep(settings)
        let outcome = try #require(try lockstep.run())
        #expect(outcome.ledger.invalid == 0 && outcome.policyLag.maximum == 0)
        // What it is defined for is the policy itself.
        #expect(outcome.maximumLogRatioAtLagZero == nil)
        let returns = try #require(outcome.evaluation?.returns)
        #expect(returns.reduce(0, +) / Float(returns.count) > 100, "\(returns)")
        let scalars = lockstep.loop.learner.makeSnapshot().scalars
        #expect(scalars == (rule == .epsilon ? ActingScalars(epsilon: 0.3) : ActingScalars(temperature: 1.5)))
    }

    /// The same route with the forbidden variant: the invariant is no tautology.
    @Test func noiseSampledAnewByTheLearnerBreaksTheInvariant() throws {
        var settings = RunSettings.small()
        settings.acting.latentMode = .noise
        let outcome = try #require(try Lockstep(settings, tampering: .resampledNoise).run())
        #expect(outcome.policyLag.maximum == 0)
        #expect(try #require(outcome.maximumLogRatioAtLagZero) > 1e-3)
    }

    @Test func theSameSeedGivesTheSameBits() throws {
        let runs = try (0..<2).map { _ in
            let lockstep = try Lockstep(.small())
            _ = try lockstep.run()
            return lockstep.parameters
        }
        #expect(runs[0] == runs[1])
        var other = RunSettings.small()
        other.seed = 2
        let different = try Lockstep(other)
        _ = try different.run()
        #expect(different.parameters != runs[0])
    }

    @Test func everyStepIsTrainedOnOnceAndTheLedgerBalances() throws {
        let outcome = try #require(try Lockstep(.small()).run())
        #expect(outcome.frames >= 20_000)
        #expect(outcome.ledger.isBalanced)
        #expect(outcome.ledger.pending == 0)
        #expect(outcome.ledger.trained > 0)
        #expect(outcome.ledger.invalid == 0 && outcome.ledger.tooStale == 0)
    }

    @Test func theLastParametersAreSavedAsFinalAndEvaluated() throws {
        let lockstep = try Lockstep(.small())
        let outcome = try #require(try lockstep.run())
        let final = try #require(lockstep.captures.last { $0.isFinal })
        #expect(final.capture.version == outcome.evaluation?.version)
        #expect(outcome.evaluation?.returns.count == 10)
        guard case .frames = outcome.reason else {
            Issue.record("ended by \(outcome.reason)")
            return
        }
    }

    /// With queued batches the goal's evaluation comes back while a batch is half full.
    @Test(arguments: [0, 2])
    func aReachedGoalEndsTheRunWithTheSnapshotThatReachedIt(queuedBatches: Int) throws {
        var settings = RunSettings.small(frames: 2_000_000)
        settings.goal.meanReturn = 15
        settings.batch.maxQueuedBatches = queuedBatches
        settings.batch.columns = 24
        let lockstep = try Lockstep(settings, actorCount: 3)
        let outcome = try #require(try lockstep.run())
        guard case .goalReached = outcome.reason else {
            Issue.record("ended by \(outcome.reason)")
            return
        }
        let final = try #require(lockstep.captures.last { $0.isFinal })
        #expect(final.capture.version == outcome.evaluation?.version)
        #expect(outcome.frames < settings.frames)
        #expect(outcome.ledger.pending == 0)
    }

    /// Evaluated on the way, the best parameters are kept.
    @Test func theBestOfTheWayIsKept() throws {
        var settings = RunSettings.small()
        settings.evaluation.every = 5000
        let lockstep = try Lockstep(settings)
        let outcome = try #require(try lockstep.run())
        // At 5,000, 10,000 and 15,000 frames, and the end.
        #expect(outcome.state.evaluations == 4 && outcome.state.nextEvaluation == 20_000)
        let best = lockstep.captures.filter { !$0.isFinal && $0.capture.state.update > 0 }
        #expect(!best.isEmpty && outcome.state.bestReturn != nil)
        #expect(best.allSatisfy { (5000..<20_000).contains($0.capture.state.frames) })
    }

    @Test func aDisabledGoalRunsOnToTheFrames() throws {
        var settings = RunSettings.small()
        settings.goal.meanReturn = 15
        settings.goal.isEnabled = false
        let outcome = try #require(try Lockstep(settings).run())
        guard case .frames = outcome.reason else {
            Issue.record("ended by \(outcome.reason)")
            return
        }
    }

    @Test func aResumedRunGoesOnWhereItStopped() throws {
        let first = try Lockstep(.small())
        _ = try first.run()
        let capture = first.loop.learner.capture()
        let second = try Lockstep(.small(frames: 40_000), resuming: capture, generation: 2)
        #expect(second.parameters == first.parameters)
        #expect(second.loop.learner.state.frames == capture.state.frames)
        #expect(second.loop.learner.version == ParameterVersion(generation: 2, update: capture.version.update))
        let outcome = try #require(try second.run())
        #expect(outcome.frames >= 40_000)
        #expect(outcome.state.update > capture.state.update)
    }

    @Test func parametersThatGiveNoNumberStopTheTrainingAndTheLastGoodOnesAreKept() throws {
        var settings = RunSettings.small()
        // The first update leaves parameters that nothing can be trained with.
        settings.optimizer.learningRate = 1e30
        let lockstep = try Lockstep(settings)
        // What actors send of such parameters is invalid, and looked into a few times a second.
        let deadline = Deadline.after(seconds: 10)
        var ended: RunOutcome?
        while ended == nil, !deadline.isPast { ended = try lockstep.run(rounds: 1000) }
        let outcome = try #require(ended)
        guard case .notFinite = outcome.reason else {
            Issue.record("ended by \(outcome.reason)")
            return
        }
        let kept = try #require(lockstep.captures.last)
        #expect(!kept.isFinal && kept.capture.state.update == 1)
        #expect(kept.capture.trained.parameters.allSatisfy { $0.isFinite })
        #expect(outcome.ledger.pending == 0 && outcome.ledger.isBalanced)
    }

    @Test func unrollsThatGiveNoNumberCostThemselvesAndNothingElse() throws {
        var settings = RunSettings.small(frames: 4000)
        settings.environment = "exploding"
        settings.model.observationScale = []
        settings.algorithmSettings[VTrace.self].rewardScale = 1e6
        let environments: EnvironmentRegistry = [.init("exploding") { Exploding() }]
        let lockstep = try Lockstep(settings, environments: environments)
        let outcome = try #require(try lockstep.run())
        guard case .frames = outcome.reason else {
            Issue.record("ended by \(outcome.reason)")
            return
        }
        #expect(outcome.ledger.invalid > 0 && outcome.ledger.trained > outcome.ledger.invalid && outcome.ledger.isBalanced)
        #expect(lockstep.loop.learner.capture().trained.parameters.allSatisfy { $0.isFinite })
    }

    @Test func rewardsBeyondTheEnvironmentsLimitAreInvalid() throws {
        var settings = RunSettings.small(frames: 4000)
        settings.environment = "exploding"
        settings.model.observationScale = []
        let environments: EnvironmentRegistry = [.init("exploding") { Exploding(rewardLimit: 1e9) }]
        let outcome = try #require(try Lockstep(settings, environments: environments).run())
        #expect(outcome.ledger.invalid > 0 && outcome.ledger.trained > 0)
    }

    /// Without its rows, or with others in their place, the parameters become others.
    @Test func theReservoirTakesPart() throws {
        func run(_ share: Float, emptied: Bool = false) throws -> Lockstep {
            var settings = RunSettings.small()
            settings.latent.replayShare = share
            let lockstep = try Lockstep(settings)
            while try lockstep.run(rounds: 1) == nil {
                guard emptied, let reservoir = lockstep.loop.learner.trainer.reservoir else { continue }
                let array = reservoir.contents.array
                let zeros = NamedArray(array.name, .uint8, shape: array.shape, bytes: array.bytes.map { _ in 0 })
                reservoir.restore(
                    try #require(ReservoirContents(zeros)), offers: reservoir.position.offers, draws: reservoir.position.draws)
            }
            #expect(lockstep.loop.learner.state.frames >= 20_000)
            return lockstep
        }
        let lockstep = try run(0.5)
        let state = lockstep.loop.learner.capture().state
        // It is offered all that is trained on, and as many are drawn.
        #expect(state.reservoirOffers >= state.frames && state.reservoirDraws >= state.frames)
        #expect(lockstep.parameters != (try run(0)).parameters)
        #expect(lockstep.parameters != (try run(0.5, emptied: true)).parameters)
    }
}

/// Rewards that no Float can square, after some steps that are harmless.
private struct Exploding: Environment {
    typealias Scalar = Float
    var observationShape: [Int] { [2] }
    var action: ActionSpec { .discrete(2) }
    var rewardLimit: Float = 1e15
    private var step = 0
    private var resets = 0
    private var explodes = false

    init(rewardLimit: Float = 1e15) { self.rewardLimit = rewardLimit }

    /// Once, in a few environments.
    mutating func reset(seed: UInt64, into observation: inout MutableSpan<Float>) {
        step = 0
        resets += 1
        explodes = resets == 5 && seed % 4 == 0
        write(&observation)
    }

    mutating func step(_ action: Int, into observation: inout MutableSpan<Float>) -> StepResult {
        step += 1
        write(&observation)
        return StepResult(reward: explodes && step == 3 ? 1e14 : 1e-6, ending: step == 10 ? .terminated : .none)
    }

    private func write(_ observation: inout MutableSpan<Float>) {
        observation[0] = Float(step) / 10
        observation[1] = 1
    }
}
