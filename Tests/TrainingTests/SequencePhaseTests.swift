import Glibc
import StarlingAlgorithms
import StarlingCompute
import StarlingExperience
import StarlingMetrics
import StarlingTraining
import Testing

/// Looks at the rows that a phase trains on.
private struct Read: Objective {
    static let shown = RowOutput("shown")
    let check: @Sendable (StepAccess) -> Void

    func grow(_ g: inout Graph, _ pass: inout ModelPass) -> [Term] {
        pass.output(&g, Self.shown, g.scale(pass.observation, 1))
        return [Term(nil, pass.mean(&g, pass.value(&g)), weight: 1)]
    }

    func writeTargets(_ step: StepAccess, _ metrics: inout MetricSample) { check(step) }
}

@Suite struct SequencePhaseTests {
    private static let data: [[Int32]] = [[0, 1, 2], [3, 3, 0], [2, 1, 1], [1, 0, 3], [0, 0, 2]]

    /// What two steps see of a sequence: its tokens, the two before each, and how it ends.
    private struct Seen: Hashable {
        let tokens: [Int32]
        let shown: [[Float]]
        let kinds: [UInt8]
    }

    private func seen(_ step: StepAccess, _ column: Int) -> Seen {
        let rows = (0..<3).map { $0 * step.columnCount + column }
        let shown = step.read(Read.shown)
        return Seen(
            tokens: rows.map { step.batch.actions[$0] },
            shown: (rows + [3 * step.columnCount + column]).map { [shown[2 * $0], shown[2 * $0 + 1]] },
            kinds: rows.map { step.batch.kinds[$0] })
    }

    private func run(
        _ draw: SequenceDraw, batches: Int, _ adjust: (inout Phase) -> Void = { _ in }, _ check: @escaping @Sendable (StepAccess) -> Void
    ) throws {
        let context = Writing.context(tokens: 4, length: 3, columns: 2, window: 2)
        var phase = Phase([Read(check: check)], from: .sequences(draw))
        adjust(&phase)
        let trainer = try Trainer(TrainingDesign([phase], context), context)
        var metrics = MetricSample(MetricSet(trainer.metrics))
        for update in 0..<UInt64(batches) { _ = try trainer.step(frames: 6 * update, update: update, &metrics) }
    }

    /// Ten places over five sequences: each comes twice, and five times in a row none twice.
    @Test func sequencesComeAsUnrolls() throws {
        try Writing.withFile(train: Self.data) { path in
            nonisolated(unsafe) var all: [Seen] = []
            try run(SequenceDraw(path, columns: 2), batches: 5) { step in for column in 0..<2 { all.append(seen(step, column)) } }
            #expect(all.count == 10)
            for half in [all[..<5], all[5...]] { #expect(Set(half.map(\.tokens)) == Set(Self.data)) }
            #expect(all[..<5].map(\.tokens) != all[5...].map(\.tokens))
            for one in all {
                let before = [4, 4] + one.tokens.map(Float.init)
                #expect(one.shown == (0...3).map { [before[$0], before[$0 + 1]] })
                #expect(one.kinds == [0, 0, StepKind.terminated.rawValue])
            }
        }
    }

    /// It stands where the token before the first would.
    @Test func whatIsGivenIsShownFirst() throws {
        try Writing.withFile(train: Self.data, given: [3, 1, 0, 2, 1]) { path in
            nonisolated(unsafe) var all: [Seen] = []
            try run(SequenceDraw(path, columns: 2), batches: 5) { step in for column in 0..<2 { all.append(seen(step, column)) } }
            for one in all {
                let given: Float = [3, 1, 0, 2, 1][try #require(Self.data.firstIndex(of: one.tokens))]
                let before = [4, given] + one.tokens.map(Float.init)
                #expect(one.shown == (0...3).map { [before[$0], before[$0 + 1]] })
            }
        }
        for (given, words) in [([0, 1, 2, 3], "has a number for each sequence"), ([0, 1, 2, 3, 4], "train.given holds the token 4")] {
            try Writing.withFile(train: Self.data, given: given.map { Int32($0) }) { path in
                let error = #expect(throws: (any Error).self) { try run(SequenceDraw(path, columns: 2), batches: 0) { _ in } }
                #expect("\(error!)".contains(words))
            }
        }
    }

    /// What is drawn follows from frames and updates alone, so a resumed run draws what it would have drawn.
    @Test func whatIsDrawnFollowsFromTheFrames() throws {
        try Writing.withFile(train: Self.data) { path in
            nonisolated(unsafe) var whole: [Seen] = []
            let perFrame: (inout Phase) -> Void = { $0.perFrame = 0.5 }
            try run(SequenceDraw(path, columns: 2), batches: 4, perFrame) { whole.append(seen($0, 0)) }
            #expect(whole.count == 12)
            nonisolated(unsafe) var rest: [Seen] = []
            let context = Writing.context(tokens: 4, length: 3, columns: 2, window: 2)
            var phase = Phase([Read { rest.append(seen($0, 0)) }], from: .sequences(SequenceDraw(path, columns: 2)))
            phase.perFrame = 0.5
            let trainer = try Trainer(TrainingDesign([phase], context), context)
            var metrics = MetricSample(MetricSet(trainer.metrics))
            for update: UInt64 in 2..<4 { _ = try trainer.step(frames: 6 * update, update: update, &metrics) }
            #expect(rest == Array(whole[6...]))
        }
    }

    @Test func aPhaseEndsWhereItIsTold() throws {
        try Writing.withFile(train: Self.data) { path in
            nonisolated(unsafe) var runs = 0
            try run(SequenceDraw(path, columns: 2), batches: 6, { ($0.after, $0.until) = (6, 18) }) { _ in runs += 1 }
            #expect(runs == 2)
        }
    }

    @Test func whatIsWrongWithAFileIsTold() throws {
        func message(_ sequences: [[Int32]]) throws -> String {
            try Writing.withFile(train: sequences) { path in
                let error = #expect(throws: (any Error).self) { try run(SequenceDraw(path, columns: 2), batches: 0) { _ in } }
                return "\(error!)"
            }
        }
        #expect(try message([[0, 1, 4]]).contains("train.tokens holds the token 4, and writing has 4"))
        #expect(try message([[0, 1]]).contains("have 2 tokens and unrolls 3 steps: set acting.unroll_length to 2"))
        let error = #expect(throws: DataSetError.self) { try run(SequenceDraw("/nowhere.safetensors", columns: 2), batches: 0) { _ in } }
        #expect("\(error!)".contains("/nowhere.safetensors") && "\(error!)".contains("scripts/data"))
    }
}
