import Glibc
package import StarlingCompute
import StarlingExperience
package import StarlingLatentPolicy

extension LatentSample {
    /// What the autoencoder of a latent policy makes of observations, and as many samples of its prior.
    /// - Parameters:
    ///   - parameters: all of the model's, in the layout of `policy.layout`.
    ///   - observations: `[M, F·D]` as the encoder's port takes them, stacks of frames.
    ///   - states: the environment's true states, `[M, S]`.
    ///   - seed: of the prior's samples.
    /// - Throws: `LatentSampleError`, when a number isn't finite; `ComputeError`.
    package init(
        _ policy: LatentPolicy, parameters: ParameterBank, observations: UnsafeRawBufferPointer, states: Matrix? = nil, seed: UInt64,
        compute: ComputeContext = .cpu()
    ) throws {
        let seen = policy.stackedObservation
        let count = observations.count / seen.byteCount
        let prior = policy.prior(parameters)
        let autoencoder = try AutoencoderPlan(policy, rows: min(max(count, 1), AutoencoderPlan.mostRows), compute)
        var draws = Draws(seed: seed)
        var outputs = AutoencoderPlan.Outputs()
        for start in stride(from: 0, to: count, by: AutoencoderPlan.mostRows) {
            let rows = start..<min(start + AutoencoderPlan.mostRows, count)
            let bytes = observations[rows.lowerBound * seen.byteCount..<rows.upperBound * seen.byteCount]
            autoencoder.run(UnsafeRawBufferPointer(rebasing: bytes), rows: rows.count, parameters, &draws, &outputs)
        }
        if autoencoder.hasDecoder { policy.addNoise(to: &outputs.priorSamples, parameters, &draws) }
        let (d, z) = (seen.count, policy.model.latentCount)
        try self.init(
            shape: seen.shape, likelihood: policy.model.likelihood == .bernoulli ? .bernoulli : .normal,
            observations: Matrix(columns: d, outputs.observations),
            reconstructions: autoencoder.hasDecoder ? Matrix(columns: d, outputs.reconstructions) : nil,
            means: Matrix(columns: z, outputs.means),
            logVariances: policy.isStochastic ? Matrix(columns: z, outputs.logVariances) : nil,
            prior: LatentPrior(mean: prior.mean, logVariance: prior.logVariance),
            priorSamples: autoencoder.hasDecoder ? Matrix(columns: d, outputs.priorSamples) : nil, states: states)
    }
}

extension LatentPolicy {
    /// Turns means of p(x|z), row by row, into samples of it.
    fileprivate func addNoise(to decoded: inout [Float], _ parameters: ParameterBank, _ draws: inout Draws) {
        switch model.likelihood {
        case .normal:
            let deviations = observationVariances(parameters).map { Double($0).squareRoot() }
            for index in decoded.indices { decoded[index] += Float(deviations[index % deviations.count] * draws.gaussian()) }
        case .bernoulli:
            for index in decoded.indices { decoded[index] = draws.uniform() < Double(decoded[index]) ? 1 : 0 }
        }
    }
}

/// x, q(z|x), the mean of p(x|z = μ), and that of p(x|z) with z from the prior, for some rows.
private struct AutoencoderPlan {
    /// Rows of a run.
    static let mostRows = 256

    /// Row by row, as runs have added them.
    struct Outputs {
        var observations: [Float] = []
        var means: [Float] = []
        var logVariances: [Float] = []
        var reconstructions: [Float] = []
        var priorSamples: [Float] = []
    }

    private let plan: Plan
    private let input: ObservationPort
    private let prior: Port<Float>  // [rows, Z]
    private let scaled: Port<Float>  // [rows, D]
    private let mean: Port<Float>  // [rows, Z]
    private let logVariance: Port<Float>?  // [rows, Z]
    private let decoded: (mean: Port<Float>, prior: Port<Float>)?  // [rows, D] each
    private let policy: LatentPolicy

    init(_ policy: LatentPolicy, rows: Int, _ compute: ComputeContext) throws(ComputeError) {
        self.policy = policy
        var g = policy.makeGraph()
        let (port, x) = policy.observation(&g, .samples)
        let posterior = policy.encode(&g, x)
        input = port
        prior = g.input("prior", .perRow(.samples, policy.model.latentCount), Float.self)
        scaled = g.output("x", x)
        mean = g.output("mean", posterior.mean)
        logVariance = posterior.logVariance.map { g.output("logVariance", $0) }
        func decode(_ z: Node) -> Node? {
            policy.decode(&g, z).map { policy.model.likelihood == .bernoulli ? g.sigmoid($0) : $0 }
        }
        if let fromMean = decode(posterior.mean), let fromPrior = decode(prior.node) {
            decoded = (g.output("decoded.mean", fromMean), g.output("decoded.prior", fromPrior))
        } else {
            decoded = nil
        }
        plan = try Plan(g, rows: [.samples: rows], compute)
    }

    var hasDecoder: Bool { decoded != nil }

    /// - Parameter observations: of the rows.
    func run(
        _ observations: UnsafeRawBufferPointer, rows: Int, _ parameters: ParameterBank, _ draws: inout Draws, _ outputs: inout Outputs
    ) {
        let (d, z) = (policy.stackedObservation.count, policy.model.latentCount)
        plan.writeBytes(input) { $0.copyMemory(from: observations) }
        let (centre, spread) = policy.prior(parameters)
        plan.write(prior) {
            for index in 0..<rows * z { $0[index] = centre[index % z] + expf(0.5 * spread[index % z]) * Float(draws.gaussian()) }
        }
        plan.run(.forward, with: parameters, rows: rows)
        outputs.observations += plan.read(scaled) { $0.prefix(rows * d) }
        outputs.means += plan.read(mean) { $0.prefix(rows * z) }
        if let logVariance { outputs.logVariances += plan.read(logVariance) { $0.prefix(rows * z) } }
        guard let decoded else { return }
        outputs.reconstructions += plan.read(decoded.mean) { $0.prefix(rows * d) }
        outputs.priorSamples += plan.read(decoded.prior) { $0.prefix(rows * d) }
    }
}
