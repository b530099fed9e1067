import StarlingCompute
import StarlingThreads

/// A sample with its graph built: value, a loss, and the derivatives by every float input, as outputs.
struct SampleCase {
    let sample: Sample
    var graph = Graph()
    /// The sample's inputs, then the weights of the loss Σ y·w.
    var inputs: [(node: Node, values: Sample.Values, write: (Plan, ReferenceTensor) -> Void)] = []
    var value: Node
    var loss: Node
    var derivatives: [Node?]
    /// Of value and derivatives.
    var outputs: [(name: String, port: Port<Float>)] = []
    let rows: [Rows: Int]

    init(_ sample: Sample) {
        self.sample = sample
        rows = [.samples: sample.rows].merging(sample.columns.map { [.sequences: $0] } ?? [:]) { $1 }
        for (index, input) in sample.inputs.enumerated() {
            inputs.append(Self.declare(input, "input \(index)", &graph))
        }
        value = sample.apply(&graph, inputs.map(\.node))
        inputs.append(
            Self.declare(Sample.Input(Shape(rows: value.shape.rows, dims: value.shape.dims), .float(-1...1)), "weights", &graph))
        loss = graph.total(graph.multiply(value, inputs.last!.node))
        derivatives = graph.derivatives(of: loss, by: inputs.dropLast().map(\.node))
        outputs.append(("value", graph.output("value", value)))
        for (index, derivative) in derivatives.enumerated() {
            guard let derivative else { continue }
            outputs.append(("derivative \(index)", graph.output("derivative \(index)", derivative)))
        }
    }

    private static func declare(
        _ input: Sample.Input, _ name: String, _ graph: inout Graph
    ) -> (node: Node, values: Sample.Values, write: (Plan, ReferenceTensor) -> Void) {
        func port<S: BitwiseCopyable & Sendable>(
            _: S.Type, _ convert: @escaping (ReferenceTensor, Int) -> S
        ) -> (Node, (Plan, ReferenceTensor) -> Void) {
            let port = graph.input(name, input.shape, S.self)
            return (
                port.node,
                { plan, tensor in
                    plan.write(port) { for index in $0.indices { $0[index] = convert(tensor, index) } }
                }
            )
        }
        let (node, write) =
            switch input.values {
            case .float: port(Float.self) { Float($0.values[$1]) }
            case .index: port(Int32.self) { Int32($0.bits[$1]) }
            case .bytes, .flags: port(UInt8.self) { UInt8($0.bits[$1]) }
            case .keys, .steps: port(UInt64.self) { $0.bits[$1] }
            case .environments: port(UInt32.self) { UInt32($0.bits[$1]) }
            }
        return (node, input.values, write)
    }

    /// Reproducible values; floats are representable in single precision.
    func tensors() -> [Node: ReferenceTensor] {
        var result: [Node: ReferenceTensor] = [:]
        for (index, input) in inputs.enumerated() {
            var random = TestRandom(seed: UInt64(index + 1))
            var tensor = ReferenceTensor(rowCount: input.node.shape.rows.map { rows[$0]! } ?? 1, dims: input.node.shape.dims)
            let count = tensor.values.count
            switch input.values {
            case .float(let range): tensor.values = (0..<count).map { _ in Double(Float.random(in: range, using: &random)) }
            case .index(let bound): tensor.bits = (0..<count).map { _ in random.next() % UInt64(bound) }
            case .bytes: tensor.bits = (0..<count).map { _ in random.next() % 256 }
            case .flags: tensor.bits = (0..<count).map { _ in random.next() % 3 == 0 ? 1 : 0 }
            case .keys, .steps: tensor.bits = (0..<count).map { _ in random.next() }
            case .environments: tensor.bits = (0..<count).map { _ in random.next() >> 40 }
            }
            result[input.node] = tensor
        }
        return result
    }

    /// What a device gives for the outputs.
    func run(_ tensors: [Node: ReferenceTensor], on device: any Device, tuning: Tuning = .fixed, threads: Int = 1) throws -> [[Float]] {
        let team = threads > 1 ? WorkerTeam(count: threads) : nil
        let plan = try Plan(graph, rows: rows, device: device, team: team, tuning: tuning)
        for input in inputs { input.write(plan, tensors[input.node]!) }
        let bank = ParameterBank(graph.layout)
        plan.run(.forward, with: bank)
        plan.run(.backward, with: bank)
        return outputs.map { plan.read($0.port) { Array($0) } }
    }
}

/// SplitMix64: small, and the same everywhere.
struct TestRandom: RandomNumberGenerator {
    private var state: UInt64
    init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 }
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
