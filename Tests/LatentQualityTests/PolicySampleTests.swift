import StarlingCompute
import StarlingExperience
import StarlingLatentPolicy
import StarlingLatentQuality
import Testing

/// What a latent policy makes of observations.
@Suite struct PolicySampleTests {
    private func policy(_ shape: [Int], _ scalar: ObservationSpec.Scalar, _ change: (inout ModelSpec) -> Void) -> LatentPolicy {
        var model = ModelSpec(
            encoder: .dense([5]), decoder: .dense([6]), policy: .dense([]), value: .dense([]), activation: .tanh, latentCount: 2,
            likelihood: .normal(variance: 4.0), representation: .vae, observationScale: [])
        change(&model)
        let environment = EnvironmentSpec(
            name: "vectors", observation: ObservationSpec(shape: shape, scalar: scalar), action: .discrete(2))
        return LatentPolicy(model: model, environment: environment)
    }

    private func sample(
        _ policy: LatentPolicy, _ observations: [some BitwiseCopyable], _ parameters: ParameterBank? = nil
    ) throws -> LatentSample {
        try observations.withUnsafeBytes {
            try LatentSample(
                policy, parameters: parameters ?? ParameterBank(policy.layout, seed: 1), observations: $0, seed: 5)
        }
    }

    /// Every parameter 0 but the decoder's last bias.
    private func constantDecoder(_ policy: LatentPolicy, _ bias: [Float]) throws -> ParameterBank {
        let bank = ParameterBank(policy.layout)
        let slot = try #require(policy.layout.slot(named: "decoder.output.bias"))
        bank.withUnsafeMutableBufferPointer { for (index, value) in bias.enumerated() { $0[slot.offset + index] = value } }
        return bank
    }

    /// More rows than a run of the plan has, and no whole number of runs.
    @Test func reconstructionsAreTheDecodersOfTheMean() throws {
        let policy = policy([3], .float32) { _ in }
        let observations = gaussians(3 * 700, seed: 1)
        let bank = ParameterBank(policy.layout, seed: 1)
        let made = try sample(policy, observations, bank)
        var g = policy.makeGraph()
        let (port, x) = policy.observation(&g, .samples)
        let posterior = policy.encode(&g, x)
        let outputs = [
            g.output("mean", posterior.mean), g.output("logVariance", try #require(posterior.logVariance)),
            g.output("decoded", try #require(policy.decode(&g, posterior.mean))),
        ]
        let plan = try Plan(g, rows: [.samples: 700], .cpu())
        plan.writeBytes(port) { target in observations.withUnsafeBytes { target.copyMemory(from: $0) } }
        plan.run(.forward, with: bank)
        #expect(made.observations.values == observations)
        #expect(made.means.values == plan.read(outputs[0]) { Array($0) })
        #expect(made.logVariances?.values == plan.read(outputs[1]) { Array($0) })
        #expect(made.reconstructions?.values == plan.read(outputs[2]) { Array($0) })
        #expect(made.prior == .standard(2) && made.shape == [3] && made.states == nil)
        #expect(made.priorSamples?.rows == 700)
    }

    @Test func samplesOfThePriorHaveTheObservationsNoise() throws {
        let policy = policy([2], .float32) { _ in }
        let made = try sample(policy, [Float](repeating: 0, count: 8000), constantDecoder(policy, [10, -3]))
        let drawn = try #require(made.priorSamples)
        for (column, mean) in [(0, 10.0), (1, -3.0)] {
            let values = stride(from: column, to: drawn.values.count, by: 2).map { Double(drawn.values[$0]) }
            let average = values.reduce(0, +) / Double(values.count)
            let squares = values.map { (value: Double) -> Double in (value - average) * (value - average) }
            let variance = squares.reduce(0, +) / Double(values.count)
            // Four standard errors of 4,000 rows.
            let (meanError, varianceError) = (2 / 4000.0.squareRoot(), 4 * (2 / 4000.0).squareRoot())
            #expect(abs(average - mean) < 4 * meanError && abs(variance - 4) < 4 * varianceError)
        }
    }

    @Test func planesComeBackAsProbabilitiesAndAreDrawn() throws {
        let policy = policy([2, 1, 2], .uint8) { $0.likelihood = .bernoulli }
        let made = try sample(policy, [UInt8](repeating: 1, count: 8000), constantDecoder(policy, [0, 1.0986123, 100, -100]))
        #expect(made.likelihood == .bernoulli && made.shape == [2, 1, 2])
        let back = try #require(made.reconstructions?.values.prefix(4))
        for (a, b) in zip(back, [0.5, 0.75, 1, 0] as [Float]) { #expect(abs(a - b) < 1e-6) }
        let drawn = try #require(made.priorSamples)
        #expect(drawn.values.allSatisfy { $0 == 0 || $0 == 1 })
        let seconds = stride(from: 1, to: drawn.values.count, by: 4).count { drawn.values[$0] == 1 }
        // Four standard errors of 2,000 draws.
        #expect(abs(Double(seconds) / 2000 - 0.75) < 4 * 0.01)
    }

    @Test func imagesAreScaled() throws {
        let policy = policy([1, 4, 4], .uint8) {
            $0.encoder = .convolutional([.init(2, kernel: 2, stride: 2)], dense: [])
            $0.decoder = .mirrored
            $0.likelihood = .normal(variance: 0.1, mean: .sigmoid)
            $0.observationScale = [255]
            $0.frameStack = 2
        }
        let made = try sample(policy, (0..<320).map { UInt8($0 % 256) })
        #expect(made.shape == [2, 4, 4] && abs(made.observations.values[51] - 0.2) < 1e-6 && made.observations.rows == 10)
        #expect(try LatentQuality(made).reconstruction?.psnr != nil)
    }

    @Test func withoutNoiseOrDecoderThereIsLessToSee() throws {
        let deterministic = try sample(policy([3], .float32) { $0.representation = .rae }, gaussians(30, seed: 1))
        #expect(deterministic.logVariances == nil && deterministic.reconstructions != nil && deterministic.priorSamples != nil)
        let alone = try sample(policy([3], .float32) { $0.representation = .none }, gaussians(30, seed: 1))
        #expect(alone.logVariances == nil && alone.reconstructions == nil && alone.priorSamples == nil && alone.means.rows == 10)
    }

    @Test func isTheSameForASeed() throws {
        let policy = policy([3], .float32) { _ in }
        let observations = gaussians(3 * 100, seed: 1)
        let (a, b) = (try sample(policy, observations), try sample(policy, observations))
        let (first, second) = (try LatentQuality(a), try LatentQuality(b))
        #expect(a.priorSamples == b.priorSamples && first == second)
    }

    @Test func brokenParametersAreTold() throws {
        let policy = policy([3], .float32) { _ in }
        let bank = ParameterBank(policy.layout, seed: 1)
        bank.withUnsafeMutableBufferPointer { $0[0] = .nan }
        #expect(throws: LatentSampleError.self) { try sample(policy, gaussians(30, seed: 1), bank) }
    }
}
