import CStarlingKernels
import Glibc
import StarlingCompute
import StarlingThreads
import Testing

/// The C kernels that the host calls itself.
@Suite struct KernelTests {
    /// Random123's known answers (kat_vectors, philox4x32 10).
    @Test func philoxGivesTheKnownAnswers() {
        let answers: [(counter: [UInt32], key: UInt64, words: [UInt32])] = [
            ([0, 0, 0, 0], 0, [0x6627_E8D5, 0xE169_C58D, 0xBC57_AC4C, 0x9B00_DBD8]),
            (
                [0xFFFF_FFFF, 0xFFFF_FFFF, 0xFFFF_FFFF, 0xFFFF_FFFF], 0xFFFF_FFFF_FFFF_FFFF,
                [0x408F_276D, 0x41C8_3B0E, 0xA20B_C7C6, 0x6D54_51FD]
            ),
            (
                [0x243F_6A88, 0x85A3_08D3, 0x1319_8A2E, 0x0370_7344], 0x299F_31D0_A409_3822,
                [0xD16C_FE09, 0x94FD_CCEB, 0x5001_E420, 0x2412_6EA1]
            ),
        ]
        for answer in answers {
            var words = [UInt32](repeating: 0, count: 4)
            starling_philox4x32(answer.key, answer.counter, &words)
            #expect(words == answer.words)
            let c = answer.counter
            let plain = Philox.words(key: answer.key, counter: (c[0], c[1], c[2], c[3]))
            #expect([plain.0, plain.1, plain.2, plain.3] == answer.words)
        }
    }

    @Test func normalsAreNormal() {
        let rows = 20_000
        var normals = [Float](repeating: 0, count: rows * 5)
        let keys = [UInt64](repeating: 42, count: rows)
        let environments = [UInt32](repeating: 1, count: rows)
        starling_gaussian(keys, (0..<rows).map(UInt64.init), environments, 9, Int32(rows), 5, &normals)
        var moments = [0.0, 0, 0, 0]
        for x in normals.map(Double.init) {
            for (power, value) in [x, x * x, x * x * x, x * x * x * x].enumerated() { moments[power] += value }
        }
        for power in 0..<4 { moments[power] /= Double(normals.count) }
        // Three standard errors for 100,000 numbers: √(1, 2, 15, 96)/√100000.
        #expect(abs(moments[0]) < 0.0095 && abs(moments[1] - 1) < 0.0135 && abs(moments[2]) < 0.037)
        #expect(abs(moments[3] - 3) < 0.093)
        var lagged = 0.0
        for index in 1..<normals.count { lagged += Double(normals[index]) * Double(normals[index - 1]) }
        #expect(abs(lagged / Double(normals.count)) < 0.0095)
    }

    @Test(arguments: [1, 2, 3, 6, 16, 17, 40], [1, 5, 16, 33])
    func categoricalLogProbabilitiesAreTheGraphs(actions: Int, rows: Int) throws {
        var g = Graph()
        let x = g.input("x", .perRow(.samples, actions), Float.self)
        let y = g.output("y", g.logSoftmax(x.node))
        let plan = try Plan(g, rows: [.samples: rows])
        var random = TestRandom(seed: 5)
        let logits = (0..<(rows * actions)).map { _ in Float.random(in: -6...6, using: &random) }
        plan.write(x) { for index in $0.indices { $0[index] = logits[index] } }
        plan.run(.forward, with: ParameterBank(g.layout))
        let expected = plan.read(y) { Array($0) }
        var action = [Int32](repeating: -1, count: rows)
        var logProbability = [Float](repeating: 0, count: rows)
        starling_categorical(logits, Int32(rows), Int32(actions), 11, 3, 0, 1, &action, &logProbability)
        for row in 0..<rows {
            #expect((0..<actions).contains(Int(action[row])))
            #expect(logProbability[row] == expected[row * actions + Int(action[row])])
        }
        // The place in the batch does not matter.
        var single: Int32 = -1
        var singleLog: Float = 0
        for row in 0..<rows {
            let own = Array(logits[(row * actions)..<((row + 1) * actions)])
            starling_categorical(own, 1, Int32(actions), 11, 3, UInt32(row), 1, &single, &singleLog)
            #expect(single == action[row] && singleLog == logProbability[row])
        }
    }

