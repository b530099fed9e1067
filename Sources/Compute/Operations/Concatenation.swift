private import CStarlingKernels

/// Features of two values side by side: `[R, A], [R, B] → [R, A + B]`.
struct Concatenation: Operation {
    func shape(_ inputs: [Shape]) -> Shape {
        demand(
            inputs.allSatisfy { $0.dims.count == 1 && $0.rows == inputs[0].rows },
            "[R, A] and [R, B] with the same rows are needed, got \(inputs)")
        return Shape(rows: inputs[0].rows, dims: [inputs[0].width + inputs[1].width])
    }

    func gradients(_ graph: inout Graph, _ inputs: [Node], _ output: Node, _ upstream: Node) -> [Node?] {
        let first = inputs[0].shape.width
        return [
            graph.slice(upstream, features: 0..<first), graph.slice(upstream, features: first..<output.shape.width),
        ]
    }

    func evaluate(_ inputs: [ReferenceTensor], into output: inout ReferenceTensor) {
        let first = inputs[0].width
        for row in 0..<output.rowCount {
            for column in 0..<output.width {
                output[row, column] = column < first ? inputs[0][row, column] : inputs[1][row, column - first]
            }
        }
    }

    var kernel: Kernel { .map(MapOperation(STARLING_MAP_BESIDE)) }

    static var samples: [Sample] {
        [(1, [1, 1]), (2, [3, 2]), (33, [16, 5, 1]), (300, [2, 31])].map { rows, widths in
            Sample("concatenate \(rows)×\(widths)", rows: rows, widths.map { .init(.perRow(.samples, $0)) }) {
                $0.concatenate($1)
            }
        }
    }
}

extension Graph {
    /// What stands side by side in x; nil where it is no concatenation.
    func concatenated(_ x: Node) -> (Node, Node)? {
        guard entry(x).operation is Concatenation else { return nil }
        return (entry(x).inputs[0], entry(x).inputs[1])
    }

    /// Features side by side, in order: `[R, A], [R, B], … → [R, A + B + …]`.
    public mutating func concatenate(_ features: [Node]) -> Node {
        demand(!features.isEmpty, "nothing to concatenate")
        return features.dropFirst().reduce(features[0]) { apply(Concatenation(), $0, $1) }
    }
}
