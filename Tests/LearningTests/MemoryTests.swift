import StarlingAlgorithms
import StarlingCompute
import StarlingEnvironments
import StarlingExperience
import StarlingLearning
import StarlingSafetensors
import StarlingTraining
import Testing

/// Recurrent cores and stacks of frames from actor to learner.
@Suite struct MemoryTests {
    private func settings(
        _ mode: ActingSpec.LatentMode, _ core: RunSettings.Model.Core, frames: Int, steps: UInt64 = 20_000
    ) -> RunSettings {
        var settings = RunSettings.small(frames: steps)
        settings.acting.latentMode = mode
        // Episodes end everywhere in unrolls, and go on from one to the next.
        settings.acting.unrollLength = 7
        settings.model.core = core
        settings.model.coreWidth = 24
        settings.model.frameStack = frames
        return settings
    }

    @Test(arguments: [
        (ActingSpec.LatentMode.mean, RunSettings.Model.Core.gru, 1), (.noise, .gru, 3), (.mean, .lstm, 2), (.noise, .lstm, 1),
        (.mean, .none, 9),
    ])
    func atLagZeroTheLearnerFindsTheActorsLogProbabilities(
        mode: ActingSpec.LatentMode, core: RunSettings.Model.Core, frames: Int
    ) throws {
        let outcome = try #require(try Lockstep(settings(mode, core, frames: frames, steps: 200 * 32 * 7)).run())
        #expect(outcome.state.update >= 200)
        #expect(outcome.ledger.invalid == 0 && outcome.policyLag.maximum == 0)
        #expect(try #require(outcome.maximumLogRatioAtLagZero) < 1e-4)
    }

    /// Actor and learner normalise alike, numbers that are cut off among them, and training leaves the statistics alone.
    @Test func normalisedObservationsKeepTheInvariant() throws {
        var settings = settings(.noise, .none, frames: 2)
        settings.model.observationScale = [0.02]
        settings.model.normalizesObservations = true
        settings.model.value = [16]
        settings.model.normalizesHeads = true
        settings.latent.replayShare = 0.5
        let lockstep = try Lockstep(settings)
        let outcome = try #require(try lockstep.run())
        #expect(try #require(outcome.maximumLogRatioAtLagZero) < 1e-4)
        let capture = lockstep.loop.learner.capture()
        // The learner has followed what the environment gives.
        for (name, value) in [(ModelArchitecture.normalizerMean, 0), (ModelArchitecture.normalizerScale, 1)] as [(String, Float)] {
            let slot = try #require(capture.trained.layout.slot(named: name))
            #expect(capture.trained.parameters[slot.offset..<slot.offset + slot.count].allSatisfy { $0 != value })
        }
    }

    @Test(arguments: [RunSettings.Model.Core.gru, .lstm])
    func aTruncationsFinalRowBelongsToItsEpisode(core: RunSettings.Model.Core) throws {
        var settings = settings(.mean, core, frames: 2)
        settings.environment = "shift"
        settings.model.observationScale = []
        let environments: EnvironmentRegistry = [.init("shift") { Shift() }]
        let outcome = try #require(try Lockstep(settings, environments: environments).run())
        #expect(try #require(outcome.maximumLogRatioAtLagZero) < 1e-4)
    }

    /// States and stacks restart after the row of the final observation, whichever way the episode ended.
    @Test(arguments: [RunSettings.Model.Core.gru, .lstm])
    func aTerminationsFinalRowIsNoStepAndTheNextRowBeginsAnew(core: RunSettings.Model.Core) throws {
        var settings = settings(.mean, core, frames: 2)
        settings.environment = "shift"
        settings.model.observationScale = []
        let environments: EnvironmentRegistry = [.init("shift") { Shift() }]
        let lockstep = try Lockstep(settings, environments: environments, tampering: .terminatedForTruncated)
        let outcome = try #require(try lockstep.run())
        #expect(outcome.ledger.trained > 0 && outcome.frames >= 20_000)
        #expect(try #require(outcome.maximumLogRatioAtLagZero) < 1e-4)
    }