    @Test(arguments: [3, 20]) func categoricalDrawsInProportion(actions: Int) {
        let logits = (0..<actions).map { Float($0) * 3 / Float(actions) - 1 }
        let rows = 50_000
        var batch: [Float] = []
        for _ in 0..<rows { batch += logits }
        var action = [Int32](repeating: -1, count: rows)
        var logProbability = [Float](repeating: 0, count: rows)
        starling_categorical(batch, Int32(rows), Int32(actions), 7, 1, 0, 0, &action, &logProbability)
        var counts = [Double](repeating: 0, count: actions)
        var probability = [Double](repeating: 0, count: actions)
        for (index, chosen) in action.enumerated() {
            counts[Int(chosen)] += 1
            probability[Int(chosen)] = exp(logProbability[index])
        }
        #expect(abs(probability.reduce(0, +) - 1) < 1e-5)
        // Pearson's χ² with actions − 1 degrees of freedom: mean k, five standard deviations √(2k) away.
        var chi = 0.0
        for action in 0..<actions {
            let expected = Double(rows) * probability[action]
            chi += (counts[action] - expected) * (counts[action] - expected) / expected
        }
        let degrees = Double(actions - 1)
        #expect(chi < degrees + 5 * (2 * degrees).squareRoot())
    }

    private func exp(_ x: Float) -> Double {
        // e^x by its series of x/1024: independent of the kernel.
        var term = 1.0
        var sum = 1.0
        for n in 1..<12 {
            term *= Double(x) / 1024 / Double(n)
            sum += term
        }
        for _ in 0..<10 { sum *= sum }
        return sum
    }

    @Test func impossibleActionsAreNeverDrawn() {
        let rows = 2_000
        var batch: [Float] = []
        for _ in 0..<rows { batch += [-.infinity, 0, 1, -.infinity] }
        var action = [Int32](repeating: -1, count: rows)
        var logProbability = [Float](repeating: 0, count: rows)
        starling_categorical(batch, Int32(rows), 4, 7, 1, 0, 0, &action, &logProbability)
        #expect(action.allSatisfy { $0 == 1 || $0 == 2 })
    }

    @Test func argmaxTakesTheFirstOfEqualsAndNeverNaN() {
        var action = [Int32](repeating: -1, count: 3)
        starling_argmax([1, 3, 3, .nan, -1, -2, 0, 0, 0], 3, 3, &action)
        #expect(action == [1, 1, 0])
    }

    @Test(arguments: [0, 1, 15, 17, 4096, 10_001])
    func sumOfSquaresAndItsFaults(count: Int) {
        let x = (0..<count).map { Float($0 % 13) - 6.5 }
        let expected = x.reduce(0.0) { $0 + Double($1) * Double($1) }
        #expect(abs(starling_sum_of_squares(x, count) - expected) <= 1e-9 * max(1, expected))
        for bad in [Float.nan, .infinity, -.infinity] where count > 0 {
            for place in Set([0, count / 2, count - 1]) {
                var y = x
                y[place] = bad
                #expect(!starling_sum_of_squares(y, count).isFinite)
            }
        }
    }

    /// PyTorch's formulas, in double precision.
    @Test func adamFollowsItsEquations() {
        let count = 37
        var random = TestRandom(seed: 8)
        func numbers(_ range: ClosedRange<Float>) -> [Float] { (0..<count).map { _ in Float.random(in: range, using: &random) } }
        let p = numbers(-1...1)
        let g = numbers(-2...2)
        let m = numbers(-1...1)
        let v = numbers(0...1)
        var (parameters, first, second) = (p, m, v)
        starling_adam(&parameters, g, &first, &second, count, 1e-2, 0.9, 0.999, 1e-5, 1 / 0.271, 1 / 0.003, 0.5)
        for i in 0..<count {
            let gradient = 0.5 * Double(g[i])
            let m1 = 0.9 * Double(m[i]) + 0.1 * gradient
            let v1 = 0.999 * Double(v[i]) + 0.001 * gradient * gradient
            let expected = Double(p[i]) - 1e-2 * (m1 / 0.271) / ((v1 / 0.003).squareRoot() + 1e-5)
            #expect(abs(Double(parameters[i]) - expected) < 1e-6 && abs(Double(first[i]) - m1) < 1e-6)
            #expect(abs(Double(second[i]) - v1) < 1e-6)
        }
    }
}

