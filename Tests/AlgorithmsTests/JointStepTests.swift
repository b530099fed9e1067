import StarlingAlgorithms
import StarlingMetrics
import StarlingTraining
import Testing

/// A whole joint step, loss terms, gradients and three optimiser steps, against PyTorch's numbers in
/// `Tests/Fixtures/joint-step`. The noise is not given to it: it makes the same from the unroll's key.
@Suite struct JointStepTests {
    @Test(arguments: [
        "mean-all-vae", "noise-all-vae", "mean-critic-vae", "mean-vaeonly-rae", "mean-all-none", "clamped",
        "gru-noise-all-vae", "gru-mean-vaeonly-vae", "lstm-mean-all-rae", "lstm-mean-critic-vae", "unrolls-gru-noise-all-vae",
        "gaussian-mean-all-vae", "tanh-gaussian-noise-all-vae", "scaled-mean-all-vae", "convolution-mean-all-vae",
        "a2c-unrolls-mean-all-vae", "a2c-gru", "a2c-tanh-gaussian", "predict-mean-all", "predict-tanh-gaussian-vaeonly",
        "hl-gauss-mean-all-vae", "two-hot-noise-all-vae", "a2c-hl-gauss-gru", "parts-mean-all-vae",
        "masked-mean-all-vae", "masked-parts-gru-noise-all-vae", "parts-mean-critic-vae", "predict-parts", "a2c-masked",
    ])
    func equalsPyTorch(variant: String) throws {
        let step = try JointStep(variant)
        let report = try step.run()
        try expectFirstStep(step, report.metrics, variant)
        #expect(report.frames == 13 * step.unrollCount)

        let norms = try step.array("gradientNorm")
        for index in 0..<3 {
            let norm = Float(try index > 0 ? step.run().metrics[.gradientNorm] : report.metrics[.gradientNorm])
            #expect(isClose(norm, norms[index], 1e-4), "norm \(index): \(norm), not \(norms[index])")
        }
        try step.compareParameters()
    }

    /// Three epochs over one batch, whose targets are computed once.
    @Test(arguments: [
        "ppo-mean-all-vae", "ppo-minibatches", "ppo-predict", "ppo-unrolls-gru", "ppo-gaussian", "ppo-convolution", "ppo-masked-parts",
    ])
    func proximalStepsEqualPyTorchs(variant: String) throws {
        let isWhole = variant != "ppo-minibatches" && variant != "ppo-predict"
        if isWhole {
            let first = try JointStep(variant, epochs: 1)
            try expectFirstStep(first, first.run().metrics, variant)
        }
        let step = try JointStep(variant, epochs: 3)
        let report = try step.run()
        let norms = try step.array("gradientNorm")
        #expect(report.metrics[.gradientSteps] == Double(norms.count))
        #expect(isClose(Float(report.metrics[.gradientNorm]), norms.reduce(0, +) / Float(norms.count), 1e-4))
        #expect(report.metrics[.clipFraction] > 0)
        try step.compareParameters()
    }

    /// With a target that follows, every switch of what the next state is worth, and errors on both sides of Huber's bend.
    @Test(arguments: ["q-greedy", "q-double-dueling", "q-taken", "q-expected", "q-masked-double-dueling", "q-masked-expected"])
    func actionValueStepsEqualPyTorchs(variant: String) throws {
        let step = try JointStep(variant)
        let norms = try step.array("gradientNorm")
        for index in 0..<3 {
            let metrics = try step.run().metrics
            if index == 0 {
                for (metric, name) in [(Metric.actionValueLoss, "actionValueLoss"), (.totalLoss, "total")] {
                    let expected = try step.array("loss.\(name)")[0]
                    #expect(isClose(Float(metrics[metric]), expected), "\(name): \(metrics[metric]), not \(expected)")
                }
                try step.compareGradients()
            }
            #expect(isClose(Float(metrics[.gradientNorm]), norms[index], 1e-4), "norm \(index)")
        }
        try step.compareParameters()
    }

