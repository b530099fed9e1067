import StarlingCompute
import StarlingExperience
import StarlingLatentPolicy
import Testing

/// Modules: what belongs to them, who is sent them, and those that algorithms add.
@Suite struct ModuleTests {
    static let full = BlockTests.small.with { ($0.core, $0.normalizesObservations, $0.normalizesHeads) = (.gru(4), true, true) }
    private let policy = LatentPolicy(model: full, environment: environment([3, 9, 9], actions: 3))

    @Test func aParametersNameBeginsWithItsModules() {
        #expect(policy.modules == ["encoder", "core", "policy", "normalizer", "value", "decoder"])
        let parts = policy.architecture.parts
        #expect(policy.layout.slots.map(\.name) == parts.flatMap { $0.parameters.map(\.name) })
        for part in parts {
            #expect(!part.parameters.isEmpty && part.parameters.allSatisfy { ParameterSpec.module(of: $0.name) == part.module })
            #expect(part.name == part.module || part.name.hasPrefix(part.module + "."))
        }
        #expect(ParameterSpec.module(of: "encoder.mean.weight") == "encoder" && ParameterSpec.module(of: "q") == "q")
    }

    /// Layers fit each other: each takes what the one before gives.
    @Test(arguments: BlockTests.models.indices) func dimensionsAreHandedOn(index: Int) throws {
        let (_, model, shape, _) = BlockTests.models[index]
        let architecture = try ModelArchitecture(model, environment(shape, actions: 3))
        for part in architecture.parts {
            #expect(part.layers.reduce(part.input) { $1.input == $0 ? $1.output : [] } == part.output, "\(part.name)")
        }
        #expect(architecture.encoder.input == architecture.observationDims)
        #expect(architecture.decoder.map(\.output) ?? architecture.observationDims == architecture.observationDims)
        #expect(architecture.mean.input == architecture.encoder.output && architecture.policy.output == [3])
        #expect(architecture.value.input == [model.latentCount + model.core.width])
    }

    @Test func actorsAreSentTheBeginning() {
        for mode in [ActingSpec.LatentMode.mean, .noise] {
            let acting = policy.actingLayout(mode).slots
            #expect(policy.layout.slots.starts(with: acting))
            let names = acting.map(\.name).drop { ParameterSpec.module(of: $0) != "policy" }
            let heads = [
                "policy.0.weight", "policy.0.bias", "policy.0.norm.weight", "policy.0.norm.bias", "policy.logits.weight",
                "policy.logits.bias", ModelArchitecture.normalizerMean, ModelArchitecture.normalizerScale,
            ]
            #expect(names == heads[...] + (mode == .noise ? ["encoder.logVariance.weight", "encoder.logVariance.bias"] : []))
        }
        let plain = LatentPolicy(model: BlockTests.small, environment: policy.environment)
        #expect(plain.layout.slots.allSatisfy { !$0.name.hasPrefix("normalizer") && !$0.name.contains("norm") })
    }

    /// A second head of an algorithm comes behind all of the spec's parameters.
    @Test func algorithmsAddHeads() throws {
        let head = policy.head("q", hidden: [64], output: 3)
        var g = policy.makeGraph()
        let x = g.input("x", .perRow(.unroll, policy.model.latentCount + 4), Float.self)
        let q = g.output("q", head(&g, x.node))
        // Called again it shares its weights.
        let again = g.output("again", head(&g, x.node))
        let before = policy.layout.slots
        #expect(g.layout.slots.starts(with: before))
        let own = g.layout.slots.dropFirst(before.count)
        #expect(
            own.map(\.name) == [
                "q.0.weight", "q.0.bias", "q.0.norm.weight", "q.0.norm.bias", "q.output.weight", "q.output.bias",
            ])
        #expect(own.map(\.dims) == [[64, 36], [64], [64], [64], [3, 64], [3]])
        let plan = try Plan(g, rows: [.unroll: 2], .cpu())
        plan.write(x) { for index in $0.indices { $0[index] = Float(index) / 10 } }
        plan.run(.forward, with: ParameterBank(g.layout, seed: 5))
        let values = plan.read(q) { Array($0) }
        #expect(values.count == 6 && Set(values).count == 6)
        #expect(values == plan.read(again) { Array($0) })
        // Of what a critic of actions sees, for instance.
        #expect(policy.head("q", from: 40, hidden: [], output: 1).parameters.map(\.dims) == [[1, 40], [1]])
    }

    @Test(arguments: ["", "a.b", "policy", "normalizer"]) func namesOfHeadsAreTheirOwn(name: String) async {
        await #expect(processExitsWith: .failure) { [name] in
            let policy = LatentPolicy(model: ModuleTests.full, environment: environment([3, 9, 9], actions: 3))
            _ = policy.head(name, hidden: [], output: 1)
        }
    }
}
