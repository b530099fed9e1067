public import StarlingCompute
public import StarlingMetrics
public import StarlingTraining

/// `−A·log π(a|z) + c_V·½(V−G)² − c_H·H[π]`, every term a mean over the steps that count; A the generalised advantages, at λ = 1 the
/// n-step ones of Mnih et al. 2016, and G = A + V(z).
public struct A2CLoss: Objective {
    let discount: Float
    let lambda: Float
    let valueCost: Float
    let entropyCost: Float
    let normalizesAdvantages: Bool

    /// The loss with these numbers, which are those of the settings `A2C`.
    public init(discount: Float, lambda: Float, valueCost: Float, entropyCost: Float, normalizesAdvantages: Bool = false) {
        (self.discount, self.lambda, self.valueCost, self.entropyCost) = (discount, lambda, valueCost, entropyCost)
        self.normalizesAdvantages = normalizesAdvantages
    }

    public var metrics: [Metric] { ActorCritic.metrics }
    public var needs: [RowOutput] { ActorCritic.needs }

    public func grow(_ g: inout Graph, _ pass: inout ModelPass) -> [Term] {
        ActorCritic.grow(&g, &pass, valueCost: valueCost, entropyCost: entropyCost)
    }

    public func writeTargets(_ step: StepAccess, _ metrics: inout MetricSample) {
        ActorCritic.writeGeneralizedAdvantages(step, discount: discount, lambda: lambda)
        ActorCritic.noteTargets(step, &metrics)
    }

    public func adjustTargets(_ step: StepAccess) {
        if normalizesAdvantages { ActorCritic.normalizeAdvantages(step) }
    }
}
