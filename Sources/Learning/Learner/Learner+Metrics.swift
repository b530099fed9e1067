import StarlingExperience
import StarlingLatentPolicy
import StarlingLatentQuality
package import StarlingMetrics
import StarlingTraining

extension Metric {
    package static let maximumLogRatioAtLagZero = Metric(
        "max_log_ratio_at_lag_zero", "nat",
        "max |log π − log μ| where acting and training parameters are the same; over 0.001 something is broken.", .maximum,
        in: .asynchrony)
    package static let observationExplained = Metric(
        "observation_explained", "1",
        """
        What comes back of the last batch's observations: the mean explained variance 1 − MSE/Var of their scalars; F1 of binary \
        planes; of images the explained variance of all pixels together.
        """,
        .last, cell: Cell("explained"))
    package static let observationExplainedLeast = Metric(
        "observation_explained_least", "1", "Explained variance of the scalar that is explained least.", .last)
    package static let reconstructionRatio = Metric(
        "psnr", "dB", "Peak signal-to-noise ratio of reconstructed images within 0…1.", .last)
    package static let latentMisfit = Metric(
        "kl_misfit", "nat",
        """
        The part of kl_divergence that tells nothing: KL of the moments of all posteriors of the last batch to the prior, summed over \
        the latents.
        """,
        .last)
    package static let latentInformation = Metric(
        "latent_information", "nat",
        "kl_divergence without kl_misfit, an upper bound of what z tells of the observations of the last batch.", .last,
        cell: Cell("z tells", suffix: "nat"))
    package static let activeUnits = Metric(
        "active_units", "1", "Latents with more than 0.1 nats of information.", .count, cell: Cell("latents", suffix: "active"))
    package static let costMultiplier = Metric(
        "cost_multiplier", "reward", "ν: what a unit of cost takes from the reward. With cost.limit alone.", .last,
        cell: Cell("ν", suffix: "a cost"))
    package static let timeWaiting = Metric("time_waiting", "1", "Waiting for experience.", .timeShare, in: .time)
    package static let timeBatching = Metric("time_batching", "1", "Copying unrolls into batches.", .timeShare, in: .time)
    package static let timePublishing = Metric("time_publishing", "1", "Making and publishing snapshots.", .timeShare, in: .time)
    package static let timeCheckpointing = Metric(
        "time_checkpointing", "1", "Copying the state for checkpoints; their writing is another thread's.", .timeShare, in: .time)
    package static let timeJudging = Metric(
        "time_judging", "1", "Judging the autoencoder: observation_explained and what stands beside it.", .timeShare, in: .time)
}

extension Learner {
    /// What the learner measures whatever is trained.
    package static let metrics: [Metric] = [
        .meanLength, .observationExplained, .observationExplainedLeast, .reconstructionRatio, .latentMisfit, .latentInformation,
        .activeUnits, .maximumLogRatioAtLagZero, .timeWaiting, .timeBatching, .timePublishing, .timeCheckpointing,
        .timeJudging,
    ]

    /// What it measures besides where there is a limit of costs.
    package static let costMetrics: [Metric] = [.costMultiplier]

    /// Numbers that a judgement decodes at most: of pictures, some rows of a batch say what all would.
    private static let judgedNumbers = 4 << 20

    /// Judges the autoencoder by the last batch; nil where there is no decoder.
    func judgeAutoencoder() -> LatentQuality? {
        guard let autoencoder else { return nil }
        let observations = someObservations(atMost: max(2, Self.judgedNumbers / policy.architecture.explainedCount))
        return observations.withUnsafeBytes { observations in
            // A sample of numbers that aren't finite has no quality; the step that made them so is refused elsewhere.
            let sample = try? LatentSample(autoencoder, parameters: trainer.parameters, observations: observations, seed: 0)
            return sample.flatMap { try? LatentQuality($0) }
        }
    }
}

extension LatentQuality {
    func write(_ metrics: inout MetricSample) {
        if let share { metrics[.observationExplained] = share }
        // Pixels that hardly ever change are the least of an image.
        let least = reconstructions.filter { !$0.isImage }.flatMap { $0.explainedVariances.compactMap(\.self) }.min()
        if let least { metrics[.observationExplainedLeast] = least }
        if let psnr = reconstructions.compactMap(\.psnr).min() { metrics[.reconstructionRatio] = psnr }
        guard let posterior else { return }
        // Without correlations, which a batch has too few rows for.
        let misfit = posterior.misfits.reduce(0, +)
        metrics[.latentMisfit] = misfit
        metrics[.latentInformation] = max(0, posterior.divergence - misfit)
        metrics[.activeUnits] = Double(posterior.activeUnits)
    }
}
