private import CStarlingKernels
import Glibc

/// Logarithms of the softmax over the features: x − max − log Σ exp(x − max).
struct LogSoftmax: Operation {
    func shape(_ inputs: [Shape]) -> Shape {
        demand(inputs[0].dims.count == 1, "logits must be [R, A], not \(inputs[0])")
        return inputs[0]
    }

    func gradients(_ graph: inout Graph, _ inputs: [Node], _ output: Node, _ upstream: Node) -> [Node?] {
        let total = graph.repeatFeatures(graph.sum(upstream, over: .features), output.shape.dims)
        return [graph.subtract(upstream, graph.multiply(graph.exp(output), total))]
    }

    func evaluate(_ inputs: [ReferenceTensor], into output: inout ReferenceTensor) {
        for row in 0..<output.rowCount {
            let x = (0..<output.width).map { inputs[0][row, $0] }
            let largest = x.max()!
            let logarithm = Glibc.log(x.reduce(0) { $0 + Glibc.exp($1 - largest) })
            for column in 0..<output.width { output[row, column] = x[column] - largest - logarithm }
        }
    }

    var kernel: Kernel { .map(MapOperation(STARLING_MAP_LOG_SOFTMAX)) }

    static var samples: [Sample] {
        [(1, 1), (2, 2), (37, 6), (300, 2), (20, 18), (5, 40)].map { rows, width in
            Sample("logSoftmax \(rows)×\(width)", rows: rows, [.init(.perRow(.samples, width), .float(-8...8))]) {
                $0.logSoftmax($1[0])
            }
        }
    }
}

extension Graph {
    public mutating func logSoftmax(_ x: Node) -> Node { apply(LogSoftmax(), x) }
}
