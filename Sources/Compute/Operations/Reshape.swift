/// The same numbers under other dimensions, in the order of plain memory; rows stay.
struct Reshape: Operation {
    let dims: [Int]

    func shape(_ inputs: [Shape]) -> Shape {
        demand(
            dims.reduce(1, *) == inputs[0].width, "\(inputs[0]) has \(inputs[0].width) numbers, \(dims) \(dims.reduce(1, *))")
        return Shape(rows: inputs[0].rows, dims: dims)
    }

    func gradients(_ graph: inout Graph, _ inputs: [Node], _ output: Node, _ upstream: Node) -> [Node?] {
        [graph.reshape(upstream, inputs[0].shape.dims)]
    }

    func evaluate(_ inputs: [ReferenceTensor], into output: inout ReferenceTensor) { output.values = inputs[0].values }

    var kernel: Kernel { .alias }

    static var samples: [Sample] {
        [(1, [1], [1, 1]), (2, [6], [3, 1, 2]), (5, [3, 4, 2], [24]), (33, [2, 3, 3], [3, 6])].map { rows, from, to in
            Sample("reshape \(rows)×\(from)→\(to)", rows: rows, [.init(Shape(rows: .samples, dims: from))]) {
                $0.square($0.reshape($0.square($1[0]), to))
            }
        } + [
            Sample("reshape of channels last", rows: 3, [.init(Shape(rows: .samples, dims: [3, 4, 5]))]) {
                $0.reshape($0.laid($1[0], as: .channelsLast), [60])
            }
        ]
    }
}

extension Graph {
    /// The same numbers as `[rows, dims…]`; images are read as [C, H, W].
    public mutating func reshape(_ x: Node, _ dims: [Int]) -> Node {
        if x.shape.dims == dims { return x }
        if let value = constantValue(x) { return constant(value, Shape(rows: x.shape.rows, dims: dims)) }
        return apply(Reshape(dims: dims), x)
    }
}
