private import CStarlingKernels

/// The feature that an index per row names: `[R, A], [R] → [R]`. Indices outside the features stop the program in the
/// reference and read as the nearest feature in kernels: the host checks what it writes.
struct Gather: Operation {
    func shape(_ inputs: [Shape]) -> Shape {
        demand(
            inputs[0].dims.count == 1 && inputs[1] == Shape(rows: inputs[0].rows, dims: []),
            "one index per row is needed: \(inputs[0]) by \(inputs[1])")
        return inputs[1]
    }

    func scalarType(ofInput index: Int) -> ScalarType { index == 1 ? .int32 : .float }

    func gradients(_ graph: inout Graph, _ inputs: [Node], _ output: Node, _ upstream: Node) -> [Node?] {
        [graph.apply(Scatter(width: inputs[0].shape.dims[0]), upstream, inputs[1]), nil]
    }

    func evaluate(_ inputs: [ReferenceTensor], into output: inout ReferenceTensor) {
        for row in 0..<output.rowCount { output[row, 0] = inputs[0][row, Int(inputs[1].bits[row])] }
    }

    var kernel: Kernel { .map(MapOperation(STARLING_MAP_GATHER)) }

    static var samples: [Sample] {
        [(1, 1), (2, 2), (37, 6), (300, 2)].map { rows, width in
            Sample(
                "gather \(rows)×\(width)", rows: rows,
                [.init(.perRow(.samples, width)), .init(.perRow(.samples), .index(below: width))]
            ) { $0.gather($1[0], indices: Port(node: $1[1])) }
        }
    }
}

/// The derivative of a gather: one number per row at its index, 0 elsewhere.
struct Scatter: Operation {
    let width: Int

    func shape(_ inputs: [Shape]) -> Shape {
        demand(
            inputs[0].dims.isEmpty && inputs[1] == inputs[0], "one index per number: \(inputs[0]) by \(inputs[1])")
        return Shape(rows: inputs[0].rows, dims: [width])
    }

    func scalarType(ofInput index: Int) -> ScalarType { index == 1 ? .int32 : .float }

    func gradients(_ graph: inout Graph, _ inputs: [Node], _ output: Node, _ upstream: Node) -> [Node?] {
        [graph.gather(upstream, indices: Port(node: inputs[1])), nil]
    }

    func evaluate(_ inputs: [ReferenceTensor], into output: inout ReferenceTensor) {
        for row in 0..<output.rowCount { output[row, Int(inputs[1].bits[row])] = inputs[0][row, 0] }
    }

    var kernel: Kernel { .map(MapOperation(STARLING_MAP_SCATTER)) }

    static var samples: [Sample] {
        [(1, 1), (2, 2), (37, 6)].map { rows, width in
            Sample(
                "scatter \(rows)×\(width)", rows: rows,
                [.init(.perRow(.samples)), .init(.perRow(.samples), .index(below: width))]
            ) { $0.apply(Scatter(width: width), $1[0], $1[1]) }
        }
    }
}

extension Graph {
    /// Of each row the number at an index: `[rows, A]` → `[rows]`.
    public mutating func gather(_ x: Node, indices: Port<Int32>) -> Node { apply(Gather(), x, indices.node) }
}
