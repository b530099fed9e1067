import StarlingAlgorithms
import StarlingCompute
import StarlingExperience
import StarlingMetrics
import StarlingTraining
import Testing

/// Rewards a thousand times as large are the same to an algorithm that normalises returns.
@Suite struct ReturnScaleTests {
    private func run(rewardScale: Float, normalizes: Bool, updates: Int) throws -> (trainer: Trainer, scale: Double) {
        var a2c = A2C()
        (a2c.normalizesReturns, a2c.rewardScale, a2c.discount) = (normalizes, rewardScale, 0)
        let context = Chain.context()
        let trainer = try Trainer(a2c.design(context), context)
        var metrics = MetricSample(MetricSet(trainer.metrics))
        for update in 0..<updates {
            Chain.load(trainer, context)
            _ = try trainer.step(frames: 0, update: UInt64(update), &metrics)
        }
        return (trainer, normalizes ? metrics[.returnScale] : .nan)
    }

    @Test func theScaleIsThatOfTheReturns() throws {
        let small = try run(rewardScale: 1, normalizes: true, updates: 20)
        let large = try run(rewardScale: 1000, normalizes: true, updates: 20)
        // With γ = 0 the return of column c is its reward c: of 15 steps 3 have 0, and 4 have 1, 2, 3 each.
        #expect(abs(small.scale - (4.0 * 14 / 15).squareRoot()) < 1e-4)
        #expect(abs(large.scale / small.scale - 1000) < 0.1)
    }

    /// V(z)·scale stays what it was when the scale changes.
    @Test func valuesOutliveAChangeOfScale() throws {
        let one = try run(rewardScale: 1, normalizes: true, updates: 1)
        // The first batch gives the scale all at once; without it the head would be as after a step without one.
        let scale = one.trainer.values(of: "returns.scale")[0]
        #expect(scale != 1 && Double(scale) == one.scale)
        let plain = try run(rewardScale: 1, normalizes: false, updates: 1)
        let (scaled, expected) = (one.trainer.values(of: "value.output.weight"), plain.trainer.values(of: "value.output.weight"))
        for (a, b) in zip(scaled, expected) { #expect(abs(a * scale - b) < 1e-5) }
    }

    @Test func itIsNoParameterThatAnOptimiserMoves() throws {
        let plain = try run(rewardScale: 1, normalizes: false, updates: 1)
        #expect(plain.trainer.layout.slot(named: "returns.scale") == nil)
        let one = try run(rewardScale: 1, normalizes: true, updates: 2)
        #expect(one.trainer.values(of: "returns.batches") == [2])
    }
}
