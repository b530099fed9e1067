/// Interprets the graph, as it was built, in double precision with plain loops. Slow and obvious: the oracle for other
/// devices, and a place to look up any value.
package struct ReferenceDevice: Device {
    package init() {}

    package var name: String { "reference" }
    package func kernels(for site: ProductSite) -> [KernelName] { [] }
    package func usualKernel(for site: ProductSite, tuning: Tuning) -> KernelName { KernelName("plain loops") }
    package func sharesColumns(_ kernel: KernelName) -> Bool { false }

    package func compile(_ program: Program, tuning: Tuning) throws(ComputeError) -> any Executable {
        ReferenceExecutable(program)
    }

    /// Every value of a graph.
    /// - Parameters:
    ///   - inputs: by node; integers in `bits`.
    ///   - parameters: in the layout's offsets.
    ///   - targets: those of the target bank, likewise.
    /// - Returns: by node; nil where an input it needs is not given.
    package static func evaluate(
        _ graph: Graph, rows: [Rows: Int], inputs: [Node: ReferenceTensor], parameters: [Double],
        targets: [Double] = []
    ) -> [ReferenceTensor?] {
        var values = [ReferenceTensor?](repeating: nil, count: graph.entries.count)
        for entry in graph.entries {
            let shape = entry.node.shape
            let rowCount = shape.rows.map { rows[$0]! } ?? 1
            var output = ReferenceTensor(rowCount: rowCount, dims: shape.dims)
            switch entry.operation {
            case is InputOperation:
                guard let given = inputs[entry.node] else { continue }
                output = given
            case let parameter as ParameterOperation:
                let slot = graph.layout.slots[parameter.slot]
                let bank = parameter.source == .online ? parameters : targets
                output.values = Array(bank[slot.offset..<(slot.offset + slot.count)])
            default:
                let operands = entry.inputs.compactMap { values[Int($0.id)] }
                guard operands.count == entry.inputs.count else { continue }
                entry.operation.evaluate(operands, into: &output)
            }
            values[Int(entry.node.id)] = output
        }
        return values
    }
}