    /// The invariant is no tautology.
    @Test(arguments: [RunSettings.Model.Core.gru, .lstm])
    func aLostStateOrAForgottenResetBreaksTheInvariant(core: RunSettings.Model.Core) throws {
        for tampering in [Tampering.lostStates, .forgottenResets] {
            let outcome = try #require(try Lockstep(settings(.mean, core, frames: 1), tampering: tampering).run())
            #expect(outcome.policyLag.maximum == 0)
            #expect(try #require(outcome.maximumLogRatioAtLagZero) > 1e-3)
        }
    }

    @Test func lostFramesBreakTheInvariant() throws {
        let outcome = try #require(try Lockstep(settings(.mean, .none, frames: 3), tampering: .lostHistory).run())
        #expect(try #require(outcome.maximumLogRatioAtLagZero) > 1e-3)
    }

    @Test func theReservoirKeepsStacks() throws {
        var settings = settings(.mean, .gru, frames: 3)
        settings.latent.replayShare = 0.5
        let lockstep = try Lockstep(settings)
        let outcome = try #require(try lockstep.run())
        #expect(outcome.frames >= 20_000)
        let kept = try #require(lockstep.loop.learner.capture().reservoir)
        #expect(kept.count >= 20_000 && kept.observationByteCount == 3 * 4 * 4)
        let values = kept.array.bytes.withUnsafeBytes { Array($0.bindMemory(to: Float.self)) }
        // CartPole's x goes on by 0.02 x'. Where an episode begins, its first frame fills the stack.
        var steps = 0
        for start in stride(from: 0, to: values.count, by: 12) {
            let frames = (0..<3).map { values[start + 4 * $0..<start + 4 * ($0 + 1)] }
            for (before, after) in zip(frames, frames.dropFirst()) where before != after {
                steps += 1
                let expected = before[before.startIndex] + 0.02 * before[before.startIndex + 1]
                #expect(abs(after[after.startIndex] - expected) < 1e-5)
            }
        }
        #expect(steps > kept.count)
    }

    // MARK: What only memory can solve

    private func recall(_ core: RunSettings.Model.Core, frames: UInt64) -> RunSettings {
        var settings = RunSettings()
        settings.environment = "Recall"
        settings.frames = frames
        (settings.model.encoder, settings.model.decoder) = ([32], [32])
        (settings.model.core, settings.model.coreWidth) = (core, 32)
        settings.acting.environmentsPerActor = 16
        settings.batch.columns = 16
        settings.batch.maxQueuedBatches = 0
        settings.algorithmSettings[VTrace.self].valueCost = 0.5
        settings.optimizer.learningRate = 0.005
        settings.optimizer.horizon = 300_000
        settings.goal.meanReturn = 0.98
        return settings
    }

    /// Share of right answers in the evaluation.
    private func share(_ outcome: RunOutcome) throws -> Float {
        let returns = try #require(outcome.evaluation).returns
        return returns.reduce(0, +) / Float(returns.count)
    }

    @Test func aCoreLearnsToRecall() throws {
        let outcome = try #require(try Lockstep(recall(.gru, frames: 300_000)).run())
        guard case .goalReached = outcome.reason else {
            Issue.record("ended by \(outcome.reason)")
            return
        }
        #expect(try share(outcome) >= 0.98)
    }

    @Test func withoutACoreItIsGuessed() throws {
        let outcome = try #require(try Lockstep(recall(.none, frames: 50_000)).run())
        // Chance is 1/4; 0.45 is 4.6 standard errors of 100 episodes above it.
        #expect(try share(outcome) < 0.45)
    }
}

/// Truncated after 3 to 9 steps, with frames of which each counts.
private struct Shift: Environment, BitwiseCopyable {
    typealias Scalar = Float
    var observationShape: [Int] { [3] }
    var action: ActionSpec { .discrete(2) }
    private var random = SeededGenerator(seed: 0)
    private var left = 0

    mutating func reset(seed: UInt64, into observation: inout MutableSpan<Float>) {
        random = SeededGenerator(seed: seed)
        left = 3 + Int(random.uniform(0, 7))
        write(&observation)
    }

    mutating func step(_ action: Int, into observation: inout MutableSpan<Float>) -> StepResult {
        left -= 1
        write(&observation)
        return StepResult(reward: action == 0 ? observation[0] : -observation[0], ending: left == 0 ? .truncated : .none)
    }

    private mutating func write(_ observation: inout MutableSpan<Float>) {
        for place in 0..<3 { observation[place] = Float(random.uniform(-1, 1)) }
    }
}
