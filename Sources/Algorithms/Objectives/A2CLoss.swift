public import StarlingCompute
public import StarlingMetrics
import StarlingReturns
public import StarlingTraining

/// `−A·log π(a|z) + c_V·½(V−G)² − c_H·H[π]`, every term a mean over the steps that count; A the generalised advantages, at λ = 1 the
/// n-step ones of Mnih et al. 2016, and G = A + V(z).
public struct A2CLoss: Objective {
    let discount: Float
    let lambda: Float
    let valueCost: Float
    let entropyCost: Float

    public var metrics: [Metric] { [.policyGradientLoss] + ActorCritic.metrics + [.importanceRatio] }
    public var needs: [RowOutput] { [.logProbability, .value] }

    public func grow(_ g: inout Graph, _ pass: inout ModelPass) -> [Term] {
        let distribution = pass.distribution(&g)
        let taken = pass.logProbability(&g)
        let value = pass.value(&g)
        let advantage = pass.target(&g, .advantage)
        let valueTarget = pass.target(&g, .valueTarget)
        return [Term(.policyGradientLoss, g.negate(pass.mean(&g, g.multiply(advantage, taken))), weight: 1)]
            + ActorCritic.terms(
                &g, pass, value, valueTarget, distribution, valueCost: valueCost, entropyCost: entropyCost)
    }

    public func writeTargets(_ step: StepAccess, _ metrics: inout MetricSample) {
        let (values, batch) = (step.read(.value), step.batch)
        let (advantages, targets) = (step.target(.advantage), step.target(.valueTarget))
        OnPolicyReturns.generalizedAdvantages(
            unrollLength: step.unrollLength, columns: step.columnCount, lambda: lambda,
            rewards: UnsafeBufferPointer(batch.rewards),
            discounting: .kinds(UnsafeBufferPointer(batch.kinds), discount: discount), values: values, advantages: advantages)
        for row in targets.indices { targets[row] = advantages[row] + values[row] }
        metrics[.importanceRatio] = Double(batch.meanImportanceRatio(frames: step.frames))
        ActorCritic.noteFit(step, &metrics)
    }
}
