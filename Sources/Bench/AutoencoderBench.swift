private import StarlingAlgorithms
private import StarlingCompute
package import StarlingExperience
private import StarlingLatentPolicy
private import StarlingMetrics
package import StarlingTraining

/// Trains the autoencoder alone on a data set, from several seeds, and tells its bound on rows that it has not seen.
package struct AutoencoderBench {
    package struct Settings: Sendable {
        package var model: ModelSpec
        package var latent: LatentSettings
        /// Its horizon is in rows.
        package var optimizer: OptimizerSettings
        /// Rows of a batch.
        package var batch = 64
        /// Steps of the optimiser.
        package var updates = 600
        /// Seeds 1, 2, …
        package var seeds = 5
        /// Of z for each row of the test, when it is over.
        package var samples = 8

        package init(model: ModelSpec, latent: LatentSettings, optimizer: OptimizerSettings) {
            (self.model, self.latent, self.optimizer) = (model, latent, optimizer)
        }
    }

    private let settings: Settings
    private let training: DataSet
    private let test: DataSet
    /// Of the samples of z: the same for every model.
    private static let testSeed: UInt64 = 9

    /// - Precondition: the model fits the data, which have the same observations.
    package init(_ settings: Settings, training: DataSet, test: DataSet) {
        precondition(training.observation == test.observation, "training and test have different observations")
        (self.settings, self.training, self.test) = (settings, training, test)
    }

    /// - Parameter progress: told each seed's result.
    /// - Throws: `NotFinite` of a training that has diverged; `ComputeError`.
    package func run(_ progress: (AutoencoderReport.Run) -> Void = { _ in }) throws -> AutoencoderReport {
        var runs: [AutoencoderReport.Run] = []
        for seed in 1...UInt64(settings.seeds) {
            let run = try self.run(seed: seed)
            progress(run)
            runs.append(run)
        }
        return AutoencoderReport(settings, training: training, test: test, runs)
    }

    private func run(seed: UInt64) throws -> AutoencoderReport.Run {
        let context = TrainingContext.dataSet(
            training, model: settings.model, rows: settings.batch, latent: settings.latent, optimizer: settings.optimizer,
            compute: .cpu(), seed: seed)
        let design = TrainingDesign([Phase([Autoencoder(context)])], context)
        let training = try DataSetTraining(design, context, training)
        var metrics = MetricSample(MetricSet(training.trainer.metrics))
        let start = Timing.now()
        for _ in 0..<settings.updates {
            metrics.clear()
            try training.step(&metrics)
        }
        let seconds = Timing.now() - start
        let estimate = try ElboEstimate(
            training.trainer.parameters, of: design, context, on: test, samples: settings.samples, seed: Self.testSeed)
        guard let estimate else { preconditionFailure("the model has no decoder") }
        return AutoencoderReport.Run(
            seed: seed, elbo: estimate.elbo, reconstruction: estimate.reconstruction, klDivergence: estimate.divergence, seconds: seconds)
    }
}

/// What `starling bench autoencoder` found.
package struct AutoencoderReport: Sendable, Encodable {
    /// Of the JSON object that `JSONEncoder.forReports()` makes of it.
    package let format = 1
    package let trainingRows: Int
    package let testRows: Int
    package let batch: Int
    package let updates: Int
    package let learningRate: Double
    package let runs: [Run]
    /// Of the runs' bounds on the test's rows.
    package let elbo: ConfidenceInterval

    /// One seed.
    package struct Run: Hashable, Sendable, Encodable {
        package let seed: UInt64
        /// −reconstruction − klDivergence, nats an observation.
        package let elbo: Double
        package let reconstruction: Double
        package let klDivergence: Double
        /// Of the training.
        package let seconds: Double

        package var line: String {
            "seed \(seed): ELBO \(elbo.text(2)) nats (reconstruction \(reconstruction.text(2)), KL \(klDivergence.text(2))), "
                + "\(seconds.text(3)) s"
        }
    }

    init(_ settings: AutoencoderBench.Settings, training: DataSet, test: DataSet, _ runs: [Run]) {
        (trainingRows, testRows, self.runs) = (training.count, test.count, runs)
        (batch, updates, learningRate) = (settings.batch, settings.updates, Double(settings.optimizer.learningRate))
        elbo = ConfidenceInterval(runs.map(\.elbo))
    }

    package var line: String {
        let seconds = runs.map(\.seconds).median
        return "ELBO of \(testRows) rows after \(updates) updates of \(batch): \(elbo.text(2)) nats (mean of \(runs.count) "
            + "seed\(runs.count == 1 ? "" : "s"), 95 % interval), \(seconds.text(3)) s each"
    }
}
