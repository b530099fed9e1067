package import StarlingCompute
package import StarlingExperience
import StarlingLatentPolicy
package import StarlingMetrics

/// A way to turn a batch of unrolls into gradients. Everything that looks at a reward is behind this protocol.
///
/// The learner's loop: `load` each unroll of a batch into its columns, `step`, read `gradients`.
package protocol Algorithm: AnyObject {
    /// Names and places of the parameters that `step` reads and `gradients` speaks of.
    var layout: ParameterLayout { get }
    /// What it tells of itself; it writes no other.
    var metrics: [Metric] { get }
    /// Of its plan, with the choices made by timing.
    var tuning: Tuning { get }
    /// Frames of the reservoir that a step wants besides the batch: rows of `loadReservoir`.
    var reservoirRowCount: Int { get }

    /// Copies an unroll of E environments into columns `column ..< column + E` of the batch.
    func load(_ unroll: UnrollView, _ header: UnrollHeader, column: Int)
    /// Lends room `[rows, D]` for observations drawn from the reservoir.
    func loadReservoir(noiseKey: UInt64, _ body: (UnsafeMutableRawBufferPointer) -> Void)
    /// Computes losses and gradients of the loaded batch.
    /// - Returns: the steps in the batch that count; losses are weighted means over these.
    func step(_ parameters: ParameterBank, klWeight: Float, metrics: inout MetricSample) throws(NotFinite) -> Int
    /// Writes what would cost too much at every step, of the last batch: asked for a few times a second.
    func measure(_ metrics: inout MetricSample)
    /// The gradients of the last step, at the offsets of `layout`.
    func gradients<Result>(_ body: (UnsafeBufferPointer<Float>) -> Result) -> Result
    /// Largest |log π/μ| over the steps of these columns in the last batch: 0 but for rounding at policy lag 0.
    func maximumLogRatio(columns: Range<Int>) -> Float
}

/// A loss that is not a number: the step was not applied.
package struct NotFinite: Error, CustomStringConvertible {
    /// The term, in the words of its metric.
    package let term: String
    package let value: Float

    package init(term: String, value: Float) {
        self.term = term
        self.value = value
    }

    package var description: String { "\(term) is \(value)" }
}
