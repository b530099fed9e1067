package import StarlingCompute
package import StarlingExperience
package import StarlingLatentPolicy

/// The training graph of V-trace: forward to log π(a), V and the autoencoder's terms; then, with the targets as late
/// inputs, the loss and its derivative.
package struct VTraceGraph: Sendable {
    package let graph: Graph
    package let latent: LatentObjective
    package let action: ActionPort
    package let weight: Port<Float>  // [rows], 1/N for a step that counts, else 0
    package let advantage: Port<Float>  // [rows], late
    package let valueTarget: Port<Float>  // [rows], late
    package let logProbability: Port<Float>  // [rows], log π(a|z)
    package let value: Port<Float>  // [rows]
    package let mean: Port<Float>  // [rows, Z]
    package let policyGradientLoss: Port<Float>
    package let valueLoss: Port<Float>
    package let entropy: Port<Float>
    package let reconstruction: Port<Float>?
    package let divergence: Port<Float>?
    package let total: Port<Float>

    package init(
        _ policy: LatentPolicy, _ settings: VTraceSettings, _ latentSettings: LatentSettings,
        acting: ActingSpec
    ) {
        var g = policy.makeGraph()
        let weight = g.input("weight", .perRow(.unroll), Float.self)
        self.weight = weight
        action = ActionPort(&g, policy.environment.action)
        latent = LatentObjective(&g, policy, latentSettings, acting: acting, weight: weight.node)

        let distribution = policy.actionDistribution(&g, latent.policyFeatures)
        let taken = distribution.logProbability(&g, of: action)
        let v = policy.value(&g, latent.valueFeatures)
        advantage = g.input("advantage", .perRow(.unroll), Float.self, stage: .backward)
        valueTarget = g.input("valueTarget", .perRow(.unroll), Float.self, stage: .backward)

        func mean(_ g: inout Graph, _ row: Node) -> Node { g.sum(g.multiply(row, weight.node), over: .rows) }
        let policyLoss = g.negate(mean(&g, g.multiply(advantage.node, taken)))
        let valueLoss = g.scale(mean(&g, g.square(g.subtract(v, valueTarget.node))), 0.5)
        let entropy = mean(&g, distribution.entropy(&g))
        var loss = g.add(policyLoss, g.scale(valueLoss, settings.valueCost))
        loss = g.subtract(loss, g.scale(entropy, settings.entropyCost))
        if let autoencoder = latent.loss { loss = g.add(loss, autoencoder) }

        logProbability = g.output("logProbability", taken)
        value = g.output("value", v)
        self.mean = g.output("mean", latent.posterior.mean)
        policyGradientLoss = g.output("policyGradientLoss", policyLoss)
        self.valueLoss = g.output("valueLoss", valueLoss)
        self.entropy = g.output("entropy", entropy)
        reconstruction = latent.reconstruction.map { g.output("reconstructionLoss", $0) }
        divergence = latent.divergence.map { g.output("klDivergence", $0) }
        total = g.output("loss", loss)
        g.differentiate(loss)
        graph = g
    }
}
