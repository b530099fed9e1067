public import StarlingCompute
public import StarlingMetrics
public import StarlingReturns
public import StarlingTraining

/// `−A·log π(a|z) + c_V·½(V−v)² − c_H·H[π]` with V-trace's advantages A and targets v (Espeholt et al. 2018, section 4.2), every term
/// a mean over the steps that count.
public struct VTraceLoss: Objective {
    let targets: VTraceTargets.Settings
    let valueCost: Float
    let entropyCost: Float
    /// Share of c_H that is left at the end of the horizon.
    let entropyFinalShare: Float

    /// - Parameter entropyFinalShare: what is left of the entropy's weight at the end of the schedules.
    public init(targets: VTraceTargets.Settings, valueCost: Float, entropyCost: Float, entropyFinalShare: Float = 1) {
        (self.targets, self.valueCost, self.entropyCost) = (targets, valueCost, entropyCost)
        self.entropyFinalShare = entropyFinalShare
    }

    private static let entropyShare = ScalarInput("entropyShare")

    public var metrics: [Metric] { ActorCritic.metrics }
    public var needs: [RowOutput] { ActorCritic.needs }

    public func grow(_ g: inout Graph, _ pass: inout ModelPass) -> [Term] {
        let share = entropyFinalShare < 1 ? pass.scalar(&g, Self.entropyShare) : nil
        return ActorCritic.grow(&g, &pass, valueCost: valueCost, entropyCost: entropyCost, entropyShare: share)
    }

    public func setScalars(_ step: StepAccess) {
        if entropyFinalShare < 1 { step.set(Self.entropyShare, 1 - step.progress * (1 - entropyFinalShare)) }
    }

    public func writeTargets(_ step: StepAccess, _ metrics: inout MetricSample) {
        ActorCritic.writeVTrace(step, targets)
        ActorCritic.noteTargets(step, &metrics)
    }
}
