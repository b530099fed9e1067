private import CStarlingKernels

/// What a sum runs over.
public enum Axis: Hashable, Sendable {
    /// All dimensions but the rows: `[R, …] → [R]`, and without rows `[…] → []`.
    case features
    /// The rows: `[R, …] → […]`.
    case rows
}

/// Σ over the features of a row.
struct SumFeatures: Operation {
    func shape(_ inputs: [Shape]) -> Shape { Shape(rows: inputs[0].rows, dims: []) }

    func gradients(_ graph: inout Graph, _ inputs: [Node], _ output: Node, _ upstream: Node) -> [Node?] {
        [graph.repeatFeatures(upstream, inputs[0].shape.dims, inputs[0].shape.layout)]
    }

    func evaluate(_ inputs: [ReferenceTensor], into output: inout ReferenceTensor) {
        for row in 0..<output.rowCount {
            for column in 0..<inputs[0].width { output[row, 0] += inputs[0][row, column] }
        }
    }

    var layouts: LayoutRule { .any }
    var kernel: Kernel { .map(MapOperation(STARLING_MAP_SUM_FEATURES)) }

    static var samples: [Sample] {
        [(1, [1]), (2, [2]), (17, [7]), (33, [16]), (5, [64]), (3, [7, 3, 5]), (2, [700])].map { rows, dims in
            Sample("sum features \(rows)×\(dims)", rows: rows, [.init(Shape(rows: .samples, dims: dims))]) {
                $0.sum($1[0], over: .features)
            }
        }
    }
}

/// Σ over rows.
struct SumRows: Operation {
    func shape(_ inputs: [Shape]) -> Shape {
        demand(inputs[0].rows != nil, "\(inputs[0]) has no rows to sum over")
        return Shape(rows: nil, dims: inputs[0].dims, layout: inputs[0].layout)
    }

    func gradients(_ graph: inout Graph, _ inputs: [Node], _ output: Node, _ upstream: Node) -> [Node?] {
        [graph.repeatRows(upstream, inputs[0].shape.rows!)]
    }

    func evaluate(_ inputs: [ReferenceTensor], into output: inout ReferenceTensor) {
        for row in 0..<inputs[0].rowCount {
            for column in 0..<inputs[0].width { output[0, column] += inputs[0][row, column] }
        }
    }

    var layouts: LayoutRule { .any }
    var kernel: Kernel { .sumRows }

    static var samples: [Sample] {
        [(1, []), (2, [3]), (257, []), (300, [2]), (301, [65]), (130, [17])].map { rows, dims in
            Sample("sum rows \(rows)×\(dims)", rows: rows, [.init(Shape(rows: .samples, dims: dims))]) {
                $0.sum($1[0], over: .rows)
            }
        }
    }
}

extension Graph {
    /// The sum of each row's features, `[rows]`, or of the rows, `[dims]`.
    public mutating func sum(_ x: Node, over axis: Axis) -> Node {
        switch axis {
        case .features: x.shape.dims.isEmpty ? x : apply(SumFeatures(), x)
        case .rows: apply(SumRows(), x)
        }
    }

    /// The sum of everything in x.
    public mutating func total(_ x: Node) -> Node {
        let perRow = sum(x, over: .features)
        return perRow.shape.rows == nil ? perRow : sum(perRow, over: .rows)
    }
}
