import StarlingAlgorithms

/// ½(V(z) − G)² with λ-returns G.
struct FitReturns: Objective {
    let discount: Float
    let lambda: Float

    var metrics: [Metric] { [.valueLoss] }
    var needs: [RowOutput] { [.value] }

    func grow(_ g: inout Graph, _ pass: inout ModelPass) -> [Term] {
        let error = g.subtract(pass.value(&g), pass.target(&g, .valueTarget))
        return [Term(.valueLoss, g.scale(pass.mean(&g, g.square(error)), 0.5), weight: 1)]
    }

    func writeTargets(_ step: StepAccess, _ metrics: inout MetricSample) {
        OnPolicyReturns.lambdaReturns(
            unrollLength: step.unrollLength, columns: step.columnCount, lambda: lambda,
            rewards: UnsafeBufferPointer(step.batch.rewards),
            discounting: .kinds(UnsafeBufferPointer(step.batch.kinds), discount: discount), values: step.read(.value),
            returns: step.target(.valueTarget))
    }
}
