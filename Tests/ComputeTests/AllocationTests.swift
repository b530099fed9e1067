import CStarlingAllocationCounter
import CStarlingKernels
import StarlingCompute
import StarlingThreads
import Testing

/// A step in steady state allocates nothing: counted, and attributed to the caller.
@Suite(.enabled(if: starling_allocations_can_be_counted() != 0)) struct AllocationTests {
    /// Counts on the calling thread.
    private func count(_ body: () -> Void) -> starling_allocations {
        starling_allocations_watch()
        body()
        return starling_allocations_end()
    }

    private func total(_ a: starling_allocations) -> UInt64 { a.program + a.runtime + a.libraries + a.other }

    @Test func theCounterCounts() {
        var keep: [[Int]] = []
        keep.reserveCapacity(8)
        let counted = count { for n in 1...5 { keep.append(Array(repeating: n, count: n * 100)) } }
        #expect(total(counted) >= 5 && keep.count == 5)
    }

    @Test(arguments: [false, true]) func aTrainingStepAllocatesNothing(isTanh: Bool) throws {
        let model = JointModel(isTanh: isTanh)
        let plan = try model.plan(rows: 301)
        let bank = ParameterBank(model.graph.layout, seed: 1)
        var m = [Float](repeating: 0, count: bank.count)
        var v = m
        var norm = 0.0
        func step() {
            plan.write(model.advantage) { $0[0] += 1 }
            plan.run(.forward, with: bank)
            plan.read(model.values) { values in plan.write(model.target) { $0[0] = values[0] } }
            plan.run(.backward, with: bank)
            plan.gradients { gradients in
                norm += starling_sum_of_squares(gradients.baseAddress!, gradients.count)
                bank.withUnsafeMutableBufferPointer {
                    starling_adam(
                        $0.baseAddress!, gradients.baseAddress!, &m, &v, gradients.count, 1e-3, 0.9, 0.999, 1e-5, 1, 1, 1)
                }
            }
        }
        for _ in 0..<3 { step() }
        let counted = count { for _ in 0..<10 { step() } }
        #expect(total(counted) == 0, "\(counted)")
        #expect(norm.isFinite)
    }

    @Test func actingAllocatesNothing() throws {
        let model = JointModel(differentiates: false)
        let plan = try model.plan(rows: 64)
        let bank = ParameterBank(model.graph.layout, seed: 1)
        let next = ParameterBank(model.graph.layout, seed: 2)
        var action = [Int32](repeating: 0, count: 64)
        var logProbability = [Float](repeating: 0, count: 64)
        func step(_ bank: ParameterBank, _ rows: Int) {
            plan.run(.forward, with: bank, rows: rows)
            plan.read(model.logits) {
                starling_categorical($0.baseAddress!, Int32(rows), 2, 1, 2, 0, 1, &action, &logProbability)
            }
        }
        step(bank, 64)
        let counted = count {
            for rows in [1, 8, 64] { step(bank, rows) }
            for rows in [1, 8, 64] { step(next, rows) }
        }
        #expect(total(counted) == 0, "\(counted)")
    }

    @Test func theCallersShareOfATeamAllocatesNothing() throws {
        let model = JointModel()
        let plan = try model.plan(rows: 301, team: WorkerTeam(count: 2))
        let bank = ParameterBank(model.graph.layout, seed: 1)
        func step() {
            plan.run(.forward, with: bank)
            plan.run(.backward, with: bank)
        }
        step()
        let counted = count { for _ in 0..<5 { step() } }
        #expect(total(counted) == 0, "\(counted)")
    }

    /// Convolutions, shared columns and recurrent steps need no library at all.
    @Test func aStepWithImagesAndStatesAllocatesNothing() throws {
        var g = Graph()
        let x = g.input("x", Shape(rows: .samples, dims: [2, 9, 9]), UInt8.self)
        let initial = g.input("initial", .perRow(.sequences, 8), Float.self)
        let reset = g.input("reset", .perRow(.samples), Float.self)
        func parameter(_ name: String, _ dims: [Int]) -> Node { g.parameter(name, dims, .uniform(bound: 0.3)) }
        let first = g.relu(
            g.convolution(g.toFloat(x, scale: 1), weight: parameter("w", [5, 2, 3, 3]), bias: parameter("b", [5]), stride: 2, padding: 1))
        let state = g.gru(
            g.reshape(first, [125]), initial: initial.node, reset: reset.node, inputWeight: parameter("wi", [24, 125]),
            hiddenWeight: parameter("wh", [24, 8]), inputBias: parameter("bi", [24]), hiddenBias: parameter("bh", [24]), steps: 4)
        let image = g.transposeConvolution(
            g.reshape(state, [8, 1, 1]), weight: parameter("v", [8, 3, 4, 4]), bias: parameter("c", [3]), stride: 1)
        g.differentiate(g.total(g.square(image)))
        var tuning = Tuning.fixed
        tuning.smallestSharedProduct = 200
        let plan = try Plan(g, rows: [.samples: 12, .sequences: 3], tuning: tuning)
        let bank = ParameterBank(g.layout, seed: 1)
        let next = ParameterBank(g.layout, seed: 2)
        func step(_ bank: ParameterBank) {
            plan.run(.forward, with: bank)
            plan.run(.backward, with: bank)
        }
        step(bank)
        let counted = count {
            for _ in 0..<3 {
                step(bank)
                step(next)
            }
        }
        #expect(total(counted) == 0, "\(counted)")
        #expect(plan.gradients { $0.contains { $0 != 0 } })
    }

    /// oneDNN allocates inside its product; that is counted apart, and we add nothing.
    @Test func whatOneDNNAllocatesIsItsOwn() throws {
        var tuning = Tuning.fixed
        tuning.largestSmallProduct = 0
        let model = JointModel()
        let plan = try model.plan(rows: 301, tuning: tuning)
        let bank = ParameterBank(model.graph.layout, seed: 1)
        func step() {
            plan.run(.forward, with: bank)
            plan.run(.backward, with: bank)
        }
        for _ in 0..<2 { step() }
        let counted = count { for _ in 0..<3 { step() } }
        #expect(counted.program == 0 && counted.runtime == 0, "\(counted)")
        #expect(counted.libraries + counted.other > 0, "the counter no longer sees oneDNN: \(counted)")
    }
}
