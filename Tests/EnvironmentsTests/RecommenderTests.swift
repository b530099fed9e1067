import StarlingEnvironments
import StarlingExperience
import Testing

/// Against what is known of RecSim's environments from elsewhere.
@Suite struct RecommenderTests {
    /// Mean and standard error of the returns of so many episodes.
    private func returns(_ episodes: Int, _ play: (UInt64) -> Double) -> (mean: Double, error: Double) {
        let returns = (0..<episodes).map { play(UInt64($0)) }
        let mean = returns.reduce(0, +) / Double(episodes)
        let variance = returns.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(episodes - 1)
        return (mean, (variance / Double(episodes)).squareRoot())
    }

    /// Dynamic programming over the exposure (an oracle in another language) gives these expectations.
    @Test(arguments: [
        (0.9, 0.1, 481.2, 1631.5, 1004.0), (0.7, 0.01, 1158.7, 754.3, 968.2), (0.9, 0.05, 732.6, 1109.1, 977.1),
        (0.7, 0.1, 818.5, 1000.3, 980.6),
    ])
    func satisfactionEarnsWhatTheEquationsSay(memory: Double, sensitivity: Double, clickbait: Double, other: Double, atRandom: Double) {
        for (rule, expected) in [(1, clickbait), (0, other), (nil, atRandom)] as [(Int?, Double)] {
            let (mean, error) = returns(4_000) { seed in
                var world = LongTermSatisfaction(memory: memory, sensitivity: sensitivity)
                var random = SeededGenerator(seed: Seed.mix(seed, 9))
                return play(&world, seed) { _ in rule ?? random.below(2) }
            }
            // The oracle's grid is good to about 0.1 %.
            #expect(abs(mean - expected) < 4 * error + 0.001 * expected, "\(rule ?? -1): \(mean) ± \(error), not \(expected)")
        }
    }

    /// Clickbait in the last steps alone, which nothing follows, is better than none: towards the optimum of 1,701.9.
    @Test func theLastStepsPayForThemselves() {
        let (mean, error) = returns(20_000) { seed in
            var world = LongTermSatisfaction()
            return play(&world, seed) { $0[0] < 8.5 / 60 ? 1 : 0 }
        }
        #expect(mean > 1631.5 + 4 * error && mean < 1701.9 + 4 * error, "\(mean) ± \(error)")
    }

    @Test func hiddenArticlesAreShuffled() {
        var world = LongTermSatisfaction(isHidden: true)
        var row = [Float](repeating: 9, count: 4)
        var swapped = 0
        for seed in 0..<1_000 as Range<UInt64> {
            var observation = row.mutableSpan
            world.reset(seed: seed, into: &observation)
            #expect(row == [1, 0, 0, 0])
            swapped += world.clickbaitAction == 0 ? 1 : 0
        }
        #expect(abs(swapped - 500) < 80)
    }

    private func play(_ world: inout LongTermSatisfaction, _ seed: UInt64, _ policy: ([Float]) -> Int) -> Double {
        var row = [Float](repeating: 9, count: 4)
        var observation = row.mutableSpan
        world.reset(seed: seed, into: &observation)
        var sum = 0.0
        while true {
            let action = policy(row)
            var observation = row.mutableSpan
            let result = world.step(action, into: &observation)
            sum += Double(result.reward)
            guard result.ending == .none else { return sum }
        }
    }

    // MARK: Slates

    /// What the paper's table has: 159.2 at random and 166.3 for what is clicked most, and the quality of what is watched, −0.593, all of a
    /// thousand of its users or so.
    @Test func slatesEarnWhatIsPublished() {
        var random = SeededGenerator(seed: 5)
        let atRandom = returns(3_000) { playSlates($0) { _ in [0, 1, 2].map { Int32((random.below(3) + 3 * $0)) } } }
        #expect(abs(atRandom.mean - 159.2) < 4 * atRandom.error + 1.6, "\(atRandom)")
        let clicked = returns(3_000) { seed in
            playSlates(seed) { world in
                let order = world.videos.indices.sorted { world.interests[world.videos[$0]] > world.interests[world.videos[$1]] }
                return order.prefix(3).map { Int32($0) }
            }
        }
        #expect(abs(clicked.mean - 166.3) < 4 * clicked.error + 1.6, "\(clicked)")
        // As nobody there did: always the best topics.
        let best = returns(1_000) { seed in
            playSlates(seed) { world in
                world.videos.indices.sorted { world.videos[$0] > world.videos[$1] }.prefix(3).map { Int32($0) }
            }
        }
        #expect(abs(best.mean - 264) < 10, "\(best)")
    }

    @Test func aVideoThatIsNamedTwiceIsShownOnce() {
        // Alone it is watched with probability (i + 1)/(i + 3).
        let watched = (0..<4_000 as Range<UInt64>).map { seed in
            var world = InterestEvolution()
            var row = [UInt8](repeating: 0, count: 292)
            var observation = row.mutableSpan
            world.reset(seed: seed, into: &observation)
            let interest = world.interests[world.videos[4]]
            var after = row.mutableSpan
            let shown: [Int32] = [4, 4, 4]
            let reward = world.step(shown.span, into: &after).reward
            return (reward > 0 ? 1 : 0) - (interest + 1) / (interest + 3)
        }
        #expect(abs(watched.reduce(0, +) / 4_000) < 4 * 0.5 / 4_000.0.squareRoot())
    }

    private func playSlates(_ seed: UInt64, _ policy: (InterestEvolution) -> [Int32]) -> Double {
        var world = InterestEvolution()
        var row = [UInt8](repeating: 9, count: 292)
        var observation = row.mutableSpan
        world.reset(seed: seed, into: &observation)
        var sum = 0.0
        while true {
            let action = policy(world)
            var observation = row.mutableSpan
            let result = world.step(action.span, into: &observation)
            sum += Double(result.reward)
            guard result.ending == .none else { return sum }
        }
    }
}
