private import CStarlingKernels

/// Neighbouring features: `[R, D] → [R, d]`.
struct Slice: Operation {
    let features: Range<Int>

    func shape(_ inputs: [Shape]) -> Shape {
        demand(
            inputs[0].dims.count == 1 && features.lowerBound >= 0 && features.upperBound <= inputs[0].dims[0],
            "features \(features) are not in \(inputs[0])")
        return Shape(rows: inputs[0].rows, dims: [features.count])
    }

    func gradients(_ graph: inout Graph, _ inputs: [Node], _ output: Node, _ upstream: Node) -> [Node?] {
        [graph.apply(Embed(features: features, width: inputs[0].shape.dims[0]), upstream)]
    }

    func evaluate(_ inputs: [ReferenceTensor], into output: inout ReferenceTensor) {
        for row in 0..<output.rowCount {
            for column in 0..<output.width { output[row, column] = inputs[0][row, features.lowerBound + column] }
        }
    }

    var kernel: Kernel { .map(MapOperation(STARLING_MAP_SLICE, i: UInt32(features.lowerBound))) }

    static var samples: [Sample] {
        [(1, 1, 0..<1), (2, 3, 1..<2), (33, 16, 8..<16), (300, 16, 0..<8), (7, 90, 5..<77)].map { rows, width, range in
            Sample("slice \(rows)×\(width) \(range)", rows: rows, [.init(.perRow(.samples, width))]) {
                $0.slice($1[0], features: range)
            }
        }
    }
}

/// The derivative of a slice: features in their place, 0 elsewhere.
struct Embed: Operation {
    let features: Range<Int>
    let width: Int

    func shape(_ inputs: [Shape]) -> Shape {
        demand(inputs[0].dims == [features.count], "features \(features) cannot hold \(inputs[0])")
        return Shape(rows: inputs[0].rows, dims: [width])
    }

    func gradients(_ graph: inout Graph, _ inputs: [Node], _ output: Node, _ upstream: Node) -> [Node?] {
        [graph.slice(upstream, features: features)]
    }

    func evaluate(_ inputs: [ReferenceTensor], into output: inout ReferenceTensor) {
        for row in 0..<output.rowCount {
            for column in 0..<features.count { output[row, features.lowerBound + column] = inputs[0][row, column] }
        }
    }

    var kernel: Kernel { .map(MapOperation(STARLING_MAP_EMBED, i: UInt32(features.lowerBound))) }

    static var samples: [Sample] {
        [(2, 3, 1..<2), (33, 16, 8..<16), (7, 90, 5..<77)].map { rows, width, range in
            Sample("embed \(rows)×\(width) \(range)", rows: rows, [.init(.perRow(.samples, range.count))]) {
                $0.apply(Embed(features: range, width: width), $1[0])
            }
        }
    }
}

extension Graph {
    /// Of each row these numbers, as `[rows, count]`.
    public mutating func slice(_ x: Node, features: Range<Int>) -> Node {
        if x.shape.dims == [features.count], features.lowerBound == 0 { return x }
        // What is a part of one value that stands beside others needs none of these.
        if let (first, second) = concatenated(x) {
            let width = first.shape.width
            if features.upperBound <= width { return slice(first, features: features) }
            if features.lowerBound >= width { return slice(second, features: features.lowerBound - width..<features.upperBound - width) }
        }
        return apply(Slice(features: features), x)
    }

    /// Number `index` of every row: `[R, F] → [R]`.
    public mutating func feature(_ x: Node, _ index: Int) -> Node { sum(slice(x, features: index..<index + 1), over: .features) }
}
