/// Runs the reference on the host's buffers.
final class ReferenceExecutable: Executable {
    private let program: Program
    private var inputs: [Int32: UnsafeMutableRawBufferPointer] = [:]
    private var outputs: [Int32: UnsafeMutableBufferPointer<Float>] = [:]
    private let flat: UnsafeMutableBufferPointer<Float>

    init(_ program: Program) {
        self.program = program
        let graph = program.graph
        for input in graph.inputs {
            let count = Self.count(input.node.shape, program) * input.scalar.byteCount
            inputs[input.node.id] = .allocate(byteCount: count, alignment: 64)
            inputs[input.node.id]!.initializeMemory(as: UInt8.self, repeating: 0)
        }
        for output in graph.outputs where outputs[output.node.id] == nil {
            outputs[output.node.id] = .allocate(capacity: Self.count(output.node.shape, program))
            outputs[output.node.id]!.initialize(repeating: 0)
        }
        flat = .allocate(capacity: graph.gradientSets.count * graph.layout.count)
        flat.initialize(repeating: 0)
    }

    deinit {
        for buffer in inputs.values { buffer.deallocate() }
        for buffer in outputs.values { buffer.deallocate() }
        flat.deallocate()
    }

    private static func count(_ shape: Shape, _ program: Program) -> Int {
        shape.width * (shape.rows.map { program.rows[$0]! } ?? 1)
    }

    func buffer(ofInput id: Int32) -> UnsafeMutableRawBufferPointer { inputs[id]! }
    func buffer(ofOutput id: Int32) -> UnsafeBufferPointer<Float> { UnsafeBufferPointer(outputs[id]!) }
    func gradients(_ set: Int) -> UnsafeBufferPointer<Float> {
        let count = program.graph.layout.count
        return UnsafeBufferPointer(rebasing: UnsafeBufferPointer(flat)[set * count..<(set + 1) * count])
    }
    var arenaByteCount: Int { 0 }
    var choices: [KernelChoice] { [] }

    func run(_ stage: Stage, with banks: ParameterBanks, rows: Int?) {
        let graph = program.graph
        var bound = program.rows
        if let rows { for key in bound.keys { bound[key] = rows } }
        var given: [Node: ReferenceTensor] = [:]
        for input in graph.inputs { given[input.node] = Self.read(input, inputs[input.node.id]!, bound) }
        let values = ReferenceDevice.evaluate(
            graph, rows: bound, inputs: given,
            parameters: banks.online.withUnsafeBufferPointer { $0.map(Double.init) },
            targets: banks.target?.withUnsafeBufferPointer { $0.map(Double.init) } ?? [])
        for output in graph.outputs where graph.stage(of: output.node) == stage {
            for (index, value) in values[Int(output.node.id)]!.values.enumerated() {
                outputs[output.node.id]![index] = Float(value)
            }
        }
        for (set, gradients) in graph.gradientSets.enumerated() where gradients.stage == stage {
            for (slot, gradient) in gradients.parts {
                let start = set * graph.layout.count + graph.layout.slots[slot].offset
                for (index, value) in values[Int(gradient.id)]!.values.enumerated() { flat[start + index] = Float(value) }
            }
        }
    }

    private static func read(
        _ input: Graph.InputPort, _ buffer: UnsafeMutableRawBufferPointer, _ rows: [Rows: Int]
    ) -> ReferenceTensor {
        let shape = input.node.shape
        var tensor = ReferenceTensor(rowCount: shape.rows.map { rows[$0]! } ?? 1, dims: shape.dims)
        let count = tensor.values.count
        switch input.scalar {
        case .float: tensor.values = buffer.bindMemory(to: Float.self).prefix(count).map(Double.init)
        case .uint8: tensor.bits = buffer.prefix(count).map(UInt64.init)
        case .int32: tensor.bits = buffer.bindMemory(to: Int32.self).prefix(count).map { UInt64(max(0, $0)) }
        case .uint32: tensor.bits = buffer.bindMemory(to: UInt32.self).prefix(count).map(UInt64.init)
        case .uint64: tensor.bits = Array(buffer.bindMemory(to: UInt64.self).prefix(count))
        }
        return tensor
    }
}
