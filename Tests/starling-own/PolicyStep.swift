import StarlingAlgorithms

/// `−A·log π(a|z) − c_H·H[π]`, the advantages divided by their deviation over the batch.
struct PolicyStep: Objective {
    let discount: Float
    let lambda: Float
    let entropyCost: Float

    static let advantageDeviation = Metric("advantage_deviation", "reward", "Standard deviation of the advantages.")

    var metrics: [Metric] { [.policyGradientLoss, .entropy, Self.advantageDeviation] }
    var needs: [RowOutput] { [.value, .logProbability] }

    func grow(_ g: inout Graph, _ pass: inout ModelPass) -> [Term] {
        let advantage = pass.target(&g, .advantage)
        let gradient = pass.mean(&g, g.multiply(advantage, pass.logProbability(&g)))
        let entropy = pass.mean(&g, pass.distribution(&g).entropy(&g))
        return [
            Term(.policyGradientLoss, g.negate(gradient), weight: 1), Term(.entropy, entropy, weight: -entropyCost),
        ]
    }

    func writeTargets(_ step: StepAccess, _ metrics: inout MetricSample) {
        let advantages = step.target(.advantage)
        OnPolicyReturns.generalizedAdvantages(
            unrollLength: step.unrollLength, columns: step.columnCount, lambda: lambda,
            rewards: UnsafeBufferPointer(step.batch.rewards),
            discounting: .kinds(UnsafeBufferPointer(step.batch.kinds), discount: discount), values: step.read(.value),
            advantages: advantages)
        var (mean, square) = (Float(0), Float(0))
        for row in advantages.indices { mean += step.weights[row] * advantages[row] }
        for row in advantages.indices { square += step.weights[row] * (advantages[row] - mean) * (advantages[row] - mean) }
        let deviation = square.squareRoot()
        for row in advantages.indices { advantages[row] = (advantages[row] - mean) / (deviation + 1e-6) }
        metrics[Self.advantageDeviation] = Double(deviation)
    }
}
