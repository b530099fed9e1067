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
        var m = [Float](repeating: 0, count: bank.count), v = m
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
        let bank = ParameterBank(model.graph.layout, seed: 1), next = ParameterBank(model.graph.layout, seed: 2)
        var action = [Int32](repeating: 0, count: 64), logProbability = [Float](repeating: 0, count: 64)
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
