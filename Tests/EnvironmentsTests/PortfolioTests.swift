import StarlingEnvironments
import StarlingExperience
import Testing

@Suite struct PortfolioTests {
    /// What an episode with a policy of what is observed ends with.
    private func play(_ part: Portfolio.Part, _ seed: UInt64, _ policy: ([Float]) -> Float) -> Double {
        var world = Portfolio(part)
        var row = [Float](repeating: 9, count: 4)
        var observation = row.mutableSpan
        world.reset(seed: seed, into: &observation)
        var sum = 0.0
        while true {
            let share = min(1.5, max(-0.5, policy(row)))
            var observation = row.mutableSpan
            let result = world.step([share].span, into: &observation)
            sum += Double(result.reward)
            guard result.ending == .none else { return sum }
        }
    }

    private func merton(_ row: [Float]) -> Float {
        let (drift, deviation) = (0.1 * row[0], 0.25 * row[1])
        return drift / (3 * deviation * deviation)
    }

    private func mean(_ part: Portfolio.Part, _ utility: (Portfolio.Market) -> Double) -> Double {
        (0..<Portfolio.marketCount).reduce(0) { $0 + utility(.init($1, of: part)) } / Double(Portfolio.marketCount)
    }

    /// The closed form, and episodes that are played.
    @Test func theClosedFormIsWhatIsEarned() {
        for (policy, expected) in [
            (merton, mean(.test) { $0.bestUtility }),
            ({ _ in 0.4 }, mean(.test) { $0.expectedUtility(of: (Double(Float(0.4)), Double(Float(0.4)))) }),
            ({ _ in 0 }, 0),
        ] as [(([Float]) -> Float, Double)] {
            let utilities = (0..<60_000).map { play(.test, UInt64($0), policy) }
            let mean = utilities.reduce(0, +) / 60_000
            let variance = utilities.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 60_000
            #expect(abs(mean - expected) <= 4 * (variance / 60_000).squareRoot() + 1e-9, "\(mean), not \(expected)")
        }
    }

    /// Nothing near Merton's share is better, in any market; and no share that is always the same comes near it.
    @Test func mertonIsBest() {
        for index in 0..<200 {
            let market = Portfolio.Market(index, of: .test)
            let best = market.bestUtility
            for step in [-0.05, 0.05] {
                for isSecond in [false, true] {
                    var shares = (market.mertonShare(false), market.mertonShare(true))
                    if isSecond { shares.1 += step } else { shares.0 += step }
                    guard Portfolio.shares.contains(shares.0), Portfolio.shares.contains(shares.1) else { continue }
                    #expect(market.expectedUtility(of: shares) < best)
                }
            }
        }
        let optimum = mean(.test) { $0.bestUtility }
        let fixed = stride(from: -0.5, through: 1.5, by: 0.01).map { share in mean(.test) { $0.expectedUtility(of: (share, share)) } }
            .max()!
        // The page on portfolios has these.
        #expect(abs(optimum - 0.1024) < 1e-4 && abs(fixed - 0.0379) < 2e-4, "optimum \(optimum), best fixed share \(fixed)")
    }

    @Test func testMarketsAreOthers() {
        let known = Set((0..<Portfolio.marketCount).map { Portfolio.Market($0, of: .train).bestUtility })
        #expect((0..<Portfolio.marketCount).allSatisfy { !known.contains(Portfolio.Market($0, of: .test).bestUtility) })
    }
}
