import StarlingCompute
import StarlingExperience
import StarlingLatentPolicy
import StarlingSafetensors
import Testing

@Suite struct PublishedModelsTests {
    private func parameters(_ policy: LatentPolicy, _ trunks: [String]) -> [String: [Int]] {
        var shapes: [String: [Int]] = [:]
        for slot in policy.layout.slots where trunks.contains(String(slot.name.split(separator: ".")[0])) {
            if slot.name.hasSuffix(".weight") { shapes[String(slot.name.dropLast(7))] = slot.dims }
        }
        return shapes
    }

    @Test func whatActorsNeedIsTheBeginningOfTheBlock() {
        for kind in [ModelSpec.worldModels, .impalaShallowLSTM] {
            let image = kind == .worldModels ? [3, 64, 64] : [4, 84, 84]
            let policy = LatentPolicy(
                model: kind,
                environment: EnvironmentSpec(
                    name: "test", observation: ObservationSpec(shape: image, scalar: .uint8), action: .discrete(3)))
            func isForNoise(_ slot: ParameterLayout.Slot) -> Bool { slot.name.hasPrefix("encoder.logVariance") }
            func isForTraining(_ slot: ParameterLayout.Slot) -> Bool {
                slot.name.hasPrefix("decoder") || slot.name.hasPrefix("value")
            }
            let all = policy.layout.slots
            for mode in [ActingSpec.LatentMode.mean, .noise] {
                let acting = policy.actingLayout(mode)
                #expect(all.starts(with: acting.slots))
                #expect(acting.slots.contains(where: isForNoise) == (mode == .noise && policy.isStochastic))
                #expect(!acting.slots.contains(where: isForTraining))
                #expect(acting == ActingGraph(policy, latentMode: mode, layoutMode: mode).graph.layout)
                // Evaluations act on the mean whatever the block holds.
                #expect(acting == ActingGraph(policy, latentMode: .mean, layoutMode: mode).graph.layout)
                #expect(all.dropFirst(acting.slots.count).allSatisfy { isForTraining($0) || (mode == .mean && isForNoise($0)) })
            }
        }
    }

