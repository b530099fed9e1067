import StarlingAlgorithms
import StarlingCompute
import StarlingEnvironments
import StarlingExperience
import StarlingLearning
import StarlingMetrics
import StarlingTraining
import StarlingTransport
import Testing

@Suite struct BatchScaleTests {
    private var pressed: CreditPressure {
        var pressure = CreditPressure()
        (pressure.window, pressure.bound, pressure.wantsWiderBatches) = (64, 64, true)
        return pressure
    }

    @Test func batchesGrowOnlyUnderLastingPressure() {
        var scale = BatchScale()
        let first = (0..<32).map { _ in scale.next(1, pressed) }
        #expect(first == Array(repeating: 1, count: 31) + [2])
        for _ in 0..<31 { #expect(scale.next(2, pressed) == 2) }
        #expect(scale.next(2, CreditPressure()) == 2, "one update at ease, and it begins anew")
        for _ in 0..<31 { #expect(scale.next(2, pressed) == 2) }
        #expect(scale.next(2, pressed) == 4)
        for _ in 0..<64 { #expect(scale.next(BatchScale.largest, pressed) == BatchScale.largest) }
    }

    @Test func batchesThatAreTooLargeShrink() {
        var scale = BatchScale()
        var pressure = CreditPressure()
        (pressure.window, pressure.bound) = (15, 64)
        let scales = (0..<1024).map { _ in scale.next(4, pressure) }
        #expect(scales.dropLast().allSatisfy { $0 == 4 } && scales.last == 2)
        for _ in 0..<2000 { #expect(scale.next(1, pressure) == 1, "never below the recipe's") }
        pressure.window = 17
        for _ in 0..<2000 { #expect(scale.next(4, pressure) == 4) }
    }

    @Test func ratesGrowByARule() {
        var optimizer = OptimizerSettings()
        optimizer.learningRate = 0.5
        #expect(optimizer.scaled(forBatches: 1) == optimizer)
        for (rule, rate) in [(OptimizerSettings.Rule.adam, 1), (.rmsprop, 1), (.sgd, 2)] as [(OptimizerSettings.Rule, Float)] {
            optimizer.rule = rule
            #expect(optimizer.scaled(forBatches: 4).learningRate == rate)
        }
    }

    /// The same parameters and moments go on with batches of another size; PPO's steps are of minibatches, whose size stays.
    @Test(arguments: [("vtrace", Float(2).squareRoot()), ("ppo", 1)] as [(String, Float)])
    func aLearnerGoesOnWithLargerBatches(algorithm: String, factor: Float) throws {
        var settings = RunSettings.small(frames: 0)
        settings.algorithm = algorithm
        settings.optimizer.horizon = 0
        let run = try Lockstep(settings)
        _ = try run.run(rounds: 5)
        let learner = run.loop.learner
        while !learner.isEmpty { _ = try run.run(rounds: 1) }
        let before = learner.capture()
        try learner.rescale(to: 2)
        #expect(learner.unrollsPerBatch == 2 * settings.unrollsPerBatch)
        let after = learner.capture()
        #expect(after.trained.parameters == before.trained.parameters)
        #expect(after.trained.stepCounts == before.trained.stepCounts)
        #expect(after.trained.parts.map(\.values) == before.trained.parts.map(\.values))

        var twice = settings
        twice.batch.scale = 2
        twice.frames = 20_000
        let outcome = try Lockstep(twice)
        _ = try outcome.run()
        let rate = try #require(outcome.reports.last).metrics[.learningRate]
        #expect(abs(Float(rate) / settings.optimizer.learningRate - factor) < 1e-5, "\(rate)")
        #expect(outcome.loop.learner.state.frames % UInt64(2 * 32 * 20) == 0)
    }

    /// A batch that memory has no room for would never be full.
    @Test func autoGrowsNoFurtherThanMemoryHolds() throws {
        var settings = RunSettings.small(frames: 60_000)
        settings.batch.scale = nil
        let spec = try EnvironmentRegistry.builtIn.entry(named: settings.environment).spec
        let layout = UnrollLayout(environment: spec, model: settings.modelSpec, acting: settings.actingSpec)
        settings.batch.memoryBytes = 5 * settings.unrollsPerBatch * layout.byteCount
        let run = try Lockstep(settings, pressure: pressed)
        let outcome = try #require(try run.run(rounds: 2000))
        #expect(run.loop.learner.scale == 2)
        #expect(outcome.frames >= 60_000 && outcome.ledger.isBalanced)
    }

    @Test func autoGrowsInALearnersLoop() throws {
        var settings = RunSettings.small(frames: 60_000)
        settings.batch.scale = nil
        let run = try Lockstep(settings, pressure: pressed)
        let outcome = try #require(try run.run())
        #expect(run.loop.learner.scale > 1)
        #expect(outcome.frames >= 60_000 && outcome.ledger.isBalanced && outcome.ledger.pending == 0)
        #expect(run.reports.last?.batchColumns == 32 * run.loop.learner.scale)
    }
}