    /// Critics, actor and temperature move at once, each by its own part of the loss; what is drawn comes from the unrolls' noise.
    @Test(arguments: ["sac-continuous", "sac-discrete", "sac-masked"])
    func softActorCriticStepsEqualPyTorchs(variant: String) throws {
        let step = try JointStep(variant)
        let norms = try step.array("gradientNorm")
        for index in 0..<3 {
            let metrics = try step.run().metrics
            let told: [(Metric, String)] = [
                (.criticLoss, "criticLoss"), (.actorLoss, "actorLoss"), (.temperatureLoss, "temperatureLoss"), (.entropy, "entropy"),
                (.totalLoss, "total"),
            ]
            if index == 0 {
                for (metric, name) in told {
                    let expected = try step.array("loss.\(name)")[0]
                    #expect(isClose(Float(metrics[metric]), expected), "\(name): \(metrics[metric]), not \(expected)")
                }
                try step.compareGradients()
            }
            #expect(isClose(Float(metrics[.gradientNorm]), norms[index], 1e-4), "norm \(index)")
        }
        try step.compareParameters()
    }

    private func expectFirstStep(_ step: JointStep, _ metrics: MetricSample, _ variant: String) throws {
        func expect(_ value: Float?, _ name: String) throws {
            let expected = try step.array("loss.\(name)")[0]
            #expect(isClose(try #require(value), expected), "\(name): \(String(describing: value)), not \(expected)")
        }
        try expect(Float(metrics[.policyGradientLoss]), "policyGradientLoss")
        try expect(Float(metrics[.valueLoss]), "valueLoss")
        try expect(Float(metrics[.entropy]), "entropy")
        try expect(Float(metrics[.totalLoss]), "total")
        if variant.hasPrefix("predict") {
            try expect(Float(metrics[.predictionLoss]), "latentPrediction")
            try expect(Float(metrics[.rewardPredictionLoss]), "rewardPrediction")
            try expect(Float(metrics[.endingPredictionLoss]), "endingPrediction")
        } else if variant != "mean-all-none" {
            try expect(Float(metrics[.reconstructionLoss]), "reconstructionLoss")
            try expect(Float(metrics[.klDivergence]), "klDivergence")
        }
        try step.compareGradients()
        try expectPulls(step, metrics, variant)
    }

    /// Norms of both halves' derivatives by the encoder, where both reach it.
    private func expectPulls(_ step: JointStep, _ metrics: MetricSample, _ variant: String) throws {
        guard variant != "mean-all-none" else { return }
        let halves = [("representation", Metric.encoderGradientOfRepresentation), ("policy", .encoderGradientOfPolicy)]
        let expected = try halves.map { try step.array("encoderGradient.\($0.0)")[0] }
        for (half, expected) in zip(halves, expected) {
            let told = metrics[half.1]
            guard !expected.isZero, variant.contains("vaeonly") == false else {
                #expect(told.isNaN, "\(half.0)")
                continue
            }
            #expect(isClose(Float(told), expected), "\(half.0): \(told), not \(expected)")
        }
    }

    @Test func aLogProbabilityThatIsNoNumberStopsTheTraining() throws {
        let step = try JointStep("mean-all-vae")
        step.spoilLogProbability()
        #expect(throws: NotFinite.self) { try step.run() }
    }

    /// What the design forbids: noise sampled anew by the learner. The ratios of an actor that acts with the noise of
    /// its key are then far from 1, and the alarm of the live metric would ring.
    @Test func noiseOfAnotherKeyBreaksTheRatios() throws {
        let honest = try JointStep("noise-all-vae", actsItself: true)
        _ = try honest.run()
        #expect(try #require(honest.trainer.maximumLogRatio(columns: 0..<3)) < 1e-4)
        let resampled = try JointStep("noise-all-vae", actsItself: true, learnersKey: 1)
        _ = try resampled.run()
        #expect(try #require(resampled.trainer.maximumLogRatio(columns: 0..<3)) > 1e-2)
    }
}
