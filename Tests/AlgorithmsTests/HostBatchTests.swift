import StarlingExperience
import StarlingTraining
import Testing

/// What the host computes of a batch, where single precision is at its end.
@Suite struct HostBatchTests {
    private func batch(_ kinds: [StepKind]) -> HostBatch {
        let batch = HostBatch(
            unrollLength: kinds.count, columnCount: 1,
            environment: EnvironmentSpec(name: "", observation: ObservationSpec(shape: [1]), action: .discrete(2)))
        for (row, kind) in kinds.enumerated() { batch.kinds[row] = kind.rawValue }
        return batch
    }

    /// Targets a ± ½, values a ± ¼: a quarter of the variance is left, wherever a is. The reset row is rubbish.
    @Test(arguments: [0, 100, 4096, 65_536, -1_048_576] as [Float])
    func explainedVarianceIsThatOfTheDeviations(mean: Float) throws {
        let kinds = [StepKind](repeating: .ordinary, count: 60) + [.reset]
        let signs = kinds.indices.map { $0 % 2 == 0 ? Float(1) : -1 }
        var targets = signs.map { mean + $0 / 2 }
        targets[60] = 1e9
        let values = signs.map { mean + $0 / 4 }
        let explained = try #require(
            values.withUnsafeBufferPointer { values in
                targets.withUnsafeBufferPointer { batch(kinds).explainedVariance(values: values, targets: $0) }
            })
        #expect(explained == 0.75)
    }

    @Test func targetsThatDoNotVaryExplainNothing() {
        let targets = [Float](repeating: 12_345.678, count: 60)
        let explained = targets.withUnsafeBufferPointer {
            batch(Array(repeating: .ordinary, count: 60)).explainedVariance(values: $0, targets: $0)
        }
        #expect(explained == nil)
    }

    @Test func logRatiosAreBoundedAndNoNumberStaysNone() {
        let batch = batch([.ordinary, .ordinary, .terminated, .ordinary, .ordinary, .reset, .truncated])
        let target: [Float] = [.nan, -1, 100, -.infinity, -0.5, .nan, -1]
        batch.behaviorLogProbabilities[6] = .nan
        target.withUnsafeBufferPointer { batch.setLogRatios(target: $0) }
        #expect(batch.logRatios[0].isNaN && batch.logRatios[6].isNaN)
        #expect(Array(batch.logRatios[1...5]) == [-1, 20, -20, -0.5, 0])
    }
}
