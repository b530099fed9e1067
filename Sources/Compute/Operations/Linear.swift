/// y = x·Wᵀ + b: `[R, in], [out, in], [out] → [R, out]`. The bias may be left out.
struct Linear: Operation {
    func shape(_ inputs: [Shape]) -> Shape {
        let (x, w) = (inputs[0], inputs[1])
        demand(
            x.dims.count == 1 && x.rows != nil && w.rows == nil && w.dims.count == 2 && w.dims[1] == x.dims[0],
            "linear needs x [R, in] and weight [out, in], got \(x) and \(w)")
        demand(
            inputs.count == 2 || inputs[2] == Shape(rows: nil, dims: [w.dims[0]]),
            "linear needs a bias [\(w.dims[0])], got \(inputs.last!)")
        return Shape(rows: x.rows, dims: [w.dims[0]])
    }

    func gradients(_ graph: inout Graph, _ inputs: [Node], _ output: Node, _ upstream: Node) -> [Node?] {
        let byInput = graph.apply(LinearTransposed(), upstream, inputs[1])
        let byWeight = graph.apply(OuterProduct(), upstream, inputs[0])
        return inputs.count == 2 ? [byInput, byWeight] : [byInput, byWeight, graph.sum(upstream, over: .rows)]
    }

    func evaluate(_ inputs: [ReferenceTensor], into output: inout ReferenceTensor) {
        for row in 0..<output.rowCount {
            for n in 0..<output.width {
                var sum = inputs.count == 3 ? inputs[2].values[n] : 0
                for k in 0..<inputs[0].width { sum += inputs[0][row, k] * inputs[1].values[n * inputs[0].width + k] }
                output[row, n] = sum
            }
        }
    }

    var kernel: Kernel { .product }

    static var samples: [Sample] {
        productSizes.map { rows, k, n in
            Sample(
                "linear \(rows)×\(k)→\(n)", rows: rows,
                [.init(.perRow(.samples, k)), .init(Shape(rows: nil, dims: [n, k])), .init(Shape(rows: nil, dims: [n]))]
            ) { $0.linear($1[0], weight: $1[1], bias: $1[2]) }
        }
            + productSizes.map { rows, k, n in
                Sample(
                    "linear without bias \(rows)×\(k)→\(n)", rows: rows,
                    [.init(.perRow(.samples, k)), .init(Shape(rows: nil, dims: [n, k]))]
                ) { $0.linear($1[0], weight: $1[1]) }
            }
    }

    /// Rows, in, out: single ones, odd ones, several tiles, and sizes beyond the small product.
    static let productSizes = [
        (1, 1, 1), (1, 7, 5), (2, 4, 64), (3, 64, 2), (31, 17, 33), (300, 5, 3), (257, 20, 65), (9, 150, 40), (2, 30, 200),
        (1, 150, 140), (131, 129, 130),
    ]
}

/// dx = dy·W: `[R, out], [out, in] → [R, in]`.
struct LinearTransposed: Operation {
    func shape(_ inputs: [Shape]) -> Shape {
        let (dy, w) = (inputs[0], inputs[1])
        demand(
            dy.dims.count == 1 && w.rows == nil && w.dims.count == 2 && w.dims[0] == dy.dims[0],
            "needs dy [R, out] and weight [out, in], got \(dy) and \(w)")
        return Shape(rows: dy.rows, dims: [w.dims[1]])
    }

    func gradients(_ graph: inout Graph, _ inputs: [Node], _ output: Node, _ upstream: Node) -> [Node?] {
        [graph.linear(upstream, weight: inputs[1]), graph.apply(OuterProduct(), inputs[0], upstream)]
    }

    func evaluate(_ inputs: [ReferenceTensor], into output: inout ReferenceTensor) {
        for row in 0..<output.rowCount {
            for k in 0..<output.width {
                for n in 0..<inputs[0].width {
                    output[row, k] += inputs[0][row, n] * inputs[1].values[n * output.width + k]
                }
            }
        }
    }

    var kernel: Kernel { .productTransposed }

    static var samples: [Sample] {
        Linear.productSizes.map { rows, k, n in
            Sample(
                "linear transposed \(rows)×\(n)→\(k)", rows: rows,
                [.init(.perRow(.samples, n)), .init(Shape(rows: nil, dims: [n, k]))]
            ) { $0.apply(LinearTransposed(), $1[0], $1[1]) }
        }
    }
}

/// dW = dyᵀ·x: `[R, out], [R, in] → [out, in]`.
struct OuterProduct: Operation {
    func shape(_ inputs: [Shape]) -> Shape {
        let (dy, x) = (inputs[0], inputs[1])
        demand(
            dy.dims.count == 1 && x.dims.count == 1 && dy.rows == x.rows && x.rows != nil,
            "needs dy [R, out] and x [R, in], got \(dy) and \(x)")
        return Shape(rows: nil, dims: [dy.dims[0], x.dims[0]])
    }

    func gradients(_ graph: inout Graph, _ inputs: [Node], _ output: Node, _ upstream: Node) -> [Node?] {
        [graph.linear(inputs[1], weight: upstream), graph.apply(LinearTransposed(), inputs[0], upstream)]
    }

    func evaluate(_ inputs: [ReferenceTensor], into output: inout ReferenceTensor) {
        let width = inputs[1].width
        for row in 0..<inputs[0].rowCount {
            for n in 0..<inputs[0].width {
                for k in 0..<width { output.values[n * width + k] += inputs[0][row, n] * inputs[1][row, k] }
            }
        }
    }

    var kernel: Kernel { .outerProduct }

    static var samples: [Sample] {
        Linear.productSizes.map { rows, k, n in
            Sample(
                "outer product \(rows)×\(n)×\(k)", rows: rows, [.init(.perRow(.samples, n)), .init(.perRow(.samples, k))]
            ) { $0.apply(OuterProduct(), $1[0], $1[1]) }
        }
    }
}

extension Graph {
    /// x·Wᵀ + b, as PyTorch: weight `[out, in]`, bias `[out]`.
    public mutating func linear(_ x: Node, weight: Node, bias: Node) -> Node { apply(Linear(), x, weight, bias) }

    /// x·Wᵀ.
    public mutating func linear(_ x: Node, weight: Node) -> Node { apply(Linear(), x, weight) }
}
