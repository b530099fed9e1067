import StarlingCompute
import StarlingExperience
import StarlingLatentPolicy
import StarlingLatentQuality
import Testing

/// Of observations of several parts each is judged by itself.
@Suite struct PartsTests {
    private let environment = EnvironmentSpec(
        name: "rover",
        observation: ObservationSpec(parts: [.init("camera", [1, 2, 2], .uint8), .init("lamps", [3], .uint8), .init("speed", [2])]),
        action: .discrete(2))

    private func policy(_ representation: ModelSpec.Representation = .vae) -> LatentPolicy {
        let model = ModelSpec(
            encoder: .dense([4]), decoder: .mirrored, policy: .dense([]), value: .dense([]), activation: .tanh, latentCount: 2,
            likelihood: .bernoulli, representation: representation, observationScale: [],
            branches: [
                .init("speed", encoder: .dense([3]), likelihood: .normal(variance: 9.0)),
                .init("camera", encoder: .dense([3]), scale: 255, likelihood: .normal(variance: 1e-4, mean: .sigmoid)),
                .init("lamps", encoder: .dense([]), likelihood: .bernoulli),
            ])
        return LatentPolicy(model: model, environment: environment)
    }

    /// The speed comes back but for 1, the camera as ½, and of the lamps the first is told to be on and the last off. The second never is.
    @Test func eachComesBackByItsOwnMeasure() throws {
        let policy = policy()
        let bank = ParameterBank(policy.layout)
        func set(_ name: String, _ values: [Float]) throws {
            let slot = try #require(policy.layout.slot(named: name))
            bank.withUnsafeMutableBufferPointer { for (index, value) in values.enumerated() { $0[slot.offset + index] = value } }
        }
        try set("decoder.speed.output.bias", [1, -1])
        try set("decoder.lamps.output.bias", [50, -50, -50])
        var bytes: [UInt8] = []
        for row in 0..<64 {
            let sign: Float = row % 2 == 0 ? 1 : -1
            bytes += [1 + 2 * sign, -1 + 4 * sign].withUnsafeBytes { Array($0) }
            bytes += [0, 255, 0, 255] + [1, 0, UInt8(row % 2)] + [0]
        }
        let sample = try bytes.withUnsafeBytes { try LatentSample(policy, parameters: bank, observations: $0, seed: 1) }
        #expect(sample.shape == [9] && sample.parts.map(\.name) == ["speed", "camera", "lamps"])
        #expect(sample.parts.map(\.columns) == [0..<2, 2..<6, 6..<9])
        let quality = try LatentQuality(sample)
        let (speed, camera, lamps) = (quality.parts[0].reconstruction, quality.parts[1].reconstruction, quality.parts[2].reconstruction)
        // The mean comes back, so nothing of what varies.
        #expect(speed.explainedVariances == [0, 0] && speed.psnr == nil && speed.f1 == nil)
        #expect(abs(try #require(camera.psnr) - 6.0206) < 1e-3 && camera.f1 == nil)
        // Two of three lamps that are on are told.
        #expect(lamps.f1?.total == 0.8 && lamps.psnr == nil)
        #expect(quality.share == 0.4 && quality.reconstruction?.explainedVariances.count == 9)
        #expect(
            quality.sentence?.contains("reconstructs 0 % of speed, camera at 6.0 dB, 80 % of lamps") == true, "\(quality.sentence ?? "")")
        // σ² of the speed is 9, and it varies by 10; that of lamps that are on is told as it is drawn.
        let drawn = try #require(sample.priorSamples)
        #expect(drawn.rows == 64 && (0..<64).allSatisfy { drawn.values[9 * $0 + 6] == 1 && drawn.values[9 * $0 + 7] == 0 })
        #expect((0..<64).allSatisfy { abs(drawn.values[9 * $0 + 2] - 0.5) < 0.06 })
        #expect(Set((0..<64).map { drawn.values[9 * $0] }).count == 64)
    }

    @Test func withoutADecoderThereAreNone() throws {
        let policy = policy(.none)
        let sample = try [UInt8](repeating: 0, count: 16 * 8).withUnsafeBytes {
            try LatentSample(policy, parameters: ParameterBank(policy.layout, seed: 1), observations: $0, seed: 1)
        }
        #expect(try LatentQuality(sample).parts.isEmpty && sample.parts.count == 3)
    }
}
