private import CStarlingKernels

/// x[r, i]·s[i], s without rows.
struct ScaleFeatures: Operation {
    func shape(_ inputs: [Shape]) -> Shape {
        demand(
            inputs[1].rows == nil && inputs[1].width == inputs[0].width,
            "features \(inputs[0]) need one factor each, got \(inputs[1])")
        return inputs[0]
    }

    func gradients(_ graph: inout Graph, _ inputs: [Node], _ output: Node, _ upstream: Node) -> [Node?] {
        let product = graph.multiply(inputs[0], upstream)
        return [
            graph.apply(ScaleFeatures(), upstream, inputs[1]),
            inputs[0].shape.rows == nil ? product : graph.sum(product, over: .rows),
        ]
    }

    func evaluate(_ inputs: [ReferenceTensor], into output: inout ReferenceTensor) {
        for index in output.values.indices {
            output.values[index] = inputs[0].values[index] * inputs[1].values[index % output.width]
        }
    }

    var kernel: Kernel { .map(MapOperation(STARLING_MAP_MULTIPLY_FEATURES)) }

    static var samples: [Sample] {
        [(1, 1), (2, 3), (33, 5), (3, 700)].map { rows, width in
            Sample(
                "scaleFeatures \(rows)×\(width)", rows: rows,
                [.init(.perRow(.samples, width)), .init(Shape(rows: nil, dims: [width]))]
            ) { $0.apply(ScaleFeatures(), $1[0], $1[1]) }
        }
    }
}

extension Graph {
    /// Each feature times its own fixed factor.
    public mutating func scaleFeatures(_ x: Node, by factors: [Float]) -> Node {
        demand(factors.count == x.shape.width, "\(factors.count) factors for features \(x.shape)")
        return apply(ScaleFeatures(), x, apply(TableOperation(values: factors)))
    }
}
