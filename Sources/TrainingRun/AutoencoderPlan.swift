import StarlingCompute
import StarlingExperience
import StarlingLatentPolicy

/// The graph of one size of autoencoder, bound to as many rows as are ever computed at once: D–width–2Z and Z–width–D, ReLU between,
/// a Bernoulli for each number of a picture.
///
/// Its loss is the mean over the rows of −log p(x|z̃) + β·KL, nats.
final class AutoencoderPlan {
    /// Rows of a run at most.
    static let rowLimit = 256

    let plan: Plan
    let gradients: Gradients
    /// Of the layout, what the loss depends on: all of the autoencoder, no head of a policy.
    let ranges: [Range<Int>]
    /// `[rows, D]`.
    let observation: Port<UInt8>
    let noise: NoisePorts
    let klWeight: Port<Float>
    /// 1 over the number of rows.
    let share: Port<Float>
    /// −log p(x|z̃) `[rows]`.
    let reconstruction: Port<Float>
    /// `[rows]`.
    let divergence: Port<Float>
    /// μ `[rows, Z]`.
    let mean: Port<Float>

    init(pictureWidth: Int, width: Int, latentCount: Int) throws(ComputeError) {
        let model = ModelSpec(
            encoder: .dense([width]), decoder: .dense([width]), policy: .dense([]), value: .dense([]), activation: .relu,
            latentCount: latentCount, likelihood: .bernoulli, representation: .vae, observationScale: [1])
        let observations = EnvironmentSpec(
            name: "pictures", observation: ObservationSpec(shape: [pictureWidth], scalar: .uint8), action: .discrete(1))
        let policy = LatentPolicy(model: model, environment: observations)
        var g = policy.makeGraph()
        let (port, x) = policy.observation(&g, .unroll)
        guard case .uint8(let observation) = port else { fatalError("pictures are bytes") }
        let posterior = policy.encode(&g, x)
        noise = NoisePorts(&g, .unroll)
        let z = policy.sample(&g, posterior, noise)
        guard let terms = policy.elbo(&g, x, posterior, latent: z) else { fatalError("an autoencoder without a decoder") }
        klWeight = g.input("kl weight", .scalar, Float.self)
        share = g.input("share", .scalar, Float.self)
        let divergence = g.multiply(g.sum(terms.divergence, over: .rows), scalar: klWeight.node)
        let loss = g.multiply(g.add(g.sum(terms.reconstruction, over: .rows), divergence), scalar: share.node)
        reconstruction = g.output("reconstruction", terms.reconstruction)
        self.divergence = g.output("divergence", terms.divergence)
        mean = g.output("mean", posterior.mean)
        let gradients = g.differentiate(loss)
        self.observation = observation
        self.gradients = gradients
        plan = try Plan(g, rows: [.unroll: Self.rowLimit], .cpu())
        ranges = plan.layout.ranges { gradients.reached[$0] }
        // A row's noise is that of its place under the key of the run.
        plan.write(noise.step) { for row in $0.indices { $0[row] = UInt64(row) } }
        plan.write(noise.environment) { $0.update(repeating: 0) }
    }
}
