public import StarlingCompute
import StarlingExperience
public import StarlingLatentPolicy
public import StarlingMetrics
public import StarlingTraining

/// Tells sequences of a data set from those of the policy (Goodfellow et al. 2014; for sequences Yu et al. 2017, "SeqGAN: sequence
/// generative adversarial nets with policy gradient", section 3.1), by the cross-entropy `softplus(y) − label·y` of its logit y, a mean
/// over all steps: it judges every prefix. The label of the data is 1 − smoothing (Salimans et al. 2016, section 3.4), the policy's 0.
///
/// Its phase has the data's columns first, then as many fresh ones as `SequenceDraw` says.
public struct Discriminate: Objective {
    private let discriminator: SequenceDiscriminator
    /// Of the data.
    private let columns: Int
    private let smoothing: Float
    /// Share of whole sequences that it may tell right and still learn.
    private let gate: Float

    private static let label = TargetColumn("discriminator.label")
    private static let logit = RowOutput("discriminator.judged")

    /// - Parameter columns: of the data's sequences that a step has.
    public init(_ discriminator: SequenceDiscriminator, columns: Int, smoothing: Float, gate: Float) {
        (self.discriminator, self.columns, self.smoothing, self.gate) = (discriminator, columns, smoothing, gate)
    }

    public var metrics: [Metric] { [.discriminatorLoss, .discriminatorAccuracy] }

    public func declare(_ g: inout Graph, _ policy: LatentPolicy) { discriminator.declare(&g) }

    public func grow(_ g: inout Graph, _ pass: inout ModelPass) -> [Term] {
        let logit = discriminator.logits(&g, pass)
        pass.output(&g, Self.logit, logit)
        let entropy = g.subtract(g.softplus(logit), g.multiply(logit, pass.target(&g, Self.label)))
        return [Term(.discriminatorLoss, pass.mean(&g, entropy), weight: 1)]
    }

    public func writeTargets(_ step: StepAccess, _ metrics: inout MetricSample) {
        let labels = step.target(Self.label)
        for row in step.batch.kinds.indices { labels[row] = row % step.columnCount < columns ? 1 - smoothing : 0 }
        metrics[.discriminatorAccuracy] = accuracy(step)
    }

    public func wantsStep(_ step: StepAccess, _ metrics: inout MetricSample) -> Bool { accuracy(step) <= Double(gate) }

    /// Share of the sequences whose end it judges right.
    private func accuracy(_ step: StepAccess) -> Double {
        let logits = step.read(Self.logit)
        var (right, count) = (0, 0)
        for row in step.batch.kinds.indices where step.batch.kinds[row] == StepKind.terminated.rawValue {
            if (logits[row] > 0) == (row % step.columnCount < columns) { right += 1 }
            count += 1
        }
        return Double(right) / Double(max(1, count))
    }
}

extension Metric {
    public static let discriminatorLoss = Metric(
        "discriminator_loss", "nat",
        "Cross-entropy of whether what is judged, a sequence up to each token or a window, is the data's; 0.693 is a guess.")
    public static let discriminatorAccuracy = Metric(
        "discriminator_accuracy", "1", "Share of whole sequences, half of them the data's, that the discriminator tells right.",
        cell: Cell("D right", plain: "D right"))
}
