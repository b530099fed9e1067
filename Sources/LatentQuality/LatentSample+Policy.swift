import Glibc
package import StarlingCompute
import StarlingExperience
package import StarlingLatentPolicy

extension LatentSample {
    /// What the autoencoder of a latent policy makes of observations, and as many samples of its prior.
    /// - Parameters:
    ///   - parameters: all of the model's, in the layout of `policy.layout`; what comes behind them doesn't matter.
    ///   - observations: `[M, F·D]` as the encoder's port takes them, stacks of frames.
    ///   - states: the environment's true states, `[M, S]`.
    ///   - seed: of the prior's samples.
    /// - Throws: `LatentSampleError`, when a number isn't finite; `ComputeError`.
    package init(
        _ policy: LatentPolicy, parameters: ParameterBank, observations: UnsafeRawBufferPointer, states: Matrix? = nil, seed: UInt64,
        compute: ComputeContext = .cpu()
    ) throws {
        let count = observations.count / policy.stackedObservation.byteCount
        try self.init(
            AutoencoderPlan(policy, rows: count, samplesPrior: true, compute), parameters: parameters, observations: observations,
            states: states, seed: seed)
    }

    /// The same with a plan that is kept.
    package init(
        _ autoencoder: AutoencoderPlan, parameters: ParameterBank, observations: UnsafeRawBufferPointer, states: Matrix? = nil,
        seed: UInt64
    ) throws {
        let policy = autoencoder.policy
        let seen = policy.stackedObservation
        let count = observations.count / seen.byteCount
        let (centre, spread) = policy.prior(parameters)
        let prior = LatentPrior(mean: centre, logVariance: spread)
        autoencoder.adopt(parameters)
        var draws = Draws(seed: seed)
        var outputs = AutoencoderPlan.Outputs()
        for start in stride(from: 0, to: count, by: autoencoder.rows) {
            let rows = start..<min(start + autoencoder.rows, count)
            let bytes = observations[rows.lowerBound * seen.byteCount..<rows.upperBound * seen.byteCount]
            autoencoder.run(UnsafeRawBufferPointer(rebasing: bytes), rows: rows.count, prior, &draws, &outputs)
        }
        if autoencoder.samplesPrior { policy.addNoise(to: &outputs.priorSamples, parameters, &draws) }
        let (d, z) = (policy.architecture.explainedCount, policy.model.latentCount)
        try self.init(
            shape: seen.parts.isEmpty ? seen.shape : [d], likelihood: Likelihood(policy.architecture.branches[0].likelihood),
            observations: Matrix(columns: d, outputs.observations),
            reconstructions: autoencoder.hasDecoder ? Matrix(columns: d, outputs.reconstructions) : nil,
            means: Matrix(columns: z, outputs.means),
            logVariances: policy.architecture.logVariance == nil ? nil : Matrix(columns: z, outputs.logVariances),
            classes: policy.model.latentClasses, prior: prior,
            priorSamples: autoencoder.samplesPrior ? Matrix(columns: d, outputs.priorSamples) : nil, states: states,
            parts: policy.architecture.explained.compactMap { branch, columns in
                branch.name.map {
                    Part(name: $0, shape: branch.observation.shape, likelihood: Likelihood(branch.likelihood), columns: columns)
                }
            }, isWithinUnit: policy.architecture.explained.allSatisfy { $0.branch.likelihood.isWithinUnit })
    }
}

extension ModelSpec.Likelihood {
    fileprivate var isWithinUnit: Bool {
        switch self {
        case .normal(_, .sigmoid), .bernoulli: true
        case .normal(_, .linear): false
        }
    }
}

extension LatentSample.Likelihood {
    fileprivate init(_ likelihood: ModelSpec.Likelihood) {
        switch likelihood {
        case .normal(.fixed(let variance), _): self = .normal(variance: Double(variance))
        case .normal(.learned, _): self = .normal()
        case .bernoulli: self = .bernoulli
        }
    }
}

extension LatentPolicy {
    /// Turns means of p(x|z), row by row, into samples of it.
    fileprivate func addNoise(to decoded: inout [Float], _ parameters: ParameterBank, _ draws: inout Draws) {
        let branches = architecture.explained.map { branch, columns in
            (columns, variances(of: branch, parameters).map { Double($0).squareRoot() })
        }
        for row in 0..<decoded.count / architecture.explainedCount {
            for (scalars, deviations) in branches {
                let first = row * architecture.explainedCount
                for index in scalars {
                    let value = decoded[first + index]
                    decoded[first + index] =
                        deviations.isEmpty
                        ? (draws.uniform() < Double(value) ? 1 : 0)
                        : value + Float(deviations[index - scalars.lowerBound] * draws.gaussian())
                }
            }
        }
    }
}

