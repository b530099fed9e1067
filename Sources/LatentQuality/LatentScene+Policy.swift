import Glibc
package import StarlingCompute
import StarlingExperience
package import StarlingLatentPolicy

/// Makes views of a latent policy's latent, with plans that are kept.
package struct LatentSceneMaker {
    private let policy: LatentPolicy
    private let autoencoder: AutoencoderPlan
    private let plan: Plan
    private let parameters: ParameterBank
    private let latent: Port<Float>  // [rows, Z]
    private let decoded: Port<Float>?  // [rows, D]
    private let value: Port<Float>?  // [rows]

    /// Rows of a run.
    private static let rows = 64
    /// Observations that are shown beside what comes back, and latents that are gone along.
    private static let shown = (observations: 16, ofFewNumbers: 100, latents: 8)
    /// Numbers of both, at most.
    private static let numberLimit = 400_000
    /// Where latents are set to, in standard deviations of their aggregate posterior.
    private static let offsets: [Float] = [-2.5, -1.5, -0.75, 0, 0.75, 1.5, 2.5]

    /// - Parameters:
    ///   - rows: observations of a view, at most.
    ///   - showsValues: whether V(z) is trained; it isn't where a recurrent core is between.
    package init(_ policy: LatentPolicy, rows: Int, showsValues: Bool, _ compute: ComputeContext = .cpu()) throws(ComputeError) {
        self.policy = policy
        autoencoder = try AutoencoderPlan(policy, rows: rows, samplesPrior: false, compute)
        var g = policy.makeGraph()
        let port = g.input("latent", .perRow(.samples, policy.model.latentCount), Float.self)
        latent = port
        decoded = policy.decodedMean(&g, port.node).map { g.output("decoded", $0) }
        value = showsValues && policy.model.core == .none ? g.output("value", policy.value(&g, port.node)) : nil
        if decoded == nil, value == nil { _ = g.output("latent.same", g.scale(port.node, 1)) }
        plan = try Plan(g, rows: [.samples: Self.rows], compute)
        parameters = ParameterBank(plan.layout)
    }

    /// - Parameters:
    ///   - others: all of the model's parameters, in the layout of `policy.layout`; what comes behind them doesn't matter.
    ///   - observations: `[M, F·D]` as the encoder's port takes them.
    /// - Throws: `LatentSampleError` when a number isn't finite.
    package func view(parameters others: ParameterBank, observations: UnsafeRawBufferPointer) throws -> LatentScene {
        let sample = try LatentSample(autoencoder, parameters: others, observations: observations, seed: 0)
        others.withUnsafeBufferPointer { values in
            parameters.withUnsafeMutableBufferPointer { _ = $0.update(fromContentsOf: values.prefix($0.count)) }
        }
        let width = sample.observations.columns
        let posterior = PosteriorQuality(sample)
        let latents = posterior.map { posterior in
            zip(posterior.divergences, zip(posterior.misfits, posterior.informations)).map {
                LatentScene.Latent(divergence: $0, misfit: $1.0, information: $1.1)
            }
        }
        // Spread over what was seen.
        let most = width <= 32 ? Self.shown.ofFewNumbers : Self.shown.observations
        let count = min(sample.observations.rows, most, max(2, Self.numberLimit / 2 / width))
        let rows = (0..<count).map { $0 * sample.observations.rows / count }
        let plane = PrincipalPlane(sample.means, Moments(sample.means), seed: 0)
        return LatentScene(
            shape: sample.shape, frameCount: policy.model.frameStack, observations: sample.observations.rows(rows),
            reconstructions: sample.reconstructions?.rows(rows), latents: latents ?? [],
            traversals: decoded == nil ? [] : traversals(sample, latents), map: Matrix(columns: 2, plane.coordinates),
            mapShares: plane.shares,
            values: value.map { run(sample.means, $0, width: 1).values })
    }

    private func traversals(_ sample: LatentSample, _ latents: [LatentScene.Latent]?) -> [LatentScene.Traversal] {
        let moments = Moments(sample.means)
        let classes = sample.classes ?? 1
        let count = sample.means.columns / classes
        let telling = (0..<count).sorted { a, b in
            guard let latents else { return moments.variance[a] > moments.variance[b] }
            return latents[a].information > latents[b].information
        }
        let most = min(Self.shown.latents, max(1, Self.numberLimit / 2 / (Self.offsets.count * sample.observations.columns)))
        let first = Array(sample.means.values.prefix(sample.means.columns))
        return telling.prefix(most).map { latent in
            let settings: [Float]
            if sample.classes == nil {
                let spread = sample.logVariances.map { variances in
                    (0..<variances.rows).reduce(0.0) { $0 + exp(variances[$1, latent]) } / Double(variances.rows)
                }
                let deviation = Float((moments.variance[latent] + (spread ?? 0)).squareRoot())
                settings = Self.offsets.map { Float(moments.mean[latent]) + $0 * deviation }
            } else {
                settings = (0..<min(classes, Self.offsets.count)).map(Float.init)
            }
            var rows: [Float] = []
            for setting in settings {
                var z = first
                if sample.classes == nil {
                    z[latent] = setting
                } else {
                    for place in 0..<classes { z[latent * classes + place] = place == Int(setting) ? 1 : 0 }
                }
                rows += z
            }
            let decoded = run(Matrix(columns: sample.means.columns, rows), decoded!, width: sample.observations.columns)
            return LatentScene.Traversal(latent: latent, settings: settings, decoded: decoded)
        }
    }

    /// What an output is for latents, row by row.
    private func run(_ latents: Matrix, _ output: Port<Float>, width: Int) -> Matrix {
        let z = latents.columns
        var values: [Float] = []
        for start in stride(from: 0, to: latents.rows, by: Self.rows) {
            let count = min(Self.rows, latents.rows - start)
            plan.write(latent) { _ = $0.update(fromContentsOf: latents.values[start * z..<(start + count) * z]) }
            plan.run(.forward, with: parameters, rows: count)
            values += plan.read(output) { $0.prefix(count * width) }
        }
        return Matrix(columns: width, values)
    }
}
