package import StarlingCompute
package import StarlingExperience

/// What an actor computes: observations in, logits of π out. It has every parameter's place and no gradient.
package struct ActingGraph: Sendable {
    package let graph: Graph
    package let observation: ObservationPort  // [rows, D]
    /// Only where the policy acts on a sampled latent.
    package let noise: NoisePorts?
    package let logits: Port<Float>  // [rows, A]

    package init(_ policy: LatentPolicy, latentMode: ActingSpec.LatentMode) {
        var g = policy.makeGraph()
        let (port, x) = policy.observation(&g, .acting)
        let posterior = policy.encode(&g, x)
        var z = posterior.mean
        if latentMode == .noise {
            let ports = NoisePorts(&g, .acting)
            z = policy.sample(&g, posterior, ports)
            noise = ports
        } else {
            noise = nil
        }
        logits = g.output("logits", policy.logits(&g, z))
        observation = port
        graph = g
    }
}
