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

    private struct Rows: Decodable {
        let observations: [String]
        let rewards: [Float]
        let kinds: [UInt8]

        /// Of a row: the pixels.
        func pixels(_ row: Int) -> [Int] {
            let text = Array(observations[row].utf8)
            func nibble(_ byte: UInt8) -> Int { Int(byte < 97 ? byte - 48 : byte - 87) }
            return stride(from: 0, to: text.count, by: 2).map { nibble(text[$0]) << 4 | nibble(text[$0 + 1]) }
        }
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
        let oracle = TestPython.folder.appending(path: "atari_by_hand.py").path
        let input = String(decoding: try JSONEncoder().encode(task), as: UTF8.self)
        let expected = try JSONDecoder().decode(Rows.self, from: TestPython.run([oracle], input))
        #expect(played.rewards.map { $0[0] } == expected.rewards)
        #expect(played.kinds.map { $0[0] } == expected.kinds)
        #expect(expected.kinds.contains(1), "no episode ended")
        var (worst, seen) = (0, Set<Int>())
        for row in 0...rows {
            let pixels = expected.pixels(row)
            worst = max(worst, zip(played.observations[row], pixels).reduce(0) { max($0, abs(Int($1.0) - $1.1)) })
            seen.formUnion(pixels)
        }
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
