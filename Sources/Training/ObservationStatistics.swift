import StarlingCompute
import StarlingExperience
import StarlingLatentPolicy

/// Mean and deviation of what a normaliser normalises, over the steps trained on so far (Chan et al. 1983, parallel updates). They are
/// parameters that actors get with each version, so acting and training always see the same.
struct ObservationStatistics {
    private let mean: Range<Int>
    private let scale: Range<Int>
    private let count: Int
    private let spec: ObservationSpec
    /// Scalars of a stack; the newest frame comes last.
    private let stackCount: Int
    private let divisors: [Float]

    /// Steps that the past counts for at most, so that a policy that goes elsewhere is followed.
    private static let memory: Float = 1_000_000
    private static let smallestVariance = 1e-8

    static func declare(_ g: inout Graph, _ policy: LatentPolicy) {
        if policy.model.normalizesObservations { _ = g.parameter("observations.count", [1], .zeros) }
    }

    /// nil where the model has no normaliser.
    init?(_ layout: ParameterLayout, _ policy: LatentPolicy) {
        guard let mean = layout.slot(named: ModelArchitecture.normalizerMean),
            let scale = layout.slot(named: ModelArchitecture.normalizerScale), let count = layout.slot(named: "observations.count")
        else { return nil }
        self.mean = mean.offset..<mean.offset + mean.count
        self.scale = scale.offset..<scale.offset + scale.count
        self.count = count.offset
        spec = policy.environment.observation
        stackCount = policy.stackedObservation.count
        let scales = policy.model.observationScale
        divisors = (0..<spec.count).map { scales.isEmpty ? 1 : scales.count == 1 ? scales[0] : scales[$0] }
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
            for index in 0..<spec.count {
                var (sum, squares) = (0.0, 0.0)
                for row in rows { sum += number(observations, row, index) }
                let batchMean = sum / new
                for row in rows {
                    let deviation = number(observations, row, index) - batchMean
                    squares += deviation * deviation
                }
                let (m, s) = (mean.lowerBound + index, scale.lowerBound + index)
                let shift = batchMean - Double(values[m])
                let before = past / (Double(values[s]) * Double(values[s]))
                let variance = (before + squares + shift * shift * past * new / (past + new)) / (past + new)
                values[m] += Float(shift * new / (past + new))
                values[s] = Float(1 / max(variance, Self.smallestVariance).squareRoot())
            }
            values[count] = min(values[count] + Float(rows.count), Self.memory)
        }
    }

    private func number(_ observations: UnsafeRawBufferPointer, _ row: Int, _ index: Int) -> Double {
        let place = (row + 1) * stackCount - spec.count + index
        switch spec.scalar {
        case .float32: return Double(observations.load(fromByteOffset: 4 * place, as: Float.self) / divisors[index])
        case .uint8: return Double(Float(observations[place]) / divisors[index])
        }
    }
}
