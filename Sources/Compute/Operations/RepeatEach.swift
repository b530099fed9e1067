private import CStarlingKernels

/// Every number `count` times in a row: `[D] → [D·count]`, with rows or without. A bias per channel becomes one per pixel.
struct RepeatEach: Operation {
    let count: Int

    func shape(_ inputs: [Shape]) -> Shape {
        demand(inputs[0].dims.count == 1, "[D] is needed, got \(inputs[0])")
        return Shape(rows: inputs[0].rows, dims: [inputs[0].dims[0] * count])
    }

    func gradients(_ graph: inout Graph, _ inputs: [Node], _ output: Node, _ upstream: Node) -> [Node?] {
        [graph.apply(SumGroups(count: count), upstream)]
    }

    func evaluate(_ inputs: [ReferenceTensor], into output: inout ReferenceTensor) {
        for index in output.values.indices { output.values[index] = inputs[0].values[index / count] }
    }

    var kernel: Kernel { .map(MapOperation(STARLING_MAP_REPEAT_EACH, i: UInt32(count))) }

    static var samples: [Sample] {
        [(1, 1), (3, 5), (17, 2)].map { width, count in
            Sample("repeat each \(width)×\(count)", rows: 1, [.init(Shape(rows: nil, dims: [width]))]) {
                $0.repeatEach($1[0], count)
            }
        }
            + [Sample("repeat each 33×7×3", rows: 33, [.init(.perRow(.samples, 7))]) { $0.repeatEach($1[0], 3) }]
    }
}

/// Σ of each `count` neighbours: `[D·count] → [D]`.
struct SumGroups: Operation {
    let count: Int

    func shape(_ inputs: [Shape]) -> Shape {
        demand(
            inputs[0].dims.count == 1 && inputs[0].width % count == 0,
            "[D·\(count)] is needed, got \(inputs[0])")
        return Shape(rows: inputs[0].rows, dims: [inputs[0].width / count])
    }

    func gradients(_ graph: inout Graph, _ inputs: [Node], _ output: Node, _ upstream: Node) -> [Node?] {
        [graph.repeatEach(upstream, count)]
    }

    func evaluate(_ inputs: [ReferenceTensor], into output: inout ReferenceTensor) {
        for (index, value) in inputs[0].values.enumerated() { output.values[index / count] += value }
    }

    var kernel: Kernel { .map(MapOperation(STARLING_MAP_SUM_GROUPS, i: UInt32(count))) }

    static var samples: [Sample] {
        [(1, 1), (3, 5), (17, 2)].map { width, count in
            Sample("sum groups \(width)×\(count)", rows: 1, [.init(Shape(rows: nil, dims: [width * count]))]) {
                $0.sumGroups($1[0], count)
            }
        }
            + [Sample("sum groups 33×7×3", rows: 33, [.init(.perRow(.samples, 21))]) { $0.sumGroups($1[0], 3) }]
    }
}

extension Graph {
    /// Σ of each `count` neighbours.
    mutating func sumGroups(_ x: Node, _ count: Int) -> Node { apply(SumGroups(count: count), x) }

    /// Every number so often in a row: `[D]` → `[D·count]`.
    public mutating func repeatEach(_ x: Node, _ count: Int) -> Node { apply(RepeatEach(count: count), x) }
}
