import StarlingCompute
import StarlingMetrics

/// Divides rewards by the running scale of the returns, so that the value always learns numbers of about 1 and nobody needs to
/// guess a scale of rewards. The scale is the root of the mean square of the value's targets. It is kept among the
/// parameters, so it is versioned and stored with them. When it changes, the value head's last layer is multiplied by
/// the inverse: what it says of a state stays (van Hasselt et al. 2016, "Learning values across many orders of magnitude", without
/// the shift).
struct ReturnScale {
    private let scale: Int
    private let batches: Int
    /// Of the value head's last layer.
    private let head: [Range<Int>]

    /// Share of a new batch in the mean square at least.
    private static let smallestShare: Float = 0.01
    private static let smallestScale: Float = 1e-4

    static func declare(_ g: inout Graph) {
        _ = g.parameter("returns.scale", [1], .constant(1))
        _ = g.parameter("returns.batches", [1], .zeros)
    }

    init(_ layout: ParameterLayout) {
        func slot(_ name: String) -> ParameterLayout.Slot {
            guard let slot = layout.slot(named: name) else { preconditionFailure("no parameter is called \(name)") }
            return slot
        }
        (scale, batches) = (slot("returns.scale").offset, slot("returns.batches").offset)
        head = ["value.output.weight", "value.output.bias"].map { slot($0).offset..<slot($0).offset + slot($0).count }
    }

    /// Brings the rewards of a loaded batch to the value's scale.
    func apply(to batch: HostBatch, _ parameters: ParameterBank) {
        batch.scaleRewards(by: 1 / parameters.withUnsafeBufferPointer { $0[scale] })
    }

    /// Takes in the targets that were trained on, and moves the value head to the new scale.
    func follow(_ step: StepAccess, _ parameters: ParameterBank, _ metrics: inout MetricSample) {
        let targets = step.target(.valueTarget)
        var square = 0.0
        for row in targets.indices { square += Double(step.weights[row]) * Double(targets[row]) * Double(targets[row]) }
        parameters.withUnsafeMutableBufferPointer { values in
            let old = values[scale]
            let share = max(1 / (values[batches] + 1), Self.smallestShare)
            let mean = (1 - share) * old * old + share * Float(square) * old * old
            let new = max(mean.squareRoot(), Self.smallestScale)
            // Exact in Float up to 2²⁴; by then its share has long been the smallest.
            values[batches] = min(values[batches] + 1, 8_388_608)
            values[scale] = new
            for range in head { for index in range { values[index] *= old / new } }
            metrics[.returnScale] = Double(new)
        }
    }
}