/// The kernels that draw continuous actions.
@Suite struct ContinuousActionKernelTests {
    @Test(arguments: [1, 3, 5, 17], [1, 5, 16, 33])
    func logDensitiesAreTheGraphs(width: Int, rows: Int) throws {
        var random = TestRandom(seed: 6)
        var parameters: [Float] = []
        for _ in 0..<rows {
            parameters += (0..<width).map { _ in Float.random(in: -3...3, using: &random) }
            parameters += (0..<width).map { _ in Float.random(in: -4...1, using: &random) }
        }
        for squash in [STARLING_SQUASH_CLIP, STARLING_SQUASH_TANH] {
            var sample = [Float](repeating: .nan, count: rows * width)
            var density = [Float](repeating: .nan, count: rows)
            starling_diagonal_gaussian(parameters, Int32(rows), Int32(width), squash, 11, 3, 0, 1, &sample, &density)
            var g = Graph()
            let u = g.input("u", .perRow(.samples, width), Float.self)
            let x = g.input("x", .perRow(.samples, 2 * width), Float.self)
            let (mean, logDeviation) = (g.slice(x.node, features: 0..<width), g.slice(x.node, features: width..<2 * width))
            let node =
                squash == STARLING_SQUASH_CLIP
                ? g.gaussianLogDensity(u.node, mean: mean, logDeviation: logDeviation)
                : g.tanhGaussianLogDensity(u.node, mean: mean, logDeviation: logDeviation)
            let y = g.output("y", node)
            let plan = try Plan(g, rows: [.samples: rows])
            plan.write(u) { _ = $0.update(fromContentsOf: sample) }
            plan.write(x) { _ = $0.update(fromContentsOf: parameters) }
            plan.run(.forward, with: ParameterBank(g.layout))
            let expected = plan.read(y) { Array($0) }
            for row in 0..<rows { #expect(abs(density[row] - expected[row]) < 1e-5 * Float(width)) }
            // ε is that of the graph's operation, and the place in the batch does not matter.
            var normals = [Float](repeating: 0, count: rows * width)
            starling_gaussian(
                Array(repeating: 11, count: rows), Array(repeating: 3, count: rows), (0..<UInt32(rows)).map { $0 }, 1, Int32(rows),
                Int32(width), &normals)
            var single = [Float](repeating: .nan, count: width)
            var singleDensity: Float = .nan
            for row in 0..<rows {
                let own = Array(parameters[2 * row * width..<2 * (row + 1) * width])
                starling_diagonal_gaussian(own, 1, Int32(width), squash, 11, 3, UInt32(row), 1, &single, &singleDensity)
                #expect(single == Array(sample[row * width..<(row + 1) * width]) && singleDensity == density[row])
                for place in 0..<width {
                    let error = (single[place] - own[place]) / expf(own[width + place]) - normals[row * width + place]
                    #expect(abs(error) < 1e-4)
                }
            }
        }
    }

    @Test func actionsStayWithinTheirBounds() {
        let samples: [Float] = [-.infinity, -9, -1.5, -1, -0.5, 0, 0.5, 1, 1.5, 9, .infinity, .nan]
        for squash in [STARLING_SQUASH_CLIP, STARLING_SQUASH_TANH] {
            var actions = [Float](repeating: 99, count: samples.count)
            starling_squash_actions(samples, 1, Int32(samples.count), 1, squash, [-0.3], [1.7], &actions)
            #expect(actions.allSatisfy { $0 >= -0.3 && $0 <= 1.7 })
            #expect(actions[0] == -0.3 && actions[10] == 1.7 && actions[11] == -0.3)
            let expected = samples.dropLast().map { u in
                0.7 + (squash == STARLING_SQUASH_CLIP ? min(1, max(-1, u)) : tanhf(u))
            }
            #expect(zip(actions, expected).allSatisfy { abs($0 - $1) < 1e-6 })
        }
        // Means out of the head's rows: every stride-th number on.
        var actions = [Float](repeating: 99, count: 4)
        starling_squash_actions([0.5, -0.5, 7, 7, 0.25, 1, 7, 7], 4, 2, 2, STARLING_SQUASH_CLIP, [-2, 0], [2, 1], &actions)
        #expect(actions == [1, 0.25, 0.5, 1])
    }
}
