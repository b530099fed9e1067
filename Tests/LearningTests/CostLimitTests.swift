import StarlingAlgorithms
import StarlingConfiguration
import StarlingEnvironments
import StarlingExperience
import StarlingLearning
import StarlingMetrics
import StarlingTraining
import Testing

extension LearnerReport {
    /// A metric by its name; nil where it isn't among those of the run, or not yet known.
    fileprivate func told(_ name: String) -> Double? {
        metrics.all.first { $0.name == name }.map { metrics[$0] }.flatMap { $0.isNaN ? nil : $0 }
    }
}

@Suite struct CostLimitTests {
    private func settings(_ algorithm: String, frames: UInt64, _ assignments: [String]) throws -> RunSettings {
        var settings = RunSettings()
        (settings.algorithm, settings.frames, settings.environment) = (algorithm, frames, "SlipperyRoad")
        try settings.apply(
            assignments: [
                "acting.environments_per_unroll=16", "acting.environments_per_actor=64", "acting.unroll_length=20", "batch.columns=64",
                "batch.max_queued_batches=0", "latent.representation=none", "model.encoder=[]", "model.latent=3", "model.value=[16]",
                "model.normalize_observations=false", "evaluation.episodes=200",
            ] + assignments)
        return settings
    }

    /// What a unit more costs moves ν, what a unit less moves it back, and never below 0 or above its bound.
    @Test func theMultiplierFollowsTheExcess() {
        var settings = RunSettings().cost
        (settings.limit, settings.rate, settings.damping, settings.window, settings.largest) = (2, 0.5, 0, 4, 3)
        var multiplier = CostMultiplier(settings)
        #expect(multiplier.value(settings) == 0)
        multiplier.add(5, settings)
        #expect(multiplier.value(settings) == 1.5)
        multiplier.add(Float.infinity, settings)
        multiplier.add(1, settings)
        #expect(multiplier.value(settings) == 1)
        for _ in 0..<9 { multiplier.add(9, settings) }
        #expect(multiplier.value(settings) == 3)
        for _ in 0..<9 { multiplier.add(0, settings) }
        #expect(multiplier.value(settings) == 0)
        // However long it was cheap, the first dear episode counts.
        multiplier.add(3, settings)
        #expect(multiplier.value(settings) == 0.5)
        // The mean of 4 episodes, 0 before, follows by a quarter: 1 above the limit.
        (settings.damping, settings.largest) = (2, 30)
        multiplier = CostMultiplier(settings)
        multiplier.add(2, settings)
        multiplier.add(6, settings)
        #expect(multiplier.value(settings) == 2 + 2 * 1)
        settings.limit = nil
        #expect(multiplier.value(settings) == 0)
    }

