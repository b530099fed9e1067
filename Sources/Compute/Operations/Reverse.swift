private import CStarlingKernels

/// Features from the last to the first: `[R, D] → [R, D]`.
struct Reverse: Operation {
    func shape(_ inputs: [Shape]) -> Shape {
        demand(inputs[0].dims.count == 1, "features must be [R, D], not \(inputs[0])")
        return inputs[0]
    }

    func gradients(_ graph: inout Graph, _ inputs: [Node], _ output: Node, _ upstream: Node) -> [Node?] {
        [graph.reverseFeatures(upstream)]
    }

    func evaluate(_ inputs: [ReferenceTensor], into output: inout ReferenceTensor) {
        for row in 0..<output.rowCount {
            for column in 0..<output.width { output[row, column] = inputs[0][row, output.width - 1 - column] }
        }
    }

    var kernel: Kernel { .map(MapOperation(STARLING_MAP_REVERSE)) }

    static var samples: [Sample] {
        [(1, 1), (2, 2), (17, 5), (3, 127)].map { rows, width in
            Sample("reverse features \(rows)×\(width)", rows: rows, [.init(.perRow(.samples, width))]) {
                $0.reverseFeatures($1[0])
            }
        }
    }
}

extension Graph {
    /// The numbers of each row, the last first.
    public mutating func reverseFeatures(_ x: Node) -> Node { apply(Reverse(), x) }
}
