import Foundation
import StarlingCompute
import StarlingExperience
import StarlingLatentPolicy
import StarlingSafetensors
import Testing

/// `torch.distributions`' numbers, made by `Tests/Fixtures/distributions/make.py`: values and gradients.
@Suite struct ActionDistributionTests {
    private static let file: SafetensorsFile? = {
        let tests = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        let bytes = try? Data(contentsOf: tests.appending(path: "Fixtures/distributions/distributions.safetensors"))
        return bytes.flatMap { try? SafetensorsFile(decoding: Array($0)) }
    }()

    private func array(_ name: String) throws -> (values: [Float], shape: [Int]) {
        let array = try #require(Self.file?[name], "no array \(name)")
        return (try #require(array.values()), array.shape)
    }

    /// Runs a case and compares value and derivatives by the inputs.
    private func compare(
        _ name: String, _ value: String, inputs: [String], tolerance: Float = 1e-5,
        _ grow: (inout Graph, [Node]) -> (Node, write: (Plan) -> Void)
    ) throws {
        var g = Graph()
        let given = try inputs.map { try array("\(name).\($0)") }
        let ports = zip(inputs, given).map { g.input($0, .perRow(.unroll, $1.shape[1]), Float.self) }
        let weight = g.input("weight", .perRow(.unroll), Float.self)
        let (node, write) = grow(&g, ports.map(\.node))
        let derivatives = g.derivatives(of: g.total(g.multiply(node, weight.node)), by: ports.map(\.node))
        let output = g.output("value", node)
        let outputs = derivatives.enumerated().map { index, node in node.map { g.output("derivative \(index)", $0) } }
        let plan = try Plan(g, rows: [.unroll: given[0].shape[0]], .cpu())
        for (port, given) in zip(ports, given) { plan.write(port) { _ = $0.update(fromContentsOf: given.values) } }
        let weights = try array("\(name).weight").values
        plan.write(weight) { _ = $0.update(fromContentsOf: weights) }
        write(plan)
        let bank = ParameterBank(g.layout)
        plan.run(.forward, with: bank)
        plan.run(.backward, with: bank)
        #expect(distance(plan.read(output) { Array($0) }, try array("\(name).\(value)").values) < tolerance)
        for (index, input) in inputs.enumerated() {
            let expected = try array("\(name).\(value).\(input)").values
            let found = outputs[index].map { plan.read($0) { Array($0) } } ?? Array(repeating: 0, count: expected.count)
            #expect(distance(found, expected) < tolerance, "\(name), \(value) by \(input)")
        }
    }

    @Test(arguments: 0..<4) func categoricalIsPyTorchs(number: Int) throws {
        let name = "categorical\(number)"
        let actions: [Int32] = try #require(Self.file?["\(name).action"]?.values())
        try compare(name, "logProbability", inputs: ["logits"]) { g, x in
            let port = ActionPort(&g, .discrete(x[0].shape.width))
            guard case .discrete(let action) = port else { preconditionFailure() }
            return (
                ActionDistribution.categorical(&g, logits: x[0]).logProbability(&g, of: port),
                { $0.write(action) { _ = $0.update(fromContentsOf: actions) } }
            )
        }
        try compare(name, "entropy", inputs: ["logits"]) { g, x in
            (ActionDistribution.categorical(&g, logits: x[0]).entropy(&g), { _ in })
        }
    }

    /// Log-probabilities and entropies add up over the parts; what a mask forbids has neither, and its logit no derivative.
    @Test(arguments: 0..<4) func partsAndMasksArePyTorchs(number: Int) throws {
        let name = "parts\(number)"
        let counts = try #require(Self.file?["\(name).counts"]?.values(as: Int32.self)).map { Int($0) }
        let actions: [Int32] = try #require(Self.file?["\(name).action"]?.values())
        let masks: [UInt8] = try #require(Self.file?["\(name).mask"]?.values())
        let environment = EnvironmentSpec(
            name: "parts", observation: ObservationSpec(shape: [1]), action: .multiDiscrete(counts), masksActions: true)
        let rows = actions.count / counts.count
        func grow(_ g: inout Graph, _ logits: Node) throws -> (ActionDistribution, (Plan) -> Void) {
            let mask = try #require(ActionMask(&g, environment, .unroll))
            return (
                .categorical(&g, logits: mask(&g, logits), parts: counts),
                { plan in plan.write(mask.port) { _ = $0.update(fromContentsOf: masks) } }
            )
        }
        try compare(name, "logProbability", inputs: ["logits"]) { g, x in
            let port = ActionPort(&g, environment.action)
            guard case .multiDiscrete(let action) = port else { preconditionFailure() }
            let (distribution, write) = try! grow(&g, x[0])
            return (
                distribution.logProbability(&g, of: port),
                { plan in
                    write(plan)
                    plan.write(action) { features in
                        features.update(repeating: 0)
                        for row in 0..<rows {
                            var first = row * environment.action.parameterCount
                            for (part, count) in counts.enumerated() {
                                features[first + Int(actions[row * counts.count + part])] = 1
                                first += count
                            }
                        }
                    }
                }
            )
        }
        try compare(name, "entropy", inputs: ["logits"]) { g, x in
            let (distribution, write) = try! grow(&g, x[0])
            return (distribution.entropy(&g), write)
        }
    }

    @Test(arguments: 0..<4, ModelSpec.ActionDistribution.allCases)
    func gaussiansArePyTorchs(number: Int, distribution: ModelSpec.ActionDistribution) throws {
        let name = "\(distribution)\(number)"
        func make(_ g: inout Graph, _ x: [Node]) -> ActionDistribution {
            .gaussian(&g, parameters: g.concatenate([x[0], x[1]]), distribution)
        }
        // The sample has a derivative too, that of a reparameterised one.
        try compare(name, "logProbability", inputs: ["mean", "logDeviation", "sample"], tolerance: 3e-5) { g, x in
            (make(&g, x).logProbability(&g, of: .continuous(Port(node: x[2]))), { _ in })
        }
        // The squashed entropy is a quadrature; σ goes up to 1 here.
        try compare(
            name, "entropy", inputs: ["mean", "logDeviation"], tolerance: distribution == .gaussian ? 1e-5 : 3e-3
        ) { g, x in (make(&g, x).entropy(&g), { _ in }) }
    }

    /// H[u] alone grows with σ for ever; that of tanh u has its largest value within the bounds of log σ.
    @Test func noMoreNoiseIsWorthHavingWhereActionsGatherAtTheirBounds() throws {
        var g = Graph()
        let parameters = g.input("x", .perRow(.unroll, 2), Float.self)
        let entropy = g.output("h", ActionDistribution.gaussian(&g, parameters: parameters.node, .tanhGaussian).entropy(&g))
        let plan = try Plan(g, rows: [.unroll: 51], .cpu())
        plan.write(parameters) { for row in 0..<51 { ($0[2 * row], $0[2 * row + 1]) = (0, -4 + Float(row) * 0.1) } }
        plan.run(.forward, with: ParameterBank(g.layout))
        let values = plan.read(entropy) { Array($0) }
        let best = try #require(values.indices.max { values[$0] < values[$1] })
        #expect(best > 30 && best < 48)
        // Uniform is the most that ±1 allows.
        #expect(values[best] < logf(2) && values[best] > logf(2) - 0.05)
    }

    @Test func theHeadsLogDeviationStaysWithinItsBounds() throws {
        let spec = EnvironmentSpec(
            name: "arm", observation: ObservationSpec(shape: [3]), action: .continuous(low: [-1, 0], high: [1, 5]))
        let model = ModelSpec(
            encoder: .dense([5]), decoder: .dense([5]), policy: .dense([]), value: .dense([]), activation: .tanh,
            latentCount: 2, likelihood: .normal(variance: 1.0), representation: .vae, observationScale: [])
        let policy = LatentPolicy(model: model, environment: spec)
        var g = policy.makeGraph()
        let (port, x) = policy.observation(&g, .unroll)
        let logits = g.output("logits", policy.logits(&g, policy.encode(&g, x).mean))
        let plan = try Plan(g, rows: [.unroll: 3], .cpu())
        let bank = ParameterBank(g.layout)
        let bias = try #require(g.layout.slots.first { $0.name == "policy.logits.bias" })
        #expect(bias.dims == [4])
        bank.withUnsafeMutableBufferPointer { block in
            for (index, value) in ([3, -7, -9, 9] as [Float]).enumerated() { block[bias.offset + index] = value }
        }
        plan.writeBytes(port) { $0.initializeMemory(as: UInt8.self, repeating: 0) }
        plan.run(.forward, with: bank)
        let bounds = ActionDistribution.logDeviationBounds
        #expect(plan.read(logits) { Array($0.prefix(4)) } == [3, -7, bounds.lowerBound, bounds.upperBound])
    }
}
