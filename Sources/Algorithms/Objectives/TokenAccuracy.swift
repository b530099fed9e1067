public import StarlingCompute
import StarlingExperience
public import StarlingMetrics
public import StarlingTraining

/// How often the likeliest token is the next one, of sequences of a data set: of all tokens, and of those that aren't the commonest, for
/// where one token is most of them, as “nothing happens” is in music, saying it always is nearly always right. It has no loss.
public struct TokenAccuracy: Objective {
    private static let logits = RowOutput("accuracy.logits")

    public init() {}

    public var metrics: [Metric] { [.heldOutAccuracy, .heldOutRareAccuracy] }

    public func grow(_ g: inout Graph, _ pass: inout ModelPass) -> [Term] {
        pass.output(&g, Self.logits, pass.policy.logits(&g, pass.policyFeatures))
        return []
    }

    public func writeTargets(_ step: StepAccess, _ metrics: inout MetricSample) {
        let (batch, logits) = (step.batch, step.read(Self.logits))
        let width = logits.count / ((step.unrollLength + 1) * step.columnCount)
        var (counts, right) = ([Int](repeating: 0, count: width), [Int](repeating: 0, count: width))
        for row in batch.kinds.indices where batch.kinds[row] != StepKind.reset.rawValue {
            let (first, token) = (row * width, Int(batch.actions[row]))
            var best = 0
            for other in 1..<width where logits[first + other] > logits[first + best] { best = other }
            counts[token] += 1
            if best == token { right[token] += 1 }
        }
        let commonest = counts.indices.max { counts[$0] < counts[$1] }!
        let (all, allRight) = (counts.reduce(0, +), right.reduce(0, +))
        guard all > 0 else { return }
        metrics[.heldOutAccuracy] = Double(allRight) / Double(all)
        let rare = all - counts[commonest]
        if rare > 0 { metrics[.heldOutRareAccuracy] = Double(allRight - right[commonest]) / Double(rare) }
    }
}

extension Metric {
    public static let heldOutAccuracy = Metric(
        "held_out_accuracy", "1", "Share of the tokens of sequences that training never sees which the policy finds likeliest.", .last)
    public static let heldOutRareAccuracy = Metric(
        "held_out_rare_accuracy", "1", "The same of all tokens but the commonest: of music of the notes and their ends.", .last)
}
