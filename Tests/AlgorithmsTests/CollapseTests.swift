import Foundation
import StarlingAlgorithms
import StarlingLatentQuality
import StarlingSafetensors
import Testing

/// A loss that many tutorials have, as a user could write it: the squared error's *mean* over the pixels beside the KL's *sum* over the
/// latents. It is an ELBO with a β of D/2σ², so the posterior collapses: the KL goes to 0 and no latent says anything.
private struct AveragedError: Objective {
    var metrics: [Metric] { [.reconstructionLoss, .klDivergence] }

    func grow(_ g: inout Graph, _ pass: inout ModelPass) -> [Term] {
        let (x, z) = (pass.observation, pass.sampledLatent)
        let pixels = g.sigmoid(pass.policy.decode(&g, z)!)
        let error = g.scale(g.sum(g.square(g.subtract(pixels, x)), over: .features), 1 / Float(pass.policy.stackedObservation.count))
        let divergence = pass.policy.elbo(&g, x, pass.posterior, latent: z)!.divergence
        return [Term(.reconstructionLoss, pass.mean(&g, error), weight: 1), Term(.klDivergence, pass.mean(&g, divergence), weight: 1)]
    }
}

/// The autoencoder alone on digits.
@Suite struct CollapseTests {
    private struct Outcome {
        let estimate: ElboEstimate
        /// Latents with information in the last batch.
        let activeUnits: Int
    }

    /// 600 updates of 64 binary 8 × 8 digits, what other 200 then say.
    private func train(
        seed: UInt64, latents: Int = 8, classes: Int? = nil, _ objective: (TrainingContext) -> any Objective
    ) throws -> Outcome {
        let tests = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        let file = try SafetensorsFile(reading: tests.appending(path: "Fixtures/digits/digits.safetensors").path)
        let (data, test) = (try DataSet("train", of: file), try DataSet("test", of: file))
        let model = ModelSpec(
            encoder: .dense([64]), decoder: .mirrored, policy: .dense([]), value: .dense([]), activation: .relu, latentCount: latents,
            likelihood: .bernoulli, representation: .vae, observationScale: [], latentClasses: classes)
        var (latent, optimizer) = (LatentSettings(), OptimizerSettings())
        (latent.vaeCost, latent.klWeight, latent.klWarmup) = (1, 1, 0)
        optimizer.learningRate = 3e-3
        let context = TrainingContext.dataSet(
            data, model: model, rows: 64, latent: latent, optimizer: optimizer, compute: .cpu(), seed: seed)
        let design = TrainingDesign([Phase([objective(context)])], context)
        let training = try DataSetTraining(design, context, data)
        var metrics = MetricSample(MetricSet(training.trainer.metrics))
        for _ in 0..<600 {
            metrics.clear()
            try training.step(&metrics)
        }
        let plan = try AutoencoderPlan(context.policy, rows: 64, samplesPrior: false)
        var sample: LatentSample?
        training.trainer.readObservations {
            sample = try? LatentSample(plan, parameters: training.trainer.parameters, observations: $0, seed: seed)
        }
        let quality = try LatentQuality(try #require(sample))
        let estimate = try ElboEstimate(training.trainer.parameters, of: design, context, on: test, samples: 4, seed: 1)
        return Outcome(estimate: try #require(estimate), activeUnits: try #require(quality.posterior).activeUnits)
    }

    @Test(arguments: 1...3 as ClosedRange<UInt64>) func anAveragedErrorBesideASummedKLCollapses(seed: UInt64) throws {
        let outcome = try train(seed: seed) { _ in AveragedError() }
        #expect(outcome.activeUnits == 0)
        #expect(outcome.estimate.divergence < 0.1)
    }

    /// The same model, data, optimiser and seeds: ours sums both in nats and divides both by D.
    @Test(arguments: 1...3 as ClosedRange<UInt64>) func theSumOfBothDoesNot(seed: UInt64) throws {
        let outcome = try train(seed: seed) { Autoencoder($0) }
        #expect(outcome.activeUnits >= 6, "\(outcome)")
        #expect(outcome.estimate.divergence > 5, "\(outcome)")
        // Without a latent the best that can be told of a digit is −25.2 nats, with each pixel's own mean.
        #expect(outcome.estimate.elbo > -22, "\(outcome)")
    }
    /// Eight variables of eight classes.
    @Test(arguments: 1...3 as ClosedRange<UInt64>) func norDoCategoricalLatents(seed: UInt64) throws {
        let outcome = try train(seed: seed, latents: 64, classes: 8) { Autoencoder($0) }
        #expect(outcome.activeUnits >= 6, "\(outcome)")
        #expect(outcome.estimate.divergence > 2, "\(outcome)")
        #expect(outcome.estimate.elbo > -22, "\(outcome)")
    }
}