/// x, q(z|x), the mean of p(x|z = μ), and that of p(x|z) with z from the prior, for some rows.
package struct AutoencoderPlan {
    /// Rows of a run at most.
    private static let mostRows = 256

    /// Row by row, as runs have added them.
    fileprivate struct Outputs {
        var observations: [Float] = []
        var means: [Float] = []
        var logVariances: [Float] = []
        var reconstructions: [Float] = []
        var priorSamples: [Float] = []
    }

    private let plan: Plan
    private let input: ObservationPort
    private let parameters: ParameterBank
    private let scaled: Port<Float>  // [rows, D]
    private let mean: Port<Float>  // [rows, Z]
    private let logVariance: Port<Float>?  // [rows, Z]
    private let decoded: Port<Float>?  // [rows, D]
    /// nil where samples of it are not wanted.
    private let prior: (latent: Port<Float>, decoded: Port<Float>)?  // [rows, Z], [rows, D]
    fileprivate let policy: LatentPolicy
    /// Of a run.
    fileprivate let rows: Int

    /// - Parameters:
    ///   - rows: to be judged at a time.
    ///   - samplesPrior: whether the prior's samples are to be tested.
    package init(
        _ policy: LatentPolicy, rows: Int, samplesPrior: Bool = true, _ compute: ComputeContext = .cpu()
    ) throws(ComputeError) {
        self.policy = policy
        self.rows = min(max(rows, 1), Self.mostRows)
        var g = policy.makeGraph()
        let (port, x) = policy.observation(&g, .samples)
        let posterior = policy.encode(&g, x)
        input = port
        scaled = g.output("x", policy.explained(&g, x))
        mean = g.output("mean", posterior.mean)
        logVariance = posterior.logVariance.map { g.output("logVariance", $0) }
        decoded = policy.decodedMean(&g, posterior.mean).map { g.output("decoded.mean", $0) }
        if samplesPrior, decoded != nil {
            let latent = g.input("prior", .perRow(.samples, policy.model.latentCount), Float.self)
            prior = policy.decodedMean(&g, latent.node).map { (latent, g.output("decoded.prior", $0)) }
        } else {
            prior = nil
        }
        plan = try Plan(g, rows: [.samples: self.rows], compute)
        parameters = ParameterBank(plan.layout)
    }

    /// Computes with these from now on.
    fileprivate func adopt(_ others: ParameterBank) {
        others.withUnsafeBufferPointer { values in
            parameters.withUnsafeMutableBufferPointer { _ = $0.update(fromContentsOf: values.prefix($0.count)) }
        }
    }

    fileprivate var hasDecoder: Bool { decoded != nil }
    fileprivate var samplesPrior: Bool { prior != nil }

    /// - Parameter observations: of the rows.
    fileprivate func run(
        _ observations: UnsafeRawBufferPointer, rows: Int, _ distribution: LatentPrior, _ draws: inout Draws, _ outputs: inout Outputs
    ) {
        let (d, z) = (policy.architecture.explainedCount, policy.model.latentCount)
        plan.writeBytes(input) { $0.copyMemory(from: observations) }
        if let prior {
            plan.write(prior.latent) { latents in
                if let classes = policy.model.latentClasses {
                    latents.update(repeating: 0)
                    for first in stride(from: 0, to: rows * z, by: classes) {
                        latents[first + min(classes - 1, Int(draws.uniform() * Double(classes)))] = 1
                    }
                    return
                }
                for index in 0..<rows * z {
                    let deviation = expf(0.5 * distribution.logVariance[index % z])
                    latents[index] = distribution.mean[index % z] + deviation * Float(draws.gaussian())
                }
            }
        }
        plan.run(.forward, with: parameters, rows: rows)
        outputs.observations += plan.read(scaled) { $0.prefix(rows * d) }
        outputs.means += plan.read(mean) { $0.prefix(rows * z) }
        if let logVariance { outputs.logVariances += plan.read(logVariance) { $0.prefix(rows * z) } }
        if let decoded { outputs.reconstructions += plan.read(decoded) { $0.prefix(rows * d) } }
        if let prior { outputs.priorSamples += plan.read(prior.decoded) { $0.prefix(rows * d) } }
    }
}
