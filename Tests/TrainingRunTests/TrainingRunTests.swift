import Foundation
import StarlingEnvironments
import StarlingTrainingRun
import Testing

@Suite struct TrainingRunTests {
    /// Rewards and observations of one episode.
    private func play(_ settings: TrainingRun.Settings, seed: UInt64, _ choose: (Int) -> Int) throws -> (
        rewards: [Float], observations: [[Float]]
    ) {
        let data = TestDigits.data
        var run = TrainingRun(settings) { try data.get() }
        try run.prepare()
        var observation = [Float](repeating: .nan, count: run.observationShape[0])
        var rewards: [Float] = []
        var span = observation.mutableSpan
        run.reset(seed: seed, into: &span)
        var observations = [observation]
        for decision in 0..<settings.decisions {
            var span = observation.mutableSpan
            let result = run.step(choose(decision), into: &span)
            rewards.append(result.reward)
            observations.append(observation)
            if result.ending == .terminated { break }
        }
        return (rewards, observations)
    }

    private var short: TrainingRun.Settings {
        var settings = TrainingRun.Settings()
        (settings.decisions, settings.updatesPerDecision) = (5, 20)
        return settings
    }

    /// Undiscounted, they are what the validation gained from before the first update to behind the last, whatever was chosen.
    @Test func rewardsAddUpToWhatTheTrainingGained() throws {
        let choices = [4, 4, 2, 0, 1]
        let (rewards, observations) = try play(short, seed: 5) { choices[$0] }
        #expect(rewards.count == 5 && observations.allSatisfy { $0.allSatisfy(\.isFinite) })
        let instance = TrainingInstance(episode: 5, .train, .mixed)
        let outcome = Schedule.chosen(choices).train(instance, TrainingFactory(try TestDigits.data.get()), short)
        #expect(abs(Double(rewards.reduce(0, +)) - outcome.gain) < 1e-3)
        let factors: [Float] = [2, 4, 4, 2, 1.42]
        // Norms of gradients beside the first, and beside those of the decision before.
        for (before, after) in zip(observations, observations.dropFirst()) { #expect(abs(after[6] - (after[5] - before[5])) < 1e-4) }
        for (rate, factor) in zip(outcome.rates, factors) { #expect(abs(rate / (instance.rate * factor) - 1) < 1e-5) }
    }

    /// Undiscounted, they are then what was gained beyond a cosine of the same instance.
    @Test func rewardsBeyondAReferenceAddUpToTheDifference() throws {
        var settings = short
        (settings.factors, settings.reference) = ([.level], 0.02)
        let choices = [8, 9, 9, 6, 3]
        let (rewards, _) = try play(settings, seed: 5) { choices[$0] }
        let (instance, trainings) = (TrainingInstance(episode: 5, .train, .mixed), TrainingFactory(try TestDigits.data.get()))
        let chosen = Schedule.chosen(choices).train(instance, trainings, settings)
        let cosine = Schedule.cosine(0.02).train(instance, trainings, settings)
        #expect(abs(Double(rewards.reduce(0, +)) - (chosen.gain - cosine.gain)) < 1e-3)
        #expect(abs(chosen.gain - cosine.gain) > 0.01, "else nothing was told")
        for (rate, level) in zip(chosen.rates, [-2, -1.75, -1.75, -2.5, -3.25]) { #expect(abs(log10(Double(rate)) - level) < 1e-5) }
        #expect(cosine.rates.first == 0.02)
    }

    @Test func aHeldRateFallsAsACosineDoesWhenItsTimeIsOver() throws {
        let instance = TrainingInstance(episode: 5, .train, .mixed)
        let rates = Schedule.held(0.02).train(instance, TrainingFactory(try TestDigits.data.get()), short).rates
        let fallen: [Float] = [0.02, 0.02, 0.02, 0.015, 0.005]
        for (rate, expected) in zip(rates, fallen) { #expect(abs(rate - expected) < 1e-6, "\(rates)") }
    }

    /// Smaller β alone makes the loss smaller, and the reward no larger: it is judged at β = 1.
    @Test func aSmallWeightOfTheDivergenceIsNoGain() throws {
        var settings = TrainingRun.Settings()
        settings.factors = [.beta]
        let factor = ControlFactor.beta
        let (kept, _) = try play(settings, seed: 3) { _ in factor.unchanged }
        let (lowered, observations) = try play(settings, seed: 3) { _ in 0 }
        #expect(lowered.reduce(0, +) < kept.reduce(0, +) - 0.5)
        #expect(observations.last!.last! < -4)
    }

    /// Steps of momentum at the largest rates there are, with hardly a limit of the gradients.
    @Test func aTrainingThatDivergesEndsAtACost() throws {
        var settings = TrainingRun.Settings()
        settings.factors = [.rate, .clip, .rule]
        let fast = try #require((0..<100).first { TrainingInstance(episode: $0, .train, .mixed).rate > 0.08 })
        let (rewards, _) = try play(settings, seed: fast) { _ in 4 + 5 * (2 + 3 * 2) }
        #expect(rewards.count < settings.decisions, "\(rewards)")
        #expect(try #require(rewards.last) < -5)
    }

    @Test func eachActionIsAnotherChoiceOfAllFactors() {
        for (first, count) in [(ControlFactor.rate, 135), (.level, 351)] {
            let factors = [first, .beta, .clip, .rule]
            let all = Set(
                (0..<factors.actionCount).map { action in
                    // No level.
                    var controls = Controls(rate: 0.02)
                    factors.apply(action, to: &controls)
                    return controls
                })
            #expect(factors.actionCount == count && all.count == count)
        }
        var unchanged = Controls(rate: 0.01)
        [ControlFactor.rate].apply(ControlFactor.rate.unchanged, to: &unchanged)
        #expect(unchanged == Controls(rate: 0.01))
    }

    /// What a policy was trained on is nothing that it is judged by.
    @Test func partsHaveNoInstanceInCommon() {
        let numbers = TrainingInstance.Part.allCases.map { part in
            Set((0..<2000).map { TrainingInstance(episode: $0, part, .mixed).seed })
        }
        #expect(numbers.allSatisfy { $0.count == 2000 } && numbers[0].isDisjoint(with: numbers[1]))
        let (low, high) = TrainingInstance.rateExponents
        for episode in 0..<200 as Range<UInt64> {
            let instance = TrainingInstance(episode: episode, .test, .reference)
            #expect((instance.width, instance.latentCount, instance.batch) == (64, 8, 64))
            #expect(instance.rate >= Float(1e-4) * 0.999 && instance.rate <= 0.1001, "10^\(low) to 10^\(high)")
        }
    }

    @Test func optionsAreTakenOrRefusedByName() throws {
        var options = EnvironmentOptions()
        _ = options.set(assignment: "actions=[rate,beta]")
        _ = options.set(assignment: "part=test")
        var settings = TrainingRun.Settings()
        try settings.take(options)
        #expect(settings.factors == [.rate, .beta] && settings.part == .test && settings.factors.actionCount == 15)
        let refused = [
            "actions=[speed]", "actions=[rate,rate]", "actions=[rate,level]", "reference=2", "decisions=0", "data=5", "part=some",
        ]
        for wrong in refused {
            var options = EnvironmentOptions()
            _ = options.set(assignment: wrong)
            let error = #expect(throws: EnvironmentError.self) { try settings.take(options) }
            #expect(error?.message.contains("environment.\(wrong.prefix { $0 != "=" })") == true)
        }
    }

    @Test func itKeepsToWhatIsAskedOfAnEnvironment() {
        let (settings, data) = (short, TestDigits.data)
        let entry = EnvironmentRegistry.Entry("run") { TrainingRun(settings) { try data.get() } }
        #expect(EnvironmentConformance(entry, options: EnvironmentOptions(), steps: 20) { _ in }.violations.isEmpty)
    }
}
