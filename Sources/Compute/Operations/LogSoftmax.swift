private import CStarlingKernels
import Glibc

/// Logarithms of the softmax over the features, or over each `classes` neighbours of them: x − max − log Σ exp(x − max).
struct LogSoftmax: Operation {
    let classes: Int

    func shape(_ inputs: [Shape]) -> Shape {
        demand(
            inputs[0].dims.count == 1 && inputs[0].width % classes == 0, "logits must be [R, n·\(classes)], not \(inputs[0])")
        return inputs[0]
    }

    func gradients(_ graph: inout Graph, _ inputs: [Node], _ output: Node, _ upstream: Node) -> [Node?] {
        let total: Node
        if classes == output.shape.width {
            total = graph.repeatFeatures(graph.sum(upstream, over: .features), output.shape.dims)
        } else {
            total = graph.repeatEach(graph.sumGroups(upstream, classes), classes)
        }
        return [graph.subtract(upstream, graph.multiply(graph.exp(output), total))]
    }

    func evaluate(_ inputs: [ReferenceTensor], into output: inout ReferenceTensor) {
        for first in stride(from: 0, to: output.values.count, by: classes) {
            let x = inputs[0].values[first..<first + classes]
            let largest = x.max()!
            let logarithm = Glibc.log(x.reduce(0) { $0 + Glibc.exp($1 - largest) })
            for index in x.indices { output.values[index] = x[index] - largest - logarithm }
        }
    }

    var kernel: Kernel { .map(MapOperation(STARLING_MAP_LOG_SOFTMAX, i: UInt32(classes))) }

    static var samples: [Sample] {
        [(1, 1), (2, 2), (37, 6), (300, 2), (20, 18), (5, 40)].map { rows, width in
            Sample("logSoftmax \(rows)×\(width)", rows: rows, [.init(.perRow(.samples, width), .float(-8...8))]) {
                $0.logSoftmax($1[0])
            }
        }
            + [(1, 2, 3), (37, 16, 16), (20, 2, 40)].map { rows, groups, classes in
                Sample(
                    "logSoftmax \(rows)×\(groups)×\(classes)", rows: rows, [.init(.perRow(.samples, groups * classes), .float(-8...8))]
                ) {
                    $0.logSoftmax($1[0], classes: classes)
                }
            }
    }
}

extension Graph {
    /// xᵢ − log Σⱼ eˣʲ of each row.
    public mutating func logSoftmax(_ x: Node) -> Node { apply(LogSoftmax(classes: x.shape.width), x) }

    /// Of each `classes` neighbours by themselves: `[R, n·classes]`.
    public mutating func logSoftmax(_ x: Node, classes: Int) -> Node { apply(LogSoftmax(classes: classes), x) }
}
