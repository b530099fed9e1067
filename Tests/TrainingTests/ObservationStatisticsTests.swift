import StarlingAlgorithms
import StarlingCompute
import StarlingExperience
import StarlingLatentPolicy
import StarlingMetrics
import StarlingTraining
import Testing

@Suite struct ObservationStatisticsTests {
    private func run(updates: Int, frameStack: Int = 1) throws -> Trainer {
        var context = Chain.context(normalizesObservations: true, frameStack: frameStack)
        context.optimizer.weightDecay = 0.5
        let trainer = try Trainer(A2C().design(context), context)
        var metrics = MetricSample(MetricSet(trainer.metrics))
        for update in 0..<updates {
            Chain.load(trainer, context)
            _ = try trainer.step(frames: 0, update: UInt64(update), &metrics)
        }
        return trainer
    }

    /// Of the 15 steps that count: rows t of columns c have (t/4 − ½, c/4 − ½); column 0 has no row 2.
    @Test(arguments: [1, 3], [1, 2]) func areThoseOfTheStepsThatCount(updates: Int, frameStack: Int) throws {
        let trainer = try run(updates: updates, frameStack: frameStack)
        var rows: [(Double, Double)] = []
        for t in 0..<4 { for c in 0..<4 where (t, c) != (2, 0) { rows.append((Double(t) / 4 - 0.5, Double(c) / 4 - 0.5)) } }
        for (index, column) in [rows.map(\.0), rows.map(\.1)].enumerated() {
            let mean = column.reduce(0, +) / 15
            let variance = column.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 15
            #expect(abs(Double(trainer.values(of: ModelArchitecture.normalizerMean)[index]) - mean) < 1e-6)
            #expect(abs(Double(trainer.values(of: ModelArchitecture.normalizerScale)[index]) - 1 / variance.squareRoot()) < 1e-4)
        }
        #expect(trainer.values(of: "observations.count") == [Float(15 * updates)])
    }

    /// They come with the parameters that actors get.
    @Test func areAmongWhatActorsGet() throws {
        let context = Chain.context(normalizesObservations: true)
        let acting = context.policy.actingLayout(.mean)
        #expect(acting.slot(named: ModelArchitecture.normalizerMean) != nil && acting.slot(named: "observations.count") == nil)
        let trainer = try run(updates: 1)
        for slot in acting.slots { #expect(trainer.layout.slot(named: slot.name)?.offset == slot.offset) }
    }
}
