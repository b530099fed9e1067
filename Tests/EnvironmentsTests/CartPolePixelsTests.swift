import StarlingEnvironments
import StarlingExperience
import Testing

@Suite struct CartPolePixelsTests {
    private func action(_ t: Int, _ environment: Int) -> Int32 { Int32((t * 7 + environment * 3) % 5 / 3) }

    /// The same seeds and actions give the same rewards, ends and episodes; the pictures are those of its states.
    @Test func itsEpisodesAreThoseOfCartPole() throws {
        let (steps, count) = (2000, 4)
        let seeds = (0..<count).map { UInt64($0 + 11) }
        let pixels = try EnvironmentRegistry.builtIn.entry(named: "CartPole-pixels").makeBatch(count: count)
        let plain = try EnvironmentRegistry.builtIn.entry(named: "CartPole-v1").makeBatch(count: count)
        var seen = Rows<UInt8>(reset: pixels, seeds: seeds)
        var expected = Rows<Float>(reset: plain, seeds: seeds)
        for t in 0..<steps {
            let actions = (0..<count).map { action(t, $0) }
            seen.step(pixels, actions: actions)
            expected.step(plain, actions: actions)
        }
        #expect(seen.rewards == expected.rewards && seen.kinds == expected.kinds)
        #expect(seen.episodes.map(\.episode) == expected.episodes.map(\.episode))
        #expect(seen.episodes.map(\.environment) == expected.episodes.map(\.environment))
        #expect(seen.episodes.count > 20)
    }

    @Test func showsTheCurrentState() {
        var world = CartPolePixels()
        // What was there before must not show through.
        var row = [UInt8](repeating: 200, count: CartPoleFrame.byteCount)
        var observation = row.mutableSpan
        world.reset(seed: 5, into: &observation)
        #expect(row == world.pole.state.frame)
        var plain = CartPole()
        var numbers = [Float](repeating: 0, count: 4)
        var values = numbers.mutableSpan
        plain.reset(seed: 5, into: &values)
        for t in 0..<10 {
            #expect(world.pole.state == plain.state)
            let before = plain.state
            row = [UInt8](repeating: 200, count: row.count)
            var observation = row.mutableSpan
            let result = world.step(t & 1, into: &observation)
            var values = numbers.mutableSpan
            #expect(result == plain.step(t & 1, into: &values))
            #expect(row == plain.state.frame)
            #expect(before.frame != plain.state.frame)
        }
    }

    @Test func itsTimeLimitIsCartPoles() {
        var world = CartPolePixels()
        world.pole.steps = 499
        var row = [UInt8](repeating: 0, count: CartPoleFrame.byteCount)
        var observation = row.mutableSpan
        #expect(world.step(1, into: &observation) == StepResult(reward: 1, ending: .truncated))
    }

    @Test func drawsItsFrame() {
        var world = CartPolePixels()
        world.pole.state.x = 1
        let expected = world.pole.state.frame.flatMap { [$0, $0, $0] }
        #expect(world.picture == .pixels(width: 32, height: 32, rgb: expected))
    }
}
