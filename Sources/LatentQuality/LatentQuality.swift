package import StarlingCompute

/// Whether an autoencoder is any good: what comes back through z, what z tells, and whether the prior's samples are like the data.
package struct LatentQuality: Sendable, Equatable {
    /// Observations that it was judged by.
    package let count: Int
    /// The least and the largest number of what is seen, as the encoder sees it; nil without a decoder.
    package let seen: ClosedRange<Float>?
    /// Whether the decoder gives numbers within 0…1 alone.
    let isWithinUnit: Bool
    /// nil without a decoder.
    package let reconstruction: ReconstructionQuality?
    /// Of each part of observations of several; none without a decoder.
    package let parts: [Part]
    /// nil where the latent is deterministic.
    package let posterior: PosteriorQuality?
    /// Area under the curve of a classifier that tells decoded samples of the prior from observations: ½ at best, 1 at worst. nil
    /// without such samples, or with too few of them.
    package let priorSampleAUC: Double?
    /// R² of the environment's true state by a linear map of μ; nil where it is unknown, or there are too few rows.
    package let probe: [Double?]?
    /// Without a decoder, the same of the observation's own numbers: what z tells of what is seen. nil of observations of many.
    package let observationProbe: [Double?]?

    /// How much of one part comes back.
    package struct Part: Sendable, Equatable {
        package let name: String
        package let reconstruction: ReconstructionQuality
    }

    /// Of each part, or without parts of the whole; empty without a decoder.
    package var reconstructions: [ReconstructionQuality] {
        parts.isEmpty ? [reconstruction].compactMap(\.self) : parts.map(\.reconstruction)
    }

    /// Judges a sample; less than a second where an observation has few numbers, some seconds for images.
    /// - Parameter seed: of the classifier and of the probe's halves.
    package init(_ sample: LatentSample, seed: UInt64 = 0, compute: ComputeContext = .cpu()) throws(ComputeError) {
        count = sample.observations.rows
        isWithinUnit = sample.isWithinUnit
        seen = sample.reconstructions == nil ? nil : sample.observations.range
        reconstruction = ReconstructionQuality(sample)
        posterior = PosteriorQuality(sample)
        parts = sample.parts.compactMap { part in
            ReconstructionQuality(sample, part).map { Part(name: part.name, reconstruction: $0) }
        }
        if let decoded = sample.priorSamples {
            priorSampleAUC = try TwoSampleTest.areaUnderCurve(decoded, sample.observations, seed: seed, compute: compute)
        } else {
            priorSampleAUC = nil
        }
        probe = sample.states.flatMap { LinearProbe.explainedVariances(of: $0, from: sample.means, seed: seed) }
        let isProbed = sample.reconstructions == nil && sample.observations.columns <= LinearProbe.observationLimit
        observationProbe = isProbed ? LinearProbe.explainedVariances(of: sample.observations, from: sample.means, seed: seed) : nil
    }

    /// The share of what is seen that comes back, of several parts the mean of theirs: see `ReconstructionQuality.share`.
    package var share: Double? {
        guard !parts.isEmpty else { return reconstruction?.share }
        let shares = parts.compactMap(\.reconstruction.share)
        return shares.isEmpty ? nil : shares.reduce(0, +) / Double(shares.count)
    }
}
