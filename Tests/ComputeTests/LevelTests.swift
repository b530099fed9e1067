import CStarlingKernels
import StarlingCompute
import Testing

/// Every level of CPU that this machine has gives the same bits. Serialized: the level is the process's. (Other tests may
/// run beside these, on any level: that is the point.)
@Suite(.serialized) struct LevelTests {
    @Test func aJointStepGivesTheSameBits() throws {
        let highest = starling_current_level()
        defer { _ = starling_choose_level(highest) }
        let models = [JointModel(), JointModel(observations: 7, hidden: [33, 20], latents: 5, actions: 3, isTanh: true)]
        for model in models {
            _ = starling_choose_level(highest)
            let expected = try WholeGraphTests.run(model, rows: 130)
            for level in [STARLING_LEVEL_BASE, STARLING_LEVEL_X86_64_V3] where starling_choose_level(level) != 0 {
                #expect(try WholeGraphTests.run(model, rows: 130) == expected, "level \(level.rawValue)")
            }
        }
    }

    @Test func theHostsKernelsGiveTheSameBits() {
        let highest = starling_current_level()
        defer { _ = starling_choose_level(highest) }
        let count = 5000
        var random = TestRandom(seed: 4)
        let x = (0..<count).map { _ in Float.random(in: -3...3, using: &random) }
        func all() -> [[UInt32]] {
            var p = x, m = x, v = x.map { $0 * $0 }
            starling_adam(&p, x, &m, &v, count, 1e-3, 0.9, 0.999, 1e-5, 2, 3, 0.7)
            var r = x, momentum = x, w = x.map { $0 * $0 }
            starling_rmsprop(&r, x, &momentum, &w, count, 1e-3, 0.9, 0.5, 1e-5, 0.7)
            var normals = [Float](repeating: 0, count: 1000)
            starling_gaussian((0..<200).map { $0 &* 77 }, (0..<200).map { $0 }, (0..<200).map { $0 }, 2, 200, 5, &normals)
            var action = [Int32](repeating: 0, count: 1000), logProbability = [Float](repeating: 0, count: 1000)
            starling_categorical(x, 1000, 5, 3, 4, 5, 6, &action, &logProbability)
            var wide = [Int32](repeating: 0, count: 200), wideLog = [Float](repeating: 0, count: 200)
            starling_categorical(x, 200, 25, 3, 4, 5, 6, &wide, &wideLog)
            var sample = [Float](repeating: 0, count: 999), density = [Float](repeating: 0, count: 333), acted = sample
            starling_diagonal_gaussian(x, 333, 3, STARLING_SQUASH_TANH, 3, 4, 5, 6, &sample, &density)
            starling_squash_actions(sample, 3, 333, 3, STARLING_SQUASH_TANH, [-1, 0, 2], [1, 5, 3], &acted)
            let sum = starling_sum_of_squares(x, count).bitPattern
            return [p, m, v, r, momentum, w, normals, logProbability, wideLog, sample, density, acted].map { $0.map(\.bitPattern) }
                + [action, wide].map { $0.map { UInt32(bitPattern: $0) } } + [[UInt32(truncatingIfNeeded: sum), UInt32(sum >> 32)]]
        }
        let expected = all()
        for level in [STARLING_LEVEL_BASE, STARLING_LEVEL_X86_64_V3] where starling_choose_level(level) != 0 {
            #expect(all() == expected, "level \(level.rawValue)")
        }
    }
}