    /// Actors are sent a block without names: another order is another protocol, `WireLimits.protocolVersion`.
    @Test func theOrderOfWhatActorsAreSentIsTheProtocols() {
        let policy = LatentPolicy(
            model: .impalaShallowLSTM,
            environment: EnvironmentSpec(
                name: "test", observation: ObservationSpec(shape: [4, 84, 84], scalar: .uint8), action: .discrete(3)))
        #expect(
            policy.actingLayout(.noise).slots.map(\.name) == [
                "encoder.0.weight", "encoder.0.bias", "encoder.1.weight", "encoder.1.bias", "encoder.2.weight", "encoder.2.bias",
                "encoder.mean.weight", "encoder.mean.bias", "core.weight_ih_l0", "core.weight_hh_l0", "core.bias_ih_l0",
                "core.bias_hh_l0", "policy.logits.weight", "policy.logits.bias", "encoder.logVariance.weight",
                "encoder.logVariance.bias",
            ])
    }

    @Test func worldModelsHasItsPapersParameters() {
        let pictures = environment([3, 64, 64], actions: 3)
        let policy = LatentPolicy(model: .worldModels, environment: pictures)
        let heads = policy.layout.slots.filter { $0.name.hasPrefix("policy") || $0.name.hasPrefix("value") }
        let all = policy.layout.slots.reduce(0) { $0 + $1.count }
        #expect(all - heads.reduce(0) { $0 + $1.count } == 4_348_547)
        #expect(policy.architecture.parameterCount == all)
        #expect(
            parameters(policy, ["encoder", "decoder"]) == [
                "encoder.0": [32, 3, 4, 4], "encoder.1": [64, 32, 4, 4], "encoder.2": [128, 64, 4, 4],
                "encoder.3": [256, 128, 4, 4], "encoder.mean": [32, 1024], "encoder.logVariance": [32, 1024],
                "decoder.0": [1024, 32], "decoder.1": [1024, 128, 5, 5], "decoder.2": [128, 64, 5, 5],
                "decoder.3": [64, 32, 6, 6], "decoder.output": [32, 3, 6, 6],
            ])
    }

    @Test func natureIsMirrored() {
        let policy = LatentPolicy(model: .nature, environment: environment([4, 84, 84]))
        #expect(
            parameters(policy, ["encoder", "decoder"]) == [
                "encoder.0": [32, 4, 8, 8], "encoder.1": [64, 32, 4, 4], "encoder.2": [64, 64, 3, 3],
                "encoder.3": [512, 3136], "encoder.mean": [32, 512], "encoder.logVariance": [32, 512],
                "decoder.0": [512, 32], "decoder.1": [3136, 512], "decoder.2": [64, 64, 3, 3],
                "decoder.3": [64, 32, 4, 4], "decoder.output": [32, 4, 8, 8],
            ])
    }

    @Test func impalaShallowIsMirrored() {
        let policy = LatentPolicy(model: .impalaShallow, environment: environment([4, 84, 84]))
        #expect(
            parameters(policy, ["encoder", "decoder"]) == [
                "encoder.0": [16, 4, 8, 8], "encoder.1": [32, 16, 4, 4], "encoder.2": [256, 2592],
                "encoder.mean": [32, 256], "encoder.logVariance": [32, 256], "decoder.0": [256, 32],
                "decoder.1": [2592, 256], "decoder.2": [32, 16, 4, 4], "decoder.output": [16, 4, 8, 8],
            ])
    }

    @Test func impalaDeepHasThePapersSections() throws {
        let pictures = environment([4, 84, 84])
        let policy = LatentPolicy(model: .impalaDeep, environment: pictures)
        let found = parameters(policy, ["encoder", "decoder"])
        var expected = [
            "encoder.0.convolution": [16, 4, 3, 3], "encoder.1.convolution": [32, 16, 3, 3],
            "encoder.2.convolution": [32, 32, 3, 3], "encoder.3": [256, 3872], "encoder.mean": [32, 256],
            "encoder.logVariance": [32, 256], "decoder.0": [256, 32], "decoder.1": [3872, 256],
            "decoder.2.convolution": [32, 32, 3, 3], "decoder.3.convolution": [32, 16, 3, 3], "decoder.output": [16, 4, 3, 3],
        ]
        for (section, channels) in [
            ("encoder.0", 16), ("encoder.1", 32), ("encoder.2", 32), ("decoder.2", 32), ("decoder.3", 32), ("decoder.4", 16),
        ] {
            for block in 0..<2 {
                for part in ["first", "second"] { expected["\(section).blocks.\(block).\(part)"] = [channels, channels, 3, 3] }
            }
        }
        #expect(found == expected)
        // PyTorch's count of the same layers.
        let theirs = try #require(fixture("impala-deep").metadata["parameters"].flatMap { Int($0) })
        let heads = policy.layout.slots.filter { $0.name.hasPrefix("policy") || $0.name.hasPrefix("value") }
        let count = policy.architecture.parameterCount - heads.reduce(0) { $0 + $1.count }
        #expect(count == theirs && count == 2_206_948)
    }

    @Test(arguments: [4, 10]) func minAtarIsMirrored(channels: Int) {
        let policy = LatentPolicy(model: .minAtar, environment: environment([channels, 10, 10]))
        #expect(
            parameters(policy, ["encoder", "decoder"]) == [
                "encoder.0": [16, channels, 3, 3], "encoder.1": [128, 1024], "encoder.mean": [32, 128],
                "encoder.logVariance": [32, 128], "decoder.0": [128, 32], "decoder.1": [1024, 128],
                "decoder.output": [16, channels, 3, 3],
            ])
    }

    @Test(arguments: [
        (ModelSpec.minAtarGRU, [6, 10, 10], 3 * 128, 128), (.impalaShallowLSTM, [4, 84, 84], 4 * 256, 256),
    ])
    func coresStandBetweenLatentAndHeads(model: ModelSpec, shape: [Int], gates: Int, width: Int) throws {
        let policy = LatentPolicy(model: model, environment: environment(shape))
        let core = policy.layout.slots.filter { $0.name.hasPrefix("core") }
        #expect(core.map(\.name) == ["core.weight_ih_l0", "core.weight_hh_l0", "core.bias_ih_l0", "core.bias_hh_l0"])
        #expect(core.map(\.dims) == [[gates, 32], [gates, width], [gates], [gates]])
        #expect(try #require(policy.layout.slot(named: "policy.logits.weight")).dims == [2, 32 + width])
        #expect(try #require(policy.layout.slot(named: "value.output.weight")).dims == [1, 32 + width])
        #expect(try #require(policy.layout.slot(named: "decoder.0.weight")).dims == [model == .minAtarGRU ? 128 : 256, 32])
        #expect(policy.architecture.parameterCount == policy.layout.slots.reduce(0) { $0 + $1.count })
    }

    /// A stack of frames of an environment that gives one is what an environment that stacks them itself gives.
    @Test func stacksAreChannels() {
        let stacked = LatentPolicy(model: .nature.with { $0.frameStack = 4 }, environment: environment([1, 84, 84]))
        #expect(stacked.layout == LatentPolicy(model: .nature, environment: environment([4, 84, 84])).layout)
        #expect(stacked.stackedObservation.shape == [4, 84, 84])
    }

    /// Every model trains: gradients of all parameters are finite, and the decoder's outputs are not all the same.
    @Test(arguments: [
        (ModelSpec.nature, [4, 84, 84]), (.impalaShallow, [4, 84, 84]), (.impalaShallow, [3, 72, 96]),
        (.minAtar, [6, 10, 10]), (.worldModels, [3, 64, 64]), (.impalaDeep, [4, 84, 84]), (.impalaDeep, [3, 72, 96]),
    ])
    func modelsRun(model: ModelSpec, shape: [Int]) throws {
        let policy = LatentPolicy(model: model, environment: environment(shape))
        #expect(policy.architecture.parameterCount == policy.layout.slots.reduce(0) { $0 + $1.count })
        let rig = try Rig(policy, rows: 3, differentiated: true)
        let count = shape.reduce(1, *)
        rig.run(Formula.observations(3 * count), ParameterBank(rig.layout, seed: 1))
        let decoded = try rig.read("decoded")
        #expect(decoded.count == 3 * count)
        #expect(decoded.allSatisfy { $0.isFinite } && Set(decoded).count > count)
        let gradients = rig.plan.gradients { Array($0) }
        for slot in rig.layout.slots where slot.name.hasPrefix("encoder") || slot.name.hasPrefix("decoder") {
            let gradient = gradients[slot.offset..<slot.offset + slot.count]
            #expect(gradient.allSatisfy(\.isFinite) && gradient.contains { $0 != 0 }, "\(slot.name)")
        }
    }

    /// The variance of what begins as unit noise neither dies nor explodes on its way through fresh layers.
    @Test(arguments: [ModelSpec.nature, .impalaDeep]) func freshDecoderKeepsItsScale(model: ModelSpec) throws {
        let rig = try Rig(LatentPolicy(model: model, environment: environment([4, 84, 84])), rows: 4)
        rig.run(Formula.observations(4 * 4 * 84 * 84), ParameterBank(rig.layout, seed: 3))
        func deviation(_ name: String) throws -> Float {
            let values = try rig.read(name)
            return (values.reduce(0) { $0 + $1 * $1 } / Float(values.count)).squareRoot()
        }
        let ratio = try deviation("decoded") / deviation("mean")
        #expect((0.1...10).contains(ratio), "\(ratio)")
    }

    /// A float image divided by one number, and bytes divided by it in their conversion, are the same.
    @Test func bytesAndFloatsAgree() throws {
        let bytes = Formula.observations(3 * 600)
        let model = ModelSpec.minAtar.with { $0.observationScale = [255] }
        let first = try Rig(LatentPolicy(model: model, environment: environment([6, 10, 10])), rows: 3)
        let second = try Rig(LatentPolicy(model: model, environment: environment([6, 10, 10], .float32)), rows: 3)
        let bank = ParameterBank(first.layout, seed: 1)
        first.run(bytes, bank)
        second.run(bytes.map { Float($0) }.withUnsafeBytes(Array.init), bank)
        #expect(distance(try first.read("decoded"), try second.read("decoded")) < 1e-6)
        // One factor for each number is another operation.
        let each = model.with { $0.observationScale = Array(repeating: 255, count: 600) }
        let third = try Rig(LatentPolicy(model: each, environment: environment([6, 10, 10])), rows: 3)
        third.run(bytes, bank)
        #expect(distance(try first.read("decoded"), try third.read("decoded")) < 1e-6)
    }

    /// A decoder of dense layers behind convolutions, and one of convolutions behind dense layers.
    @Test func encoderAndDecoderNeedNotBeOfOneKind() throws {
        let small = ModelSpec.minAtar.with { $0.decoder = .dense([20]) }
        let image = ModelSpec.Image(channels: 16, height: 8, width: 8)
        let flat = ModelSpec.minAtar.with {
            $0.encoder = .dense([20])
            $0.decoder = .transposeConvolutional(dense: [], image: image, [.init(6, kernel: 3)])
        }
        for model in [small, flat] {
            let rig = try Rig(LatentPolicy(model: model, environment: environment([6, 10, 10])), rows: 2, differentiated: true)
            rig.run(Formula.observations(1200), ParameterBank(rig.layout, seed: 1))
            #expect(try rig.read("decoded").count == 1200)
        }
    }
}

extension ModelSpec {
    func with(_ change: (inout ModelSpec) -> Void) -> ModelSpec {
        var model = self
        change(&model)
        return model
    }
}
