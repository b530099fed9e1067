public import StarlingCompute
public import StarlingMetrics
import StarlingReturns
public import StarlingTraining

/// `−A·log π(a|z) + c_V·½(V−v)² − c_H·H[π]` with V-trace's advantages A and targets v (Espeholt et al. 2018, section 4.2), every term
/// a mean over the steps that count.
public struct VTraceLoss: Objective {
    let targets: VTraceTargets.Settings
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
        let policyLoss = g.negate(pass.mean(&g, g.multiply(advantage, taken)))
        return [Term(.policyGradientLoss, policyLoss, weight: 1)]
            + ActorCritic.terms(
                &g, pass, value, valueTarget, distribution, valueCost: valueCost, entropyCost: entropyCost)
    }

    public func writeTargets(_ step: StepAccess, _ metrics: inout MetricSample) {
        let values = step.read(.value)
        let valueTargets = step.target(.valueTarget)
        metrics[.importanceRatio] = Double(step.batch.meanImportanceRatio(frames: step.frames))
        VTraceTargets.targets(
            unrollLength: step.unrollLength, columns: step.columnCount, settings: targets,
            logRatios: UnsafeBufferPointer(step.batch.logRatios), rewards: UnsafeBufferPointer(step.batch.rewards),
            kinds: UnsafeBufferPointer(step.batch.kinds), values: values, valueTargets: valueTargets,
            advantages: step.target(.advantage))
        ActorCritic.noteFit(step, &metrics)
    }
}
