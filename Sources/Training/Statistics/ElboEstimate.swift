package import StarlingCompute
import StarlingExperience
import StarlingLatentPolicy

/// What an autoencoder is worth on a data set: means over the rows and over samples of z, in nats.
package struct ElboEstimate: Hashable, Sendable {
    /// −log p(x|z̃), summed over the scalars of an observation.
    package let reconstruction: Double
    /// KL(q(z|x) ‖ N(0, 1)), summed over the latents.
    package let divergence: Double
    /// The bound of log p(x).
    package var elbo: Double { -reconstruction - divergence }

    private static let rowLimit = 512

    /// - Parameters:
    ///   - samples: of z for each row.
    ///   - seed: of the samples: the same for all models that are compared.
    /// - Returns: nil where the model has no decoder.
    package init?(
        _ parameters: ParameterBank, of design: TrainingDesign, _ context: TrainingContext, on data: DataSet, samples: Int, seed: UInt64
    ) throws(ComputeError) {
        let policy = context.policy
        var g = design.makeGraph(context)
        let (observation, x) = policy.observation(&g, .unroll)
        let posterior = policy.encode(&g, x)
        let noise = policy.isStochastic ? NoisePorts(&g, .unroll) : nil
        let z = noise.map { policy.sample(&g, posterior, $0) } ?? posterior.mean
        guard let terms = policy.elbo(&g, x, posterior, latent: z) else { return nil }
        let outputs = [g.output("reconstruction", terms.reconstruction), g.output("divergence", terms.divergence)]
        let limit = min(Self.rowLimit, data.count)
        let plan = try Plan(g, rows: [.unroll: limit], context.compute)
        var sums = [0.0, 0.0]
        for start in stride(from: 0, to: data.count, by: limit) {
            let rows = min(limit, data.count - start)
            plan.writeBytes(observation) { bytes in
                for row in 0..<rows { data.copy(start + row, to: bytes.baseAddress! + row * data.observation.byteCount) }
            }
            if let noise {
                plan.write(noise.step) { for row in 0..<rows { $0[row] = UInt64(start + row) } }
                plan.write(noise.environment) { $0.update(repeating: 0) }
            }
            for sample in 0..<samples {
                if let noise { plan.write(noise.key) { $0.update(repeating: Seed.mix(seed, UInt64(sample))) } }
                plan.run(.forward, with: parameters, rows: rows)
                for (index, output) in outputs.enumerated() {
                    plan.read(output) { for row in 0..<rows { sums[index] += Double($0[row]) } }
                }
            }
        }
        let count = Double(samples * data.count)
        (reconstruction, divergence) = (sums[0] / count, sums[1] / count)
    }
}
