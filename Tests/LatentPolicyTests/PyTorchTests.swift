import StarlingCompute
import StarlingExperience
import StarlingLatentPolicy
import StarlingSafetensors
import Testing

/// Models with PyTorch's weights give PyTorch's numbers: `Tests/Fixtures/models`.
@Suite struct PyTorchTests {
    @Test func worldModelsGivesTheSameOutputs() throws {
        let expected = try fixture("world-models")
        let policy = LatentPolicy(model: .worldModels, environment: environment([3, 64, 64], actions: 3))
        let rig = try Rig(policy, rows: 2)
        // Through a file and in another order: only names count.
        let file = SafetensorsFile(rig.layout.slots.reversed().map { Formula.array($0.name, $0.dims) })
        let read = try SafetensorsFile(decoding: file.encoded())
        rig.run(Formula.observations(2 * 3 * 64 * 64), try bank(rig.layout, read.arrays))
        for name in ["mean", "logVariance", "logits", "value"] {
            let values: [Float] = try #require(expected[name]?.values())
            #expect(distance(try rig.read(name), values) < 1e-5, "\(name)")
        }
        let decoded = try rig.read("decoded")
        let every11th = stride(from: 0, to: decoded.count, by: 11).map { decoded[$0] }
        let values: [Float] = try #require(expected["reconstruction.every11th"]?.values())
        #expect(distance(every11th, values) < 1e-5)
    }

    @Test func smallModelGivesTheSameOutputsAndGradients() throws {
        let file = try fixture("small")
        let model = ModelSpec(
            encoder: .convolutional([.init(3, kernel: 3, stride: 2, padding: 1), .init(4, kernel: 2, stride: 2)], dense: [6]),
            decoder: .mirrored, policy: .dense([]), value: .dense([]), activation: .tanh, latentCount: 3,
            likelihood: .normal(variance: 0.1, mean: .sigmoid), autoencoder: .vae, observationScale: [255])
        let rig = try Rig(
            LatentPolicy(model: model, environment: environment([2, 9, 9])), rows: 5, differentiated: true)
        let prefix = "parameter."
        let arrays = file.arrays.filter { $0.name.hasPrefix(prefix) }.map {
            NamedArray(String($0.name.dropFirst(prefix.count)), $0.scalar, shape: $0.shape, bytes: $0.bytes)
        }
        #expect(Set(arrays.map(\.name)) == Set(rig.layout.slots.map(\.name)))
        rig.run(Formula.observations(5 * 2 * 9 * 9), try bank(rig.layout, arrays))
        for name in ["mean", "logVariance", "decoded", "reconstruction", "divergence"] {
            let values: [Float] = try #require(file[name]?.values())
            #expect(distance(try rig.read(name), values) < 1e-5, "\(name)")
        }
        let gradients = rig.plan.gradients { Array($0) }
        for slot in rig.layout.slots where !slot.name.hasPrefix("policy") && !slot.name.hasPrefix("value") {
            let values: [Float] = try #require(file["gradient.\(slot.name)"]?.values(), "\(slot.name)")
            #expect(distance(Array(gradients[slot.offset ..< slot.offset + slot.count]), values) < 1e-5, "\(slot.name)")
        }
    }
}
