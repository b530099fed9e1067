import StarlingAlgorithms
import StarlingExperience
import StarlingMetrics
import StarlingTraining
import Testing

/// The weight of V-trace's entropy bonus falls to its share, and what is told of the entropy does not.
@Suite struct EntropyScheduleTests {
    /// The parameters after a step on the same batch, and what it told, when so many frames lie behind.
    private func step(cost: Float, finalShare: Float = 1, frames: UInt64) throws -> (values: [Float], loss: Double, entropy: Double) {
        var optimizer = OptimizerSettings()
        (optimizer.horizon, optimizer.finalShare) = (1000, 1)
        let context = Chain.context(optimizer: optimizer)
        var algorithm = VTrace()
        (algorithm.entropyCost, algorithm.entropyFinalShare) = (cost, finalShare)
        let trainer = try Trainer(algorithm.design(context), context)
        Chain.load(trainer, context)
        var metrics = MetricSample(MetricSet(trainer.metrics))
        _ = try trainer.step(frames: frames, update: 0, &metrics)
        return (trainer.values, metrics[.totalLoss], metrics[.entropy])
    }

    @Test(arguments: [(0, 0.4), (500, 0.22), (1000, 0.04), (5000, 0.04)] as [(UInt64, Float)])
    func itFallsInAStraightLine(frames: UInt64, cost: Float) throws {
        let falling = try step(cost: 0.4, finalShare: 0.1, frames: frames)
        let constant = try step(cost: cost, frames: frames)
        #expect(zip(falling.values, constant.values).allSatisfy { abs($0 - $1) < 1e-6 })
        #expect(abs(falling.loss - constant.loss) < 1e-5 && falling.entropy == constant.entropy && falling.entropy > 1)
        // The cost makes a difference that would be seen.
        let other = try step(cost: cost + 0.1, frames: frames)
        #expect(abs(other.loss - constant.loss) > 0.05)
    }
}
