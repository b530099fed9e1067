import StarlingEnvironments
import StarlingExperience
import Testing

@Suite struct DistractedTests {
    private static let count = Catch.rows * Catch.columns

    /// Observations and results of an episode of nine moves.
    private func play<E: Environment>(_ made: E, seed: UInt64, action: Int = 2) -> ([[UInt8]], [StepResult]) where E.Scalar == UInt8 {
        var environment = made
        var frame = [UInt8](repeating: 7, count: made.observationShape.reduce(1, *))
        var (frames, results): ([[UInt8]], [StepResult]) = ([], [])
        do {
            var span = frame.mutableSpan
            environment.reset(seed: seed, into: &span)
        }
        frames.append(frame)
        for _ in 0..<9 {
            do {
                var span = frame.mutableSpan
                results.append(environment.step(action, into: &span))
            }
            frames.append(frame)
        }
        return (frames, results)
    }

    @Test func theTaskIsTheSameAndTheRestIsNoise() {
        let (plain, results) = play(Catch(), seed: 5)
        let (frames, others) = play(Distracted(Catch(), planes: 3, levels: 2), seed: 5)
        #expect(results == others)
        #expect(frames.map { Array($0[..<Self.count]) } == plain)
        let noise = frames.map { Array($0[Self.count...]) }
        #expect(noise.allSatisfy { $0.count == 3 * Self.count && $0.allSatisfy { $0 < 2 } })
        // 1,500 fair coins: 0.5 ± 6 standard deviations.
        let ones = noise.joined().reduce(0) { $0 + Int($1) }
        #expect((634...866).contains(ones), "\(ones)")
        #expect(Set(noise).count == noise.count)
    }

    @Test func allLevelsOccur() {
        let (frames, _) = play(Distracted(CartPolePixels(), planes: 1, levels: 256), seed: 1)
        #expect(Set(frames.joined()).count == 256)
        let (few, _) = play(Distracted(Catch(), planes: 3, levels: 3), seed: 1)
        #expect(Set(few.map { $0[Self.count...] }.joined()) == [0, 1, 2])
    }

    @Test func aSeedGivesTheSameNoiseAndASavedStateGoesOnWithIt() throws {
        let environment = Distracted(Catch(), planes: 1, levels: 2)
        #expect(play(environment, seed: 9).0 == play(environment, seed: 9).0)
        #expect(play(environment, seed: 9).0 != play(environment, seed: 10).0)
        var (one, other) = (environment, environment)
        var (a, b) = ([UInt8](repeating: 0, count: 100), [UInt8](repeating: 0, count: 100))
        func step(_ environment: inout Distracted<Catch>, _ frame: inout [UInt8], resets: Bool) {
            var span = frame.mutableSpan
            if resets { environment.reset(seed: 4, into: &span) } else { _ = environment.step(0, into: &span) }
        }
        step(&one, &a, resets: true)
        step(&one, &a, resets: false)
        let state = try #require(one.savedState())
        let restored = other.restore(from: state)
        #expect(restored)
        step(&one, &a, resets: false)
        step(&other, &b, resets: false)
        #expect(a == b)
        let refused = other.restore(from: Array(state.dropLast()))
        #expect(!refused)
    }

    /// Of both, exactly one can be won with the paddle in a column: the middle alone is its own opposite.
    @Test func oppositeWantsTheOtherSide() {
        for seed in 0..<20 {
            let (frames, results) = play(Catch(), seed: UInt64(seed))
            let (same, others) = play(OppositeCatch(), seed: UInt64(seed))
            #expect(frames == same)
            let ball = frames[0].firstIndex(of: 1)! % Catch.columns
            // The paddle went right all the way.
            #expect(results.last?.reward == (ball == 4 ? 1 : -1) && others.last?.reward == (ball == 0 ? 1 : -1))
            #expect(others.last?.ending == .terminated && others.dropLast().allSatisfy { $0.reward == 0 })
        }
    }
}
