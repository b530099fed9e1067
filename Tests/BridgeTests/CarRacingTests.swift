import StarlingEnvironments
import Testing

/// CarRacing as the wrapper `CarRacing` has it, against Gymnasium's own frames (Fixtures/gymnasium/car_by_hand.py).
@Suite(.enabled(if: TestPython.hasCars, "python3 has no Box2D, pygame and cv2: STARLING_TEST_PYTHON names one that has"))
struct CarRacingTests {
    private struct Task: Encodable {
        let limit: Int
        let seeds: [UInt64]
        let actions: [Int32]
    }

    /// Rewards and endings are the same, and pixels within one level, though three of four frames aren't drawn. Episodes end amid a step.
    @Test func rowsAreThoseOfEveryFourthFrame() throws {
        let (limit, rows) = (122, 50)
        let world = World(
            "id=CarRacing-v3", "wrappers=[CarRacing]", "kwargs.continuous=false", "kwargs.max_episode_steps=\(limit)")
        let batch = try world.batches(width: 1)[0]
        #expect(batch.spec.observation.shape == [3, 64, 64] && batch.spec.observation.scalar == .uint8)
        var random = SeededGenerator(seed: 3)
        // Mostly gas.
        let actions = (0..<rows).map { _ in Int32([0, 1, 2, 3, 3, 3, 3, 4][random.below(8)]) }
        var played = try Played(batch, seeds: [7])
        for action in actions { try played.step(batch, [action]) }
        let task = Task(limit: limit, seeds: (0..<4).map { Seed.episode($0, of: 7) & 0x7FFF_FFFF }, actions: actions)
        let expected = try PicturesByHand.rows("car_by_hand.py", task)
        #expect(zip(played.rewards, expected.rewards).allSatisfy { abs($0[0] - $1) < 1e-5 })
        #expect(played.kinds.map { $0[0] } == expected.kinds)
        #expect(expected.kinds.contains(2) && expected.rewards.contains { $0 > 1 }, "no episode ended, or no tile was passed")
        let (worst, levels) = expected.compared(with: played)
        #expect(worst <= 1 && levels.count > 20, "\(worst) of \(levels.count) levels")
    }

    @Test func whatIsNoCarIsRefused() throws {
        let world = World("id=CartPole-v1", "wrappers=[CarRacing]")
        #expect { try world.batches(width: 1) } throws: { "\($0)".contains("CarRacing wraps CarRacing of gymnasium[box2d]") }
    }
}
