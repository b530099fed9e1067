public import StarlingCompute
public import StarlingMetrics
public import StarlingTraining

/// `−log π(a|z)`, a mean over the steps that count: of sequences of a data set what makes them most likely, step by step with what was
/// written before (teacher forcing).
public struct MaximumLikelihood: Objective {
    private let metric: Metric

    /// - Parameter metric: what it is called; of a phase that moves no group it is only told.
    public init(_ metric: Metric = .negativeLogLikelihood) { self.metric = metric }

    public var metrics: [Metric] { [metric] }

    public func grow(_ g: inout Graph, _ pass: inout ModelPass) -> [Term] {
        let taken = pass.logProbability(&g)
        return [Term(metric, g.negate(pass.mean(&g, taken)), weight: 1)]
    }
}

extension Metric {
    public static let negativeLogLikelihood = Metric(
        "negative_log_likelihood", "nat", "−log π(token | those before it) over the data set's sequences, per token.",
        cell: Cell("NLL", suffix: "nat", plain: "NLL"))
    public static let heldOutNegativeLogLikelihood = Metric(
        "held_out_nll", "nat", "−log π(token | those before it) over sequences that training never sees, per token.", .last)
}
