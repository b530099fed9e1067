package import StarlingCompute
package import StarlingExperience
import StarlingLatentPolicy

/// A way to turn a batch of unrolls into gradients. Everything that looks at a reward is behind this protocol.
///
/// The learner's loop: `load` each unroll of a batch into its columns, `step`, read `gradients`.
package protocol Algorithm: AnyObject {
    /// Names and places of the parameters that `step` reads and `gradients` speaks of.
    var layout: ParameterLayout { get }
    /// Of its plan, with the choices made by timing.
    var tuning: Tuning { get }
    /// Frames of the reservoir that a step wants besides the batch: rows of `loadReservoir`.
    var reservoirRowCount: Int { get }

    /// Copies an unroll of E environments into columns `column ..< column + E` of the batch.
    func load(_ unroll: UnrollView, _ header: UnrollHeader, column: Int)
    /// Lends room `[rows, D]` for observations drawn from the reservoir.
    func loadReservoir(noiseKey: UInt64, _ body: (UnsafeMutableRawBufferPointer) -> Void)
    /// Computes losses and gradients of the loaded batch.
    func step(_ parameters: ParameterBank, klWeight: Float) throws(NotFinite) -> AlgorithmReport
    /// The gradients of the last step, at the offsets of `layout`.
    func gradients<Result>(_ body: (UnsafeBufferPointer<Float>) -> Result) -> Result
    /// Largest |log π/μ| over the steps of these columns in the last batch: 0 but for rounding at policy lag 0.
    func maximumLogRatio(columns: Range<Int>) -> Float
    /// Latents whose mean moves with the observation in the last batch: Var μ_j > 0.01 (Burda et al. 2016).
    func activeUnits() -> Int
}

/// A loss that is not a number: the step was not applied.
package struct NotFinite: Error, CustomStringConvertible {
    /// The term as the metrics name it.
    package let term: String
    package let value: Float

    package init(term: String, value: Float) {
        self.term = term
        self.value = value
    }

    package var description: String { "\(term) is \(value)" }
}

/// What a step tells of itself. Losses are weighted means over the rows that are steps.
package struct AlgorithmReport: Sendable {
    package var totalLoss: Float = 0
    package var policyGradientLoss: Float = 0
    package var valueLoss: Float = 0
    /// Mean entropy of π in nats.
    package var entropy: Float = 0
    /// Nats per observation; nil without decoder.
    package var reconstructionLoss: Float?
    /// Nats per observation; nil without decoder.
    package var klDivergence: Float?
    /// Mean of π/μ.
    package var meanImportanceRatio: Float = 1
    /// 1 − Var[v − V]/Var[v], v the value target.
    package var explainedVariance: Float?
    /// Steps in the batch that count.
    package var frames = 0
    /// Seconds in the plan's forward stage, in the targets and in the backward stage.
    package var forwardSeconds = 0.0
    package var targetSeconds = 0.0
    package var backwardSeconds = 0.0
}
