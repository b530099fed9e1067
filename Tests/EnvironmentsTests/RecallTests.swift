import StarlingEnvironments
import StarlingExperience
import Testing

@Suite struct RecallTests {
    @Test func aCueIsShownOnceAndAskedForAtTheJunction() {
        var world = Recall()
        var row = [Float](repeating: 9, count: 5)
        for seed in 0..<50 as Range<UInt64> {
            var observation = row.mutableSpan
            world.reset(seed: seed, into: &observation)
            #expect(row == (0..<5).map { $0 == world.cue ? 1 : 0 })
            let answer = seed % 3 == 0 ? (world.cue + 1) % Recall.cues : world.cue
            for step in 1...Recall.delay {
                // What is done on the way doesn't matter.
                var observation = row.mutableSpan
                #expect(world.step(Int(seed) % Recall.cues, into: &observation) == StepResult(reward: 0))
                #expect(row == [0, 0, 0, 0, step == Recall.delay ? 1 : 0])
            }
            var end = row.mutableSpan
            #expect(world.step(answer, into: &end) == StepResult(reward: answer == world.cue ? 1 : 0, ending: .terminated))
        }
    }

    @Test func cuesAreUniform() {
        var world = Recall()
        var row = [Float](repeating: 0, count: 5)
        var counts = [Int](repeating: 0, count: Recall.cues)
        for seed in 0..<4000 as Range<UInt64> {
            var observation = row.mutableSpan
            world.reset(seed: seed, into: &observation)
            counts[world.cue] += 1
        }
        // 1000 expected; 5 standard deviations are 137.
        #expect(counts.allSatisfy { abs($0 - 1000) < 137 }, "\(counts)")
    }
}
