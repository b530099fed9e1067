private import CStarlingKernels

/// One number per row, for every feature: `[R] → [R, …]`.
struct RepeatFeatures: Operation {
    let dims: [Int]
    var layout = Layout.plain

    func shape(_ inputs: [Shape]) -> Shape {
        demand(inputs[0].dims.isEmpty, "only one number per row can be repeated, not \(inputs[0])")
        return Shape(rows: inputs[0].rows, dims: dims, layout: layout)
    }

    func gradients(_ graph: inout Graph, _ inputs: [Node], _ output: Node, _ upstream: Node) -> [Node?] {
        [graph.sum(upstream, over: .features)]
    }

    func evaluate(_ inputs: [ReferenceTensor], into output: inout ReferenceTensor) {
        for row in 0..<output.rowCount {
            for column in 0..<output.width { output[row, column] = inputs[0][row, 0] }
        }
    }

    var kernel: Kernel { .map(MapOperation(STARLING_MAP_REPEAT_FEATURES)) }

    static var samples: [Sample] {
        [(1, [1]), (2, [3]), (17, [8]), (5, [33])].map { rows, dims in
            Sample("repeat features \(rows)×\(dims)", rows: rows, [.init(.perRow(.samples))]) {
                $0.repeatFeatures($1[0], dims)
            }
        }
    }
}

/// The same for every row: `[…] → [R, …]`.
struct RepeatRows: Operation {
    let rows: Rows

    func shape(_ inputs: [Shape]) -> Shape {
        demand(inputs[0].rows == nil, "\(inputs[0]) has rows already")
        return Shape(rows: rows, dims: inputs[0].dims, layout: inputs[0].layout)
    }

    func gradients(_ graph: inout Graph, _ inputs: [Node], _ output: Node, _ upstream: Node) -> [Node?] {
        [graph.sum(upstream, over: .rows)]
    }

    func evaluate(_ inputs: [ReferenceTensor], into output: inout ReferenceTensor) {
        for row in 0..<output.rowCount {
            for column in 0..<output.width { output[row, column] = inputs[0][0, column] }
        }
    }

    var layouts: LayoutRule { .any }
    var kernel: Kernel { .map(MapOperation(STARLING_MAP_REPEAT_ROWS)) }

    static var samples: [Sample] {
        [(1, []), (2, [3]), (17, []), (300, [9])].map { rows, dims in
            Sample("repeat rows \(rows)×\(dims)", rows: rows, [.init(Shape(rows: nil, dims: dims))]) {
                $0.repeatRows($1[0], .samples)
            }
        }
    }
}

extension Graph {
    /// A number of each row, `[rows]`, as often as dimensions ask for: `[rows, dims]`.
    public mutating func repeatFeatures(_ x: Node, _ dims: [Int], _ layout: Layout = .plain) -> Node {
        if dims.isEmpty { return x }
        if let value = constantValue(x), x.shape.dims.isEmpty {
            return constant(value, Shape(rows: x.shape.rows, dims: dims, layout: layout))
        }
        return apply(RepeatFeatures(dims: dims, layout: layout), x)
    }

    /// A row, such as a parameter, once for each of so many rows.
    public mutating func repeatRows(_ x: Node, _ rows: Rows) -> Node {
        if let value = constantValue(x), x.shape.rows == nil {
            return constant(value, Shape(rows: rows, dims: x.shape.dims, layout: x.shape.layout))
        }
        return apply(RepeatRows(rows: rows), x)
    }
}
