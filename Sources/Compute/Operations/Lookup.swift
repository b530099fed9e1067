private import CStarlingKernels

/// Rows of a table by their numbers, side by side: ids `[R, N]`, table `[V, E]` → `[R, N·E]`. What is given as a float is cut off to a
/// whole number. Numbers without a row stop the program in the reference and read as the nearest row in kernels: the host checks what it
/// writes.
struct Lookup: Operation {
    let ids: ScalarType
    /// Of the table.
    let height: Int
    let width: Int

    func shape(_ inputs: [Shape]) -> Shape {
        demand(
            inputs[0].rows != nil && inputs[0].dims.count <= 1 && inputs[1] == Shape(rows: nil, dims: [height, width]),
            "ids [R, N] and a table [\(height), \(width)] are needed: \(inputs[0]), \(inputs[1])")
        return Shape(rows: inputs[0].rows, dims: [inputs[0].width * width])
    }

    func scalarType(ofInput index: Int) -> ScalarType { index == 0 ? ids : .float }

    func gradients(_ graph: inout Graph, _ inputs: [Node], _ output: Node, _ upstream: Node) -> [Node?] {
        [nil, graph.apply(AddNamedRows(ids: ids, height: height), upstream, inputs[0])]
    }

    func evaluate(_ inputs: [ReferenceTensor], into output: inout ReferenceTensor) {
        let count = inputs[0].width
        for row in 0..<output.rowCount {
            for place in 0..<count * width {
                let id = inputs[0].index(row * count + place / width)
                output[row, place] = inputs[1].values[id * width + place % width]
            }
        }
    }

    var kernel: Kernel { .map(MapOperation(STARLING_MAP_LOOKUP, p: ids == .int32 ? 1 : 0, i: UInt32(width), j: UInt32(height))) }

    static var samples: [Sample] {
        [(1, 1, 1, 1), (5, 1, 7, 3), (37, 4, 300, 5), (300, 2, 11, 32)].flatMap { rows, count, height, width in
            [ScalarType.int32, .float].map { ids in
                let values: Sample.Values = ids == .int32 ? .index(below: height) : .float(0...Float(height) - 0.25)
                return Sample(
                    "lookup \(ids) \(rows)×\(count) of \(height)×\(width)", rows: rows,
                    [.init(Shape(rows: .samples, dims: [count]), values), .init(Shape(rows: nil, dims: [height, width]))]
                ) { $0.apply(Lookup(ids: ids, height: height, width: width), $1[0], $1[1]) }
            }
        }
    }
}

/// The derivative of a lookup by its table: each row the sum of what came back to it, `[R, N·E]` and ids `[R, N]` → `[V, E]`.
struct AddNamedRows: Operation {
    let ids: ScalarType
    let height: Int

    func shape(_ inputs: [Shape]) -> Shape {
        demand(
            inputs[0].rows == inputs[1].rows && inputs[0].dims.count == 1 && inputs[0].width % inputs[1].width == 0,
            "[R, N·E] and ids [R, N] are needed: \(inputs[0]), \(inputs[1])")
        return Shape(rows: nil, dims: [height, inputs[0].width / inputs[1].width])
    }

    func scalarType(ofInput index: Int) -> ScalarType { index == 1 ? ids : .float }

    func gradients(_ graph: inout Graph, _ inputs: [Node], _ output: Node, _ upstream: Node) -> [Node?] {
        [graph.apply(Lookup(ids: ids, height: height, width: output.shape.dims[1]), inputs[1], upstream), nil]
    }

    func evaluate(_ inputs: [ReferenceTensor], into output: inout ReferenceTensor) {
        let (count, width) = (inputs[1].width, output.dims[1])
        for (index, value) in inputs[0].values.enumerated() {
            let (row, place) = index.quotientAndRemainder(dividingBy: count * width)
            output.values[inputs[1].index(row * count + place / width) * width + place % width] += value
        }
    }

    var kernel: Kernel { .addNamedRows(isInteger: ids == .int32) }

    static var samples: [Sample] {
        [(1, 1, 1, 1), (37, 4, 30, 5), (300, 1, 7, 33)].flatMap { rows, count, height, width in
            [ScalarType.int32, .float].map { ids in
                let values: Sample.Values = ids == .int32 ? .index(below: height) : .float(0...Float(height) - 0.25)
                return Sample(
                    "add named rows \(ids) \(rows)×\(count)×\(width) to \(height)", rows: rows,
                    [.init(.perRow(.samples, count * width)), .init(Shape(rows: .samples, dims: [count]), values)]
                ) { $0.apply(AddNamedRows(ids: ids, height: height), $1[0], $1[1]) }
            }
        }
    }
}

extension ReferenceTensor {
    /// A whole number, however it is written.
    fileprivate func index(_ place: Int) -> Int { bits.isEmpty ? Int(values[place]) : Int(bits[place]) }
}

extension Graph {
    /// Embeddings of ids: `[R, N]` → `[R, N·E]`, the table's rows `[V, E]` that they name side by side.
    public mutating func lookup(_ ids: Node, table: Node) -> Node { lookup(ids, .float, table) }
    /// Rows of a table `[V, E]` that a port's whole numbers name.
    public mutating func lookup(_ ids: Port<Int32>, table: Node) -> Node { lookup(ids.node, .int32, table) }

    private mutating func lookup(_ ids: Node, _ scalar: ScalarType, _ table: Node) -> Node {
        demand(table.shape.dims.count == 2, "a table [V, E] is needed, not \(table.shape)")
        return apply(Lookup(ids: scalar, height: table.shape.dims[0], width: table.shape.dims[1]), ids, table)
    }
}
