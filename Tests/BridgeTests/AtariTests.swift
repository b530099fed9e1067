import Foundation
import StarlingEnvironments
import Testing

/// Atari as the wrapper `Atari` has it, against Gymnasium's AtariPreprocessing (Fixtures/gymnasium/atari_by_hand.py).
@Suite(.enabled(if: TestPython.hasAtari, "python3 has no ale_py and cv2: STARLING_TEST_PYTHON names one that has"))
struct AtariTests {
    private struct Task: Encodable {
        let id: String
        let stickiness: Double
        let seeds: [UInt64]
        let actions: [Int32]
    }

    /// Rewards and endings are the same, and pixels within one grey level.
    @Test(arguments: [("ALE/Pong-v5", 0, 1_200), ("ALE/Breakout-v5", 0.25, 600), ("ALE/MsPacman-v5", 0.25, 700)])
    func rowsAreThoseOfAtariPreprocessing(id: String, stickiness: Double, rows: Int) throws {
        let batch = try world(id, stickiness).batches(width: 1)[0]
        #expect(batch.spec.observation.shape == [1, 84, 84] && batch.spec.observation.scalar == .uint8)
        guard case .discrete(let count) = batch.spec.action else {
            Issue.record("\(batch.spec.action)")
            return
        }
        var random = SeededGenerator(seed: 3)
        let actions = (0..<rows).map { _ in Int32(random.below(count)) }
        var played = try Played(batch, seeds: [7])
        for action in actions { try played.step(batch, [action]) }
        let task = Task(
            id: id, stickiness: stickiness, seeds: (0..<64).map { Seed.episode($0, of: 7) & 0x7FFF_FFFF }, actions: actions)
        let expected = try PicturesByHand.rows("atari_by_hand.py", task)
        #expect(played.rewards.map { $0[0] } == expected.rewards)
        #expect(played.kinds.map { $0[0] } == expected.kinds)
        #expect(expected.kinds.contains(1), "no episode ended")
        let (worst, seen) = expected.compared(with: played)
        #expect(worst <= 1 && seen.count > 20, "\(worst) of \(seen.count) levels")
    }

    /// ALE's own vector form as the wrapper stands for it: one frame, rewards as they are.
    @Test func theVectorFormIsStepped() throws {
        let world = World("id=ALE/Pong-v5", "module=ale_py", "wrappers=[Atari]", "vectorised=true", modules: ["ale_py": nil])
        let batch = try world.batches(width: 2)[0]
        #expect(batch.spec.observation.shape == [1, 84, 84])
        var played = try Played(batch, seeds: [1, 2])
        for row in 0..<1_100 { try played.step(batch, (0..<2).map { Int32((row / 7 + $0) % 6) }) }
        #expect(played.episodes.count >= 2 && played.episodes.allSatisfy { (-21...21).contains($0.episode.episodeReturn) })
        for (before, kinds) in zip(played.kinds, played.kinds.dropFirst()) {
            for lane in 0..<2 { #expect((kinds[lane] == 3) == (before[lane] == 1 || before[lane] == 2)) }
        }
    }

    @Test func whatIsNoGameIsRefused() throws {
        let world = World("id=CartPole-v1", "wrappers=[Atari]")
        #expect { try world.batches(width: 1) } throws: { "\($0)".contains("Atari wraps games of ale_py") }
    }

    private func world(_ id: String, _ stickiness: Double) -> World {
        World(
            "id=\(id)", "module=ale_py", "wrappers=[Atari]", "kwargs.repeat_action_probability=\(stickiness)", modules: ["ale_py": nil])
    }
}
