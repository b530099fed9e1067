/// A value written by the host.
struct InputOperation: Operation {
    let scalar: ScalarType
    let shape: Shape

    func shape(_ inputs: [Shape]) -> Shape { shape }
    func gradients(_ graph: inout Graph, _ inputs: [Node], _ output: Node, _ upstream: Node) -> [Node?] { [] }
    func evaluate(_ inputs: [ReferenceTensor], into output: inout ReferenceTensor) {}
    var kernel: Kernel { .source }
}

/// A value of a parameter bank.
struct ParameterOperation: Operation {
    let slot: Int
    let source: ParameterSource
    let shape: Shape

    func shape(_ inputs: [Shape]) -> Shape { shape }
    func gradients(_ graph: inout Graph, _ inputs: [Node], _ output: Node, _ upstream: Node) -> [Node?] { [] }
    func evaluate(_ inputs: [ReferenceTensor], into output: inout ReferenceTensor) {}
    var kernel: Kernel { .source }
}

/// One number everywhere.
struct ConstantOperation: Operation {
    let value: Float
    let shape: Shape

    func shape(_ inputs: [Shape]) -> Shape { shape }
    func gradients(_ graph: inout Graph, _ inputs: [Node], _ output: Node, _ upstream: Node) -> [Node?] { [] }
    func evaluate(_ inputs: [ReferenceTensor], into output: inout ReferenceTensor) {
        for index in output.values.indices { output.values[index] = Double(value) }
    }
    var kernel: Kernel { .constant(value) }
}

/// A fixed vector.
struct TableOperation: Operation {
    let values: [Float]

    func shape(_ inputs: [Shape]) -> Shape { Shape(rows: nil, dims: [values.count]) }
    func gradients(_ graph: inout Graph, _ inputs: [Node], _ output: Node, _ upstream: Node) -> [Node?] { [] }
    func evaluate(_ inputs: [ReferenceTensor], into output: inout ReferenceTensor) {
        output.values = values.map(Double.init)
    }
    var kernel: Kernel { .table(values) }
}
