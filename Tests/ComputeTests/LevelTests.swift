import CStarlingKernels
import StarlingCompute
import Testing

/// Every level of CPU that this machine has gives the same bits. Serialized: the level is the process's. (Other tests may
/// run beside these, on any level: that is the point.)
@Suite(.serialized) struct LevelTests {
    @Test func aJointStepGivesTheSameBits() throws {
        let highest = starling_highest_level()
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

    @Test func poolingGivesTheSameBits() {
        let highest = starling_highest_level()
        defer { _ = starling_choose_level(highest) }
        var random = TestRandom(seed: 6)
        for channels in [5, 32] {
            var grid = starling_patch_grid(
                channels: UInt32(channels), height: 9, width: 8, kernel_height: 3, kernel_width: 3, stride: 2, padding: 1,
                grid_height: 5, grid_width: 4, features: UInt32(channels))
            // Ties, a NaN, infinities.
            var x = (0..<(3 * 72 * channels)).map { _ in Float.random(in: -2...2, using: &random).rounded() }
            (x[7], x[80], x[81]) = (.nan, .infinity, -.infinity)
            let dy = (0..<(3 * 20 * channels)).map { _ in Float.random(in: -1...1, using: &random) }
            func all() -> [[UInt32]] {
                var y = dy
                var value = dy
                var dx = x
                let other = x.map { $0 * 3 }
                starling_max_pool(&grid, x, x, &y, 3)
                starling_max_pool(&grid, x, other, &value, 3)
                starling_max_pool_gradient(&grid, x, dy, &dx, 3)
                return [y, value, dx].map { $0.map(\.bitPattern) }
            }
            _ = starling_choose_level(highest)
            let expected = all()
            #expect(expected[0].contains { Float(bitPattern: $0).isNaN }, "a NaN is passed on")
            for level in [STARLING_LEVEL_BASE, STARLING_LEVEL_X86_64_V3] where starling_choose_level(level) != 0 {
                #expect(all() == expected, "level \(level.rawValue)")
            }
        }
    }

    @Test func histogramsGiveTheSameBits() throws {
        let highest = starling_highest_level()
        defer { _ = starling_choose_level(highest) }
        let names = ["erf", "reverse", "two-hot", "histogram", "mean of bins"]
        for sample in Vocabulary.samples where names.contains(where: sample.name.hasPrefix) {
            let sampleCase = SampleCase(sample)
            let tensors = sampleCase.tensors()
            _ = starling_choose_level(highest)
            let expected = try sampleCase.run(tensors, on: CPUDevice()).map { $0.map(\.bitPattern) }
            for level in [STARLING_LEVEL_BASE, STARLING_LEVEL_X86_64_V3] where starling_choose_level(level) != 0 {
                let found = try sampleCase.run(tensors, on: CPUDevice()).map { $0.map(\.bitPattern) }
                #expect(found == expected, "\(sample.name), level \(level.rawValue)")
            }
        }
    }

    @Test func theHostsKernelsGiveTheSameBits() {
        let highest = starling_highest_level()
        defer { _ = starling_choose_level(highest) }
        let count = 5000
        var random = TestRandom(seed: 4)
        let x = (0..<count).map { _ in Float.random(in: -3...3, using: &random) }
        func all() -> [[UInt32]] {
            var p = x
            var m = x
            var v = x.map { $0 * $0 }
            starling_adam(&p, x, &m, &v, count, 1e-3, 0.9, 0.999, 1e-5, 2, 3, 0.7)
            var normals = [Float](repeating: 0, count: 1000)
            starling_gaussian((0..<200).map { $0 &* 77 }, (0..<200).map { $0 }, (0..<200).map { $0 }, 2, 200, 5, &normals)
            var action = [Int32](repeating: 0, count: 1000)
            var logProbability = [Float](repeating: 0, count: 1000)
            starling_categorical(x, 1000, 5, 3, 4, 5, 6, &action, &logProbability)
            var wide = [Int32](repeating: 0, count: 200)
            var wideLog = [Float](repeating: 0, count: 200)
            starling_categorical(x, 200, 25, 3, 4, 5, 6, &wide, &wideLog)
            var sample = [Float](repeating: 0, count: 999)
            var density = [Float](repeating: 0, count: 333)
            var acted = sample
            starling_diagonal_gaussian(x, 333, 3, STARLING_SQUASH_TANH, 3, 4, 5, 6, &sample, &density)
            starling_squash_actions(sample, 3, 333, 3, STARLING_SQUASH_TANH, [-1, 0, 2], [1, 5, 3], &acted)
            let sum = starling_sum_of_squares(x, count).bitPattern
            return [p, m, v, normals, logProbability, wideLog, sample, density, acted].map { $0.map(\.bitPattern) }
                + [action, wide].map { $0.map { UInt32(bitPattern: $0) } } + [[UInt32(truncatingIfNeeded: sum), UInt32(sum >> 32)]]
        }
        let expected = all()
        for level in [STARLING_LEVEL_BASE, STARLING_LEVEL_X86_64_V3] where starling_choose_level(level) != 0 {
            #expect(all() == expected, "level \(level.rawValue)")
        }
    }
}
