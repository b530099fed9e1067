package import StarlingCompute
package import StarlingExperience
package import StarlingLatentPolicy

/// Weights and switches of the autoencoder's part in the joint objective, the same for every algorithm.
package struct LatentSettings: Hashable, Sendable {
    /// Whose gradients reach the encoder besides the autoencoder's own.
    package enum EncoderGradient: String, CaseIterable, Sendable {
        case all, critic
        case vaeOnly = "vae_only"
    }

    package var encoderGradient: EncoderGradient = .all
    /// Weight λ of −ELBO/D in the loss.
    package var vaeCost: Float = 0.5
    /// Weight β of the KL term within −ELBO, after the warm-up.
    package var klWeight: Float = 0.01
    /// Share of the horizon over which β rises from 0.
    package var klWarmup: Float = 0.1
    /// KL per latent, in nats, below which there is no pressure.
    package var freeNats: Float = 0
    /// Share of the autoencoder's observations that come from the reservoir, in 0 ..< 1.
    package var replayShare: Float = 0
    /// Bytes that the reservoir holds at most.
    package var replayByteCount = 256 << 20

    package init() {}

    /// β at a share of the horizon in 0 ... 1.
    package func klWeight(at progress: Float) -> Float {
        klWarmup > 0 ? klWeight * min(1, progress / klWarmup) : klWeight
    }
}

/// The part of a training graph that every algorithm shares: q(z|o), the latent that each head sees, and
/// `L_vae = (1/D)·[−Σ log p(x|z̃) + β·max(Σ_j KL_j, f·Z)]` as a weighted sum over rows.
package struct LatentObjective: Sendable {
    package let observation: ObservationPort
    package let noise: NoisePorts?
    package let posterior: Posterior
    /// The recurrent core's doors, when there is one.
    package let core: CorePorts?
    /// What the policy head sees, z and the core's output, behind their gates.
    package let policyFeatures: Node  // [rows, Z + H]
    /// What the value head sees, likewise.
    package let valueFeatures: Node  // [rows, Z + H]
    /// β, set before every step.
    package let klWeight: Port<Float>?
    /// The reservoir's doors, when it takes part.
    package let reservoir: Reservoir?
    /// λ·L_vae, nil without decoder.
    package let loss: Node?
    /// Weighted means in nats per observation, for the metrics; nil without decoder.
    package let reconstruction: Node?
    package let divergence: Node?

    package struct Reservoir: Sendable {
        package let observation: ObservationPort
        package let noise: NoisePorts?
        package let weight: Port<Float>
    }

    /// The core is of the heads, not of the autoencoder: what flows back through it into the encoder passes the value's gate.
    /// Where only the value may train the encoder, it alone trains the core too; where neither may, both train the core.
    /// - Parameters:
    ///   - weight: the weight of every row of `.unroll` in the autoencoder's mean.
    package init(
        _ g: inout Graph, _ policy: LatentPolicy, _ settings: LatentSettings, acting: ActingSpec, weight: Node
    ) {
        let (port, x) = policy.observation(&g, .unroll)
        let posterior = policy.encode(&g, x)
        let noise = policy.isStochastic ? NoisePorts(&g, .unroll) : nil
        let sampled = noise.map { policy.sample(&g, posterior, $0) } ?? posterior.mean
        let z = acting.latentMode == .noise ? sampled : posterior.mean
        observation = port
        self.noise = noise
        self.posterior = posterior
        let valueLatent = g.gate(z, open: settings.encoderGradient != .vaeOnly)
        let memory = policy.recurrentCore(
            &g, valueLatent, .unroll, sequences: .columns, steps: acting.unrollLength + 1)
        core = memory?.ports
        valueFeatures = policy.features(&g, valueLatent, memory?.output)
        policyFeatures = policy.features(
            &g, g.gate(z, open: settings.encoderGradient == .all),
            memory.map { g.gate($0.output, open: settings.encoderGradient != .critic) })

        guard let terms = policy.elbo(&g, x, posterior, latent: sampled) else {
            (klWeight, reservoir, loss, reconstruction, divergence) = (nil, nil, nil, nil, nil)
            return
        }
        let beta = g.input("klWeight", .scalar, Float.self)
        let scale = settings.vaeCost / Float(policy.stackedObservation.count)
        let floor = settings.freeNats * Float(policy.model.latentCount)

        func weighted(_ g: inout Graph, _ row: Node, _ weight: Node) -> Node {
            g.sum(g.multiply(row, weight), over: .rows)
        }
        /// λ/D·[reconstruction + β·max(KL, floor)].
        func cost(_ g: inout Graph, _ terms: ElboTerms, _ weight: Node) -> Node {
            let divergence = floor > 0 ? g.atLeast(terms.divergence, floor) : terms.divergence
            let kl = g.multiply(weighted(&g, divergence, weight), scalar: beta.node)
            return g.scale(g.add(weighted(&g, terms.reconstruction, weight), kl), scale)
        }

        var total = cost(&g, terms, weight)
        if settings.replayShare > 0 {
            let (port, x) = policy.observation(&g, .reservoir)
            let posterior = policy.encode(&g, x)
            let noise = policy.isStochastic ? NoisePorts(&g, .reservoir) : nil
            let z = noise.map { policy.sample(&g, posterior, $0) } ?? posterior.mean
            let weight = g.input("reservoir.weight", .perRow(.reservoir), Float.self)
            let terms = policy.elbo(&g, x, posterior, latent: z)!
            total = g.add(
                g.scale(total, 1 - settings.replayShare),
                g.scale(cost(&g, terms, weight.node), settings.replayShare))
            reservoir = Reservoir(observation: port, noise: noise, weight: weight)
        } else {
            reservoir = nil
        }
        loss = total
        klWeight = beta
        reconstruction = weighted(&g, terms.reconstruction, weight)
        divergence = weighted(&g, terms.divergence, weight)
    }
}
