import Glibc
import StarlingCompute
import StarlingExperience
import StarlingLatentPolicy
import Testing

/// Observations of several parts in graphs.
@Suite struct PartsTests {
    private let environment = EnvironmentSpec(
        name: "rover", observation: ObservationSpec(parts: [.init("camera", [2, 3, 3], .uint8), .init("speed", [3])]), action: .discrete(2))
    private let model = ModelSpec(
        encoder: .dense([5]), decoder: .mirrored, policy: .dense([]), value: .dense([]), activation: .tanh, latentCount: 2,
        likelihood: .bernoulli, representation: .vae, observationScale: [], frameStack: 2,
        branches: [
            .init("speed", encoder: .dense([4]), scale: 2, isNormalized: true, likelihood: .normal(variance: 0.5)),
            .init("camera", encoder: .convolutional([.init(3, kernel: 2)], dense: []), scale: 10, likelihood: .bernoulli, weight: 0.25),
        ])

    /// Two rows of two frames: floats, bytes, and what fills them up to whole words.
    private static func speed(_ row: Int, _ frame: Int) -> [Float] {
        (0..<3).map { (index: Int) -> Float in Float(index + 3 * frame - row) }
    }
    private static func camera(_ row: Int, _ frame: Int) -> [UInt8] {
        (0..<18).map { (index: Int) -> UInt8 in UInt8(index + 20 * frame + 50 * row) }
    }

    private let bytes: [UInt8] = {
        var bytes: [UInt8] = []
        for row in 0..<2 {
            for frame in 0..<2 { bytes += speed(row, frame).withUnsafeBytes(Array.init) + camera(row, frame) + [99, 99] }
        }
        return bytes
    }()

    @Test func partsAreTakenOutOfRowsFrameByFrame() throws {
        let policy = LatentPolicy(model: model, environment: environment)
        var g = policy.makeGraph()
        let (port, x) = policy.observation(&g, .unroll)
        #expect(x.shape.dims == [42])
        let output = g.output("x", x)
        let plan = try Plan(g, rows: [.unroll: 2], .cpu())
        let bank = ParameterBank(g.layout, seed: 3)
        for (name, values) in [("normalizer.speed.mean", [1, 0, -1] as [Float]), ("normalizer.speed.scale", [2, 1, 0.5])] {
            let slot = try #require(g.layout.slot(named: name))
            bank.withUnsafeMutableBufferPointer { for (index, value) in values.enumerated() { $0[slot.offset + index] = value } }
        }
        plan.writeBytes(port) { $0.copyBytes(from: bytes) }
        plan.run(.forward, with: bank)
        let (mean, scale): ([Float], [Float]) = ([1, 0, -1], [2, 1, 0.5])
        var expected: [Float] = []
        for row in 0..<2 {
            for frame in 0..<2 {
                for (index, number) in Self.speed(row, frame).enumerated() { expected.append((number / 2 - mean[index]) * scale[index]) }
            }
            for frame in 0..<2 { for pixel in Self.camera(row, frame) { expected.append(Float(pixel) / 10) } }
        }
        #expect(distance(plan.read(output) { Array($0) }, expected) < 1e-6)
    }

    /// The target is decoded and never seen: other bytes of it change neither z nor what is decoded, but what that costs.
    @Test func aTargetIsDecodedAndNotSeen() throws {
        var target = model
        (target.branches[1].encoder, target.branches[1].decoder) = (nil, .dense([6]))
        target.branches[0].decoder = nil
        let policy = LatentPolicy(model: target, environment: environment)
        var g = policy.makeGraph()
        let (port, x) = policy.observation(&g, .unroll)
        let posterior = policy.encode(&g, x)
        let terms = try #require(policy.elbo(&g, x, posterior, latent: posterior.mean))
        #expect(terms.parts.map(\.branch.name) == ["camera"])
        let (mean, cost) = (g.output("mean", posterior.mean), g.output("cost", terms.reconstruction))
        let decoded = g.output("decoded", try #require(policy.decodedMean(&g, posterior.mean)))
        let explained = g.output("explained", policy.explained(&g, x))
        let seen = g.output("seen", policy.seen(&g, x))
        #expect(decoded.node.shape.dims == [36] && explained.node.shape.dims == [36] && seen.node.shape.dims == [6])
        let plan = try Plan(g, rows: [.unroll: 2], .cpu())
        func run(_ bytes: [UInt8]) -> [[Float]] {
            plan.writeBytes(port) { $0.copyBytes(from: bytes) }
            plan.run(.forward, with: ParameterBank(g.layout, seed: 3))
            return [mean, decoded, cost, explained].map { plan.read($0) { Array($0) } }
        }
        let first = run(bytes)
        // Behind three floats there are the camera's 18 bytes, frame by frame.
        let other = run(bytes.indices.map { (12..<30).contains($0 % 32) ? 255 - bytes[$0] : bytes[$0] })
        #expect(first[0] == other[0] && first[1] == other[1] && first[2] != other[2] && first[3] != other[3])
        // And speed is seen.
        #expect(run(bytes.indices.map { $0 % 32 == 3 ? 0x41 : bytes[$0] })[0] != first[0])
    }

    /// The whole is the sum of the parts, by weight; means of a Bernoulli are probabilities.
    @Test func likelihoodsAddUp() throws {
        let policy = LatentPolicy(model: model, environment: environment)
        var g = policy.makeGraph()
        let (port, x) = policy.observation(&g, .unroll)
        let posterior = policy.encode(&g, x)
        let terms = try #require(policy.elbo(&g, x, posterior, latent: posterior.mean))
        #expect(terms.parts.map(\.branch.name) == ["speed", "camera"])
        let outputs = [terms.reconstruction, terms.parts[0].reconstruction, terms.parts[1].reconstruction].enumerated().map {
            g.output("out\($0)", $1)
        }
        let decoded = g.output("decoded", try #require(policy.decode(&g, posterior.mean)))
        let means = g.output("means", try #require(policy.decodedMean(&g, posterior.mean)))
        let seen = g.output("x", x)
        let plan = try Plan(g, rows: [.unroll: 2], .cpu())
        plan.writeBytes(port) { $0.copyBytes(from: bytes) }
        plan.run(.forward, with: ParameterBank(g.layout, seed: 3))
        let (inputs, outs, p) = (plan.read(seen) { Array($0) }, plan.read(decoded) { Array($0) }, plan.read(means) { Array($0) })
        for row in 0..<2 {
            var (speed, camera) = (0.0, 0.0)
            for index in 0..<42 {
                let place = 42 * row + index
                let (x, y, mean) = (Double(inputs[place]), Double(outs[place]), Double(p[place]))
                if index < 6 {
                    // σ² is ½.
                    speed += (x - y) * (x - y) + 0.5 * Glibc.log(Double.pi)
                    #expect(mean == y)
                } else {
                    camera += Glibc.log(1 + Glibc.exp(y)) - x * y
                    let probability: Double = 1 / (1 + Glibc.exp(-y))
                    #expect(abs(mean - probability) < 1e-5)
                }
            }
            for (output, expected) in zip(outputs, [speed + 0.25 * camera, speed, camera]) {
                let value = Double(plan.read(output) { $0[row] })
                #expect(abs(value - expected) < 1e-4 * abs(expected), "\(value), not \(expected)")
            }
        }
    }
}
