import Glibc

/// How much of what is seen comes back through z = μ.
package struct ReconstructionQuality: Sendable, Equatable {
    /// Whether it is of an image, on whatever scale.
    package let isImage: Bool
    /// 1 − MSE_d / Var_d of every scalar; nil of one that doesn't vary, for there is nothing to explain. At most 1; below 0 where
    /// the mean of the data would have been the better reconstruction. `[D]`
    package let explainedVariances: [Double?]
    /// Their mean over the scalars that vary; nil when none does.
    package let explainedVariance: Double?
    /// 1 − Σ MSE_d / Σ Var_d: scalars weigh by how much they vary. For images, where the former is ruled by pixels that hardly
    /// ever change.
    package let pooledExplainedVariance: Double?
    /// Mean variance of the scalars that vary; nil when none does.
    package let observedVariance: Double?
    /// Peak signal-to-noise ratio 10·log₁₀(1/MSE) in dB, of images whose numbers are within 0…1.
    package let psnr: Double?
    /// Of Bernoulli likelihoods.
    package let f1: PlaneScores?
    /// σ² of p(x|z), where it is given and not learned.
    let fixedVariance: Double?

    /// nil without a decoder.
    init?(_ sample: LatentSample) {
        guard let reconstructions = sample.reconstructions else { return nil }
        self.init(sample.observations, reconstructions, sample.shape, sample.likelihood)
    }

    /// Of one part alone; nil without a decoder.
    init?(_ sample: LatentSample, _ part: LatentSample.Part) {
        guard let reconstructions = sample.reconstructions else { return nil }
        let columns = Array(part.columns)
        self.init(sample.observations.columns(columns), reconstructions.columns(columns), part.shape, part.likelihood)
    }

    private init(_ x: Matrix, _ reconstructions: Matrix, _ shape: [Int], _ likelihood: LatentSample.Likelihood) {
        isImage = shape.count == 3
        let moments = Moments(x)
        var errors = [Double](repeating: 0, count: x.columns)
        for row in 0..<x.rows {
            for column in 0..<x.columns {
                let error = x[row, column] - reconstructions[row, column]
                errors[column] += error * error
            }
        }
        for column in errors.indices { errors[column] /= Double(x.rows) }
        explainedVariances = errors.indices.map { moments.varies($0) ? 1 - errors[$0] / moments.variance[$0] : nil }
        let explained = explainedVariances.compactMap(\.self)
        explainedVariance = explained.isEmpty ? nil : explained.reduce(0, +) / Double(explained.count)
        observedVariance = explained.isEmpty ? nil : moments.variance.reduce(0, +) / Double(explained.count)
        pooledExplainedVariance =
            explained.isEmpty ? nil : 1 - errors.reduce(0, +) / moments.variance.reduce(0, +)

        let isUnit = x.values.allSatisfy { 0 <= $0 && $0 <= 1 }
        psnr =
            isImage && likelihood != .bernoulli && isUnit
            ? -10 * log10(errors.reduce(0, +) / Double(x.columns)) : nil
        f1 = likelihood == .bernoulli ? PlaneScores(x, reconstructions, channels: isImage ? shape[0] : 1) : nil
        if case .normal(let variance) = likelihood { fixedVariance = variance } else { fixedVariance = nil }
    }

    /// The share of what is seen that comes back, in the measure that suits it: F1 of planes, of images the explained variance of all
    /// pixels together, of vectors the mean over their scalars. nil where nothing varies or is set.
    package var share: Double? {
        if let f1 { return f1.total }
        return isImage ? pooledExplainedVariance : explainedVariance
    }
}

/// F1 = 2·TP / (2·TP + FP + FN) of x̂ ≥ ½ against x ≥ ½.
package struct PlaneScores: Sendable, Equatable {
    /// nil of a channel in which nothing is ever set. `[C]`; of a vector one.
    package let channels: [Double?]
    /// Of all scalars together.
    package let total: Double?

    init(_ x: Matrix, _ reconstructions: Matrix, channels count: Int) {
        var hits = [Int](repeating: 0, count: count)
        var (positives, claims) = (hits, hits)
        let size = x.columns / count
        for row in 0..<x.rows {
            for column in 0..<x.columns {
                let isSet = x[row, column] >= 0.5
                let isClaimed = reconstructions[row, column] >= 0.5
                let channel = column / size
                if isSet { positives[channel] += 1 }
                if isClaimed { claims[channel] += 1 }
                if isSet && isClaimed { hits[channel] += 1 }
            }
        }
        /// TP + FN = positives and TP + FP = claims.
        func score(_ hits: Int, _ positives: Int, _ claims: Int) -> Double? {
            positives == 0 ? nil : Double(2 * hits) / Double(positives + claims)
        }
        channels = (0..<count).map { score(hits[$0], positives[$0], claims[$0]) }
        total = score(hits.reduce(0, +), positives.reduce(0, +), claims.reduce(0, +))
    }
}
