import StarlingAlgorithms
import StarlingSafetensors
import Testing

@Suite struct DataSetTests {
    /// Notes what is in each batch: the sum of its numbers, weighted as the trainer does, times its rows.
    private struct Sum: Objective {
        static let sum = Metric("sum", "1", "Σ x.")
        var metrics: [Metric] { [Self.sum] }

        func grow(_ g: inout Graph, _ pass: inout ModelPass) -> [Term] {
            [.told(Self.sum, pass.mean(&g, g.sum(pass.observation, over: .features))), Term(nil, pass.mean(&g, pass.value(&g)), weight: 1)]
        }
    }

    /// `count` rows of two numbers; those of row i sum to 2^i, so that a sum tells its rows.
    private func data(_ count: Int) -> DataSet {
        let numbers: [Float] = (0..<count).flatMap { [Float(1 << $0) - 1, 1] }
        return DataSet(ObservationSpec(shape: [2]), bytes: numbers.withUnsafeBytes { Array($0) })
    }

    private func context(_ data: DataSet, rows: Int, seed: UInt64 = 1) -> TrainingContext {
        .dataSet(
            data, model: Chain.context().policy.model, rows: rows, latent: LatentSettings(), optimizer: OptimizerSettings(),
            compute: .cpu(), seed: seed)
    }

    /// Rows of so many batches, as sums.
    private func batches(_ count: Int, of data: DataSet, rows: Int, seed: UInt64 = 1) throws -> [Int] {
        let context = context(data, rows: rows, seed: seed)
        let training = try DataSetTraining(TrainingDesign([Phase([Sum()])], context), context, data)
        var metrics = MetricSample(MetricSet(training.trainer.metrics))
        let sums = try (0..<count).map { _ in
            metrics.clear()
            try training.step(&metrics)
            return Int((metrics[Sum.sum] * Double(rows)).rounded())
        }
        #expect(training.frames == UInt64(rows * count) && training.update == UInt64(count))
        return sums
    }

    /// Twelve rows in batches of four: three hold each row once, and so do the next three, in another order.
    @Test func everyRowIsInOneBatchBeforeAnyIsInASecond() throws {
        let sums = try batches(6, of: data(12), rows: 4)
        #expect(sums[..<3].reduce(0, +) == 4095 && sums[3...].reduce(0, +) == 4095)
        #expect(sums.allSatisfy { $0.nonzeroBitCount == 4 })
        #expect(sums[..<3] != sums[3...])
    }

    @Test func anEpochMayEndWithinABatch() throws {
        // Rows of 1, 2 and 4: the first of three batches holds an epoch and the next one's first row, the last likewise.
        let sums = try batches(3, of: data(3), rows: 4)
        #expect([8, 9, 11].contains(sums[0]) && [8, 9, 11].contains(sums[2]), "\(sums)")
        #expect(sums.reduce(0, +) == 4 * 7)
    }

    @Test func theOrderFollowsFromTheSeed() throws {
        let one = try batches(4, of: data(16), rows: 4)
        #expect(try batches(4, of: data(16), rows: 4) == one)
        #expect(try batches(4, of: data(16), rows: 4, seed: 2) != one)
    }

    // MARK: Files

    private func fault(_ arrays: NamedArray...) -> String? {
        do throws(DataSetError) {
            _ = try DataSet("train", of: SafetensorsFile(arrays))
            return nil
        } catch { return error.description }
    }

    @Test func aFileGivesItsRows() throws {
        let bytes = NamedArray("test.observations", shape: [2, 1, 2, 2], [1, 2, 3, 4, 5, 6, 7, 8] as [UInt8])
        let set = try DataSet("test", of: SafetensorsFile([bytes]))
        #expect(set.count == 2 && set.observation == ObservationSpec(shape: [1, 2, 2], scalar: .uint8) && set.range == 1...8)
        var row = [UInt8](repeating: 0, count: 4)
        row.withUnsafeMutableBytes { set.copy(1, to: $0.baseAddress!) }
        #expect(row == [5, 6, 7, 8])
        let floats = try DataSet("test", of: SafetensorsFile([NamedArray("test.observations", shape: [2, 1], [-0.5, 2] as [Float])]))
        #expect(floats.observation == ObservationSpec(shape: [1]) && floats.range == -0.5...2)
    }

    @Test func aFileThatHasNoneIsToldWithWhatItHas() {
        #expect(fault() == "there is no array train.observations, or any other")
        #expect(fault(NamedArray("images", [1] as [UInt8])) == "there is no array train.observations, only images")
        #expect(fault(NamedArray("train.observations", [1, 2] as [UInt8]))?.contains("[2]; it takes rows") == true)
        #expect(fault(NamedArray("train.observations", shape: [0, 4], [] as [UInt8]))?.contains("[0, 4]") == true)
        #expect(fault(NamedArray("train.observations", shape: [1, 1], [1] as [Double]))?.contains("F64") == true)
        #expect(fault(NamedArray("train.observations", shape: [1, 1], [.nan] as [Float]))?.contains("no number") == true)
    }
}
