private import CStarlingKernels

/// x·s for one number s, for instance one that the host changes at every update.
struct MultiplyScalar: Operation {
    func shape(_ inputs: [Shape]) -> Shape {
        demand(inputs[1] == .scalar, "the factor must be a scalar, not \(inputs[1]) (for x \(inputs[0]))")
        return inputs[0]
    }

    func gradients(_ graph: inout Graph, _ inputs: [Node], _ output: Node, _ upstream: Node) -> [Node?] {
        [
            graph.multiply(upstream, scalar: inputs[1]),
            graph.total(graph.multiply(inputs[0], upstream)),
        ]
    }

    func evaluate(_ inputs: [ReferenceTensor], into output: inout ReferenceTensor) {
        for index in output.values.indices { output.values[index] = inputs[0].values[index] * inputs[1].values[0] }
    }

    var layouts: LayoutRule { .any }
    var kernel: Kernel { .map(MapOperation(STARLING_MAP_MULTIPLY_SCALAR)) }

    static var samples: [Sample] {
        [(1, []), (2, [3]), (33, [5])].map { rows, dims in
            Sample("multiply scalar \(rows)×\(dims)", rows: rows, [.init(Shape(rows: .samples, dims: dims)), .init(.scalar)]) {
                $0.multiply($1[0], scalar: $1[1])
            }
        }
    }
}

extension Graph {
    /// x times a number that is a node itself.
    public mutating func multiply(_ x: Node, scalar: Node) -> Node {
        if let value = constantValue(scalar), scalar.shape == .scalar { return scale(x, value) }
        return apply(MultiplyScalar(), x, scalar)
    }
}