    /// Against the optimum in closed form, with the experience that the policy makes as it is: the best keeps the limit by driving one
    /// speed now and then.
    @Test(arguments: [
        ("ppo", ["optimizer.learning_rate=0.01", "ppo.discount=0.3", "ppo.minibatch_rows=320", "ppo.entropy_cost=0.01"]),
        ("vtrace", ["optimizer.learning_rate=0.02", "vtrace.discount=0.3", "vtrace.entropy_cost=0.01"]),
    ])
    func costsComeToTheLimitAndTheReturnToTheBestThere(algorithm: String, assignments: [String]) throws {
        let limit = 1.4
        let settings = try settings(
            algorithm, frames: 250_000, assignments + ["cost.limit=\(limit)", "cost.rate=0.005", "cost.damping=5", "cost.window=300"])
        let lockstep = try Lockstep(settings, actorCount: 1)
        let outcome = try #require(try lockstep.run())
        let optimum = SlipperyRoad.optimum(limit: limit)
        // Of the newest training episodes.
        let cost = try #require(outcome.state.cost)
        let (costs, returns) = (try #require(cost.mean), Double(try #require(outcome.state.recentReturns.mean)))
        #expect(abs(costs - limit) < 0.35, "\(costs)")
        #expect(returns > 0.9 * optimum.meanReturn && returns < 1.1 * optimum.meanReturn, "\(returns) against \(optimum)")
        #expect(cost.value(settings.cost) > 3, "\(cost) against \(optimum)")
    }

    /// Without a limit costs are told and count for nothing.
    @Test func withoutALimitCostsAreOnlyTold() throws {
        let settings = try settings("vtrace", frames: 60_000, ["optimizer.learning_rate=0.02", "vtrace.discount=0.3"])
        let lockstep = try Lockstep(settings, actorCount: 1)
        let outcome = try #require(try lockstep.run())
        #expect(outcome.state.cost == nil && lockstep.reports.last?.told("cost_multiplier") == nil)
        // 20 · (0.01 + 0.03 + 0.1)/3 · 9 is what the fastest pays.
        #expect(try #require(lockstep.reports.last?.told("info_cost")) > 5)
        let evaluation = try #require(outcome.evaluation)
        #expect(evaluation.returns.reduce(0, +) / 200 > 50 && evaluation.measures.count == 200)
    }

    /// Experience is kept as it came: what is drawn counts by the ν of now.
    @Test func replayCountsByTheMultiplierOfNow() throws {
        let settings = try settings(
            "dqn", frames: 1_000_000,
            ["dqn.learning_starts=0", "dqn.steps=1", "dqn.replay_steps=4000", "cost.limit=0", "cost.rate=0", "cost.damping=0"])
        let lockstep = try Lockstep(settings, actorCount: 1)
        _ = try lockstep.run(rounds: 20)
        let learner = lockstep.loop.learner
        let drawn = try #require(learner.trainer.drawn)
        #expect(Set(drawn.rewards).isSubset(of: [0, 1, 2, 3]))
        learner.trainer.costMultiplier = 50
        var sample = MetricSample(learner.metrics)
        for update in 0..<20 { _ = try learner.trainer.step(frames: 2_000, update: UInt64(update), &sample) }
        let penalized = Set(drawn.rewards).subtracting([0, 1, 2, 3])
        #expect(!penalized.isEmpty && penalized.isSubset(of: [-49, -48, -47]), "\(penalized)")
    }

    /// The multiplier goes on where the run was, and the run as it would have.
    @Test func aResumedRunGoesOnWithItsMultiplier() throws {
        let settings = try settings(
            "vtrace", frames: 1_000_000, ["optimizer.learning_rate=0.02", "cost.limit=1", "cost.rate=0.05", "checkpoint.seconds=1e6"])
        let first = try Lockstep(settings, actorCount: 1)
        _ = try first.run(rounds: 40)
        let capture = first.loop.learner.capture()
        let multiplier = try #require(capture.state.cost).value(settings.cost)
        #expect(multiplier > 0)
        let second = try Lockstep(settings, actorCount: 1, resuming: capture, generation: 2)
        #expect(second.loop.learner.trainer.costMultiplier == Float(multiplier))
        // One without a limit forgets it.
        var free = settings
        free.cost.limit = nil
        let third = try Lockstep(free, actorCount: 1, resuming: capture, generation: 2)
        #expect(third.loop.learner.trainer.costMultiplier == 0 && third.loop.learner.state.cost == nil)
    }

    @Test func aGoalIsReachedWithinTheLimitAlone() throws {
        var settings = RunSettings()
        (settings.goal.meanReturn, settings.cost.limit) = (10, 1)
        func reached(_ mean: Float, cost: [Float]) -> Bool {
            let version = ParameterVersion(generation: 1, update: 1)
            let report = EvaluationReport(identifier: 1, version: version, returns: [mean, mean], measures: cost)
            return settings.isGoalReached(by: EvaluationSummary(report, ["cost"]))
        }
        #expect(reached(11, cost: [0, 2]) && !reached(11, cost: [1, 2]) && !reached(9, cost: [0, 0]))
        settings.cost.limit = nil
        #expect(reached(11, cost: [1, 2]))
    }

    @Test func aLimitWhereNothingCostsIsToldInALine() throws {
        func message(_ environment: EnvironmentSpec) throws -> String? {
            var settings = RunSettings()
            try settings.apply(assignments: ["cost.limit=0.5"])
            do throws(ConfigurationError) { try settings.check(environment: environment) } catch { return error.message }
            return nil
        }
        var environment = EnvironmentSpec(name: "x", observation: ObservationSpec(shape: [4]), action: .discrete(2))
        #expect(
            try message(environment)
                == "cost.limit is 0.5, and steps of x have no costs: choose an environment that tells them (of gymnasium name the number of info by environment.cost), or leave cost.limit out"
        )
        environment.tellsCost = true
        #expect(try message(environment) == nil)
    }
}
