import StarlingCompute
import StarlingExperience
import StarlingLatentPolicy

/// Mean and deviation of what a normaliser normalises, over the steps trained on so far (Chan et al. 1983, parallel updates). They are
/// parameters that actors get with each version, so acting and training always see the same.
struct ObservationStatistics {
    private let parts: [Part]
    private let count: Int

    /// What one normaliser normalises: a part of the observations, or all of them.
    fileprivate struct Part {
        let mean: Range<Int>
        let scale: Range<Int>
        let scalar: ObservationSpec.Scalar
        /// Bytes of a stack of frames, and where the part begins in the newest, which comes last.
        let rowByteCount: Int
        let offset: Int
        let divisors: [Float]
    }

    /// Steps that the past counts for at most, so that a policy that goes elsewhere is followed.
    private static let memory: Float = 1_000_000
    private static let smallestVariance = 1e-8

    static func declare(_ g: inout Graph, _ policy: LatentPolicy) {
        if policy.architecture.branches.contains(where: { $0.normalizer != nil }) { _ = g.parameter("observations.count", [1], .zeros) }
    }

    /// nil where the model has no normaliser.
    init?(_ layout: ParameterLayout, _ policy: LatentPolicy) {
        guard let count = layout.slot(named: "observations.count") else { return nil }
        self.count = count.offset
        let (spec, scales) = (policy.environment.observation, policy.model.observationScale)
        let rowByteCount = policy.stackedObservation.byteCount
        parts = policy.architecture.branches.enumerated().compactMap { index, branch in
            guard let mean = layout.slot(named: branch.normalizerMean), let scale = layout.slot(named: branch.normalizerScale) else {
                return nil
            }
            let isWhole = branch.name == nil
            let scales = isWhole ? scales : [policy.model.branches[index].scale]
            return Part(
                mean: mean.offset..<mean.offset + mean.count, scale: scale.offset..<scale.offset + scale.count,
                scalar: branch.observation.scalar, rowByteCount: rowByteCount,
                offset: rowByteCount - spec.byteCount + (isWhole ? 0 : spec.offset(ofPart: index)),
                divisors: (0..<mean.count).map { scales.isEmpty ? 1 : scales.count == 1 ? scales[0] : scales[$0] })
        }
    }

    /// Takes in the steps of a batch that count.
    /// - Parameters:
    ///   - observations: `[rows, F·D]` as the model's input takes them.
    ///   - weights: of the rows; 0 where a row is no step.
    func follow(_ observations: UnsafeRawBufferPointer, _ weights: UnsafeBufferPointer<Float>, _ parameters: ParameterBank) {
        let rows = weights.indices.filter { weights[$0] > 0 }
        guard !rows.isEmpty else { return }
        parameters.withUnsafeMutableBufferPointer { values in
            let (past, new) = (Double(values[count]), Double(rows.count))
            for part in parts {
                for index in part.divisors.indices {
                    var (sum, squares) = (0.0, 0.0)
                    for row in rows { sum += part.number(observations, row, index) }
                    let batchMean = sum / new
                    for row in rows {
                        let deviation = part.number(observations, row, index) - batchMean
                        squares += deviation * deviation
                    }
                    let (m, s) = (part.mean.lowerBound + index, part.scale.lowerBound + index)
                    let shift = batchMean - Double(values[m])
                    let before = past / (Double(values[s]) * Double(values[s]))
                    let variance = (before + squares + shift * shift * past * new / (past + new)) / (past + new)
                    values[m] += Float(shift * new / (past + new))
                    values[s] = Float(1 / max(variance, Self.smallestVariance).squareRoot())
                }
            }
            values[count] = min(values[count] + Float(rows.count), Self.memory)
        }
    }
}

extension ObservationStatistics.Part {
    func number(_ observations: UnsafeRawBufferPointer, _ row: Int, _ index: Int) -> Double {
        let place = row * rowByteCount + offset + index * scalar.byteCount
        switch scalar {
        case .float32: return Double(observations.load(fromByteOffset: place, as: Float.self) / divisors[index])
        case .uint8: return Double(Float(observations[place]) / divisors[index])
        }
    }
}
