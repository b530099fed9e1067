import StarlingCompute
import StarlingExperience
import StarlingLatentPolicy
import StarlingSafetensors
import Testing

/// Models with PyTorch's weights give PyTorch's numbers: `Tests/Fixtures/models`.
@Suite struct PyTorchTests {
    @Test(arguments: [("world-models", ModelSpec.worldModels, [3, 64, 64], 3), ("impala-deep", .impalaDeep, [4, 84, 84], 2)])
    func publishedModelsGiveTheSameOutputs(name: String, model: ModelSpec, shape: [Int], actions: Int) throws {
        let expected = try fixture(name)
        let policy = LatentPolicy(model: model, environment: environment(shape, actions: actions))
        let rig = try Rig(policy, rows: 2)
        // Through a file and in another order: only names count.
        let file = SafetensorsFile(rig.layout.slots.reversed().map { Formula.array($0.name, $0.dims) })
        let read = try SafetensorsFile(decoding: file.encoded())
        rig.run(Formula.observations(2 * shape.reduce(1, *)), try bank(rig.layout, read.arrays))
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
        let model = ModelSpec(
            encoder: .convolutional([.init(3, kernel: 3, stride: 2, padding: 1), .init(4, kernel: 2, stride: 2)], dense: [6]),
            decoder: .mirrored, policy: .dense([]), value: .dense([]), activation: .tanh, latentCount: 3,
            likelihood: .normal(variance: 0.1, mean: .sigmoid), representation: .vae, observationScale: [255])
        try check(model, [2, 9, 9], fixture("small"))
    }

    @Test func smallResidualModelGivesTheSameOutputsAndGradients() throws {
        let model = ModelSpec.impalaDeep.with {
            $0.encoder = .residual([.init(3, blocks: 1), .init(5, blocks: 2)], dense: [6])
            $0.latentCount = 3
        }
        try check(model, [2, 10, 6], fixture("small-residual"))
    }

    /// Outputs and gradients of five observations, with the parameters that the file holds.
    private func check(_ model: ModelSpec, _ shape: [Int], _ file: SafetensorsFile) throws {
        let rig = try Rig(
            LatentPolicy(model: model, environment: environment(shape)), rows: 5, differentiated: true)
        let prefix = "parameter."
        let arrays = file.arrays.filter { $0.name.hasPrefix(prefix) }.map {
            NamedArray(String($0.name.dropFirst(prefix.count)), $0.scalar, shape: $0.shape, bytes: $0.bytes)
        }
        #expect(Set(arrays.map(\.name)) == Set(rig.layout.slots.map(\.name)))
        rig.run(Formula.observations(5 * shape.reduce(1, *)), try bank(rig.layout, arrays))
        for name in ["mean", "logVariance", "decoded", "reconstruction", "divergence"] {
            let values: [Float] = try #require(file[name]?.values())
            #expect(distance(try rig.read(name), values) < 1e-5, "\(name)")
        }
        let gradients = rig.plan.gradients { Array($0) }
        for slot in rig.layout.slots where !slot.name.hasPrefix("policy") && !slot.name.hasPrefix("value") {
            let values: [Float] = try #require(file["gradient.\(slot.name)"]?.values(), "\(slot.name)")
            // Numbers of one gradient cancel: they are measured by its largest.
            let scale = values.reduce(1) { max($0, abs($1)) }
            let found = gradients[slot.offset..<slot.offset + slot.count].map { $0 / scale }
            #expect(distance(found, values.map { $0 / scale }) < 1e-5, "\(slot.name)")
        }
    }
}
