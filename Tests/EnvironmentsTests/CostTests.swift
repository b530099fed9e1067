import StarlingEnvironments
import StarlingExperience
import Testing

/// Steps whose cost is their number within the episode, which three end.
private struct Tolls: Environment, BitwiseCopyable {
    var observationShape: [Int] { [1] }
    var action: ActionSpec { .discrete(2) }
    var tellsCost = true
    /// Else they terminate.
    var truncates = false
    var steps = 0

    mutating func reset(seed: UInt64, into observation: inout MutableSpan<Float>) { (steps, observation[0]) = (0, 0) }

    mutating func step(_ action: Int, into observation: inout MutableSpan<Float>) -> StepResult {
        steps += 1
        observation[0] = Float(steps)
        return StepResult(reward: 1, ending: steps < 3 ? .none : truncates ? .truncated : .terminated, cost: Float(steps * action))
    }
}

@Suite struct CostTests {
    private func costs(of batch: any EnvironmentBatch) -> [Float] {
        var costs = [Float](repeating: 77, count: batch.count)
        costs.withUnsafeMutableBufferPointer { batch.writeCosts(into: $0) }
        return costs
    }

    /// The last row of a truncated episode is no step and costs nothing; what an episode cost is told with it.
    @Test(arguments: [false, true])
    func costsAreOfTheStepAndTheirSumOfTheEpisode(truncates: Bool) throws {
        let entry = EnvironmentRegistry.Entry("tolls") { Tolls(truncates: truncates) }
        #expect(entry.spec.tellsCost && entry.spec.measures == ["cost"])
        let batch = try entry.makeBatch(count: 2)
        var rows = Rows<Float>(reset: batch, seeds: [1, 2])
        var told: [[Float]] = []
        for _ in 0..<7 {
            rows.step(batch, actions: [1, 0])
            told.append(costs(of: batch))
        }
        let own: [Float] = truncates ? [1, 2, 3, 0, 1, 2, 3] : [1, 2, 3, 1, 2, 3, 1]
        let expected: [[Float]] = own.map { [$0, 0] }
        let measures: [[Float]] = rows.episodes.map { $0.episode.measures }
        #expect(told == expected)
        #expect(measures == [[6], [0], [6], [0]])
    }

    /// With what the open episode has cost so far.
    @Test func aBatchSavesWhatItsEpisodesHaveCost() throws {
        let entry = EnvironmentRegistry.Entry("tolls") { Tolls() }
        let (batch, copy) = (try entry.makeBatch(count: 1), try entry.makeBatch(count: 1))
        var rows = Rows<Float>(reset: batch, seeds: [1])
        for _ in 0..<2 { rows.step(batch, actions: [1]) }
        var others = Rows<Float>(reset: copy, seeds: [5])
        try copy.restore(from: #require(batch.savedState()))
        let last = costs(of: copy)
        #expect(last == [2])
        others.step(copy, actions: [1])
        let measures: [[Float]] = others.episodes.map { $0.episode.measures }
        #expect(measures == [[6]])
    }

    @Test func aCostThatWasNotAnnouncedStopsTheProgram() async {
        await #expect(processExitsWith: .failure) {
            let batch = try EnvironmentRegistry.Entry("tolls") { Tolls(tellsCost: false) }.makeBatch(count: 1)
            var rows = Rows<Float>(reset: batch, seeds: [1])
            rows.step(batch, actions: [1])
        }
    }

    @Test func slipperyRoadsConform() { #expect(EnvironmentConformance { SlipperyRoad() }.violations.isEmpty) }

    /// By duality: a limit's optimum is the least bound `max_π E[Σ r − ν c] + ν d` that any ν gives, whose maximum every stretch has for itself.
    @Test(arguments: [0, 0.05, 0.4, 0.9, 1.4, 3, 8.39, 8.41])
    func theOptimumIsThatOfTheDual(limit: Double) {
        func bound(_ multiplier: Double) -> Double {
            let best = SlipperyRoad.hazards.map { hazard in
                (0..<SlipperyRoad.speeds).map { Double($0) - multiplier * hazard * Double($0 * $0) }.max()!
            }
            return best.reduce(0, +) * Double(SlipperyRoad.stretches) / 3 + multiplier * limit
        }
        let optimum = SlipperyRoad.optimum(limit: limit)
        let least = (0...20_000).map { bound(Double($0) / 100) }.min()!
        #expect(abs(optimum.meanReturn - least) < 0.01, "\(optimum) against \(least)")
        #expect(abs(bound(optimum.multiplier) - optimum.meanReturn) < 1e-9)
    }

    /// Of the speeds 3, 2 and 0, by ground: 20 · (0.01·9 + 0.03·4)/3 = 1.4.
    @Test func skidsAreAsFrequentAsTheGroundSays() throws {
        let batch = try EnvironmentRegistry.Entry("road") { SlipperyRoad() }.makeBatch(count: 64)
        var rows = Rows<Float>(reset: batch, seeds: (0..<64).map { UInt64($0) })
        for _ in 0..<20 * 60 {
            let seen = rows.observations.last!
            let speeds: [Int32] = [3, 2, 0]
            rows.step(batch, actions: (0..<64).map { place in speeds[(0..<3).first { seen[3 * place + $0] == 1 }!] })
        }
        let costs: [Float] = rows.episodes.map { $0.episode.measures[0] }
        #expect(costs.count == 64 * 60)
        let mean = costs.reduce(0, +) / Float(costs.count)
        #expect(abs(mean - 1.4) < 0.1)
    }
}
