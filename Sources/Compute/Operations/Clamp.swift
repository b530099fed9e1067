private import CStarlingKernels

/// x, held inside a range. The derivative is 0 outside it.
struct Clamp: Elementwise {
    let range: ClosedRange<Float>

    var map: MapOperation { MapOperation(STARLING_MAP_CLAMP, p: range.lowerBound, q: range.upperBound) }
    func value(_ x: [Double]) -> Double { min(max(x[0], Double(range.lowerBound)), Double(range.upperBound)) }
    func gradients(_ graph: inout Graph, _ inputs: [Node], _ output: Node, _ upstream: Node) -> [Node?] {
        [graph.apply(WhereInside(range: range), inputs[0], upstream)]
    }
    static var samples: [Sample] { Sample.elementwise("clamp") { $0.clamp($1[0], -0.7...1.1) } }
}

/// x inside the range ? dy : 0.
struct WhereInside: Elementwise {
    let range: ClosedRange<Float>

    var map: MapOperation { MapOperation(STARLING_MAP_CLAMP_GRADIENT, p: range.lowerBound, q: range.upperBound) }
    func value(_ x: [Double]) -> Double {
        x[0] >= Double(range.lowerBound) && x[0] <= Double(range.upperBound) ? x[1] : 0
    }
    func gradients(_ graph: inout Graph, _ inputs: [Node], _ output: Node, _ upstream: Node) -> [Node?] {
        [nil, graph.apply(WhereInside(range: range), inputs[0], upstream)]
    }
    static var samples: [Sample] {
        Sample.elementwise("whereInside", arity: 2) { $0.apply(WhereInside(range: -0.7...1.1), $1[0], $1[1]) }
    }
}

/// max(x, bound). The derivative is 0 below the bound.
struct AtLeast: Elementwise {
    let bound: Float

    var map: MapOperation { MapOperation(STARLING_MAP_AT_LEAST, p: bound) }
    func value(_ x: [Double]) -> Double { max(x[0], Double(bound)) }
    func gradients(_ graph: inout Graph, _ inputs: [Node], _ output: Node, _ upstream: Node) -> [Node?] {
        [graph.apply(WhereInside(range: bound...Float.infinity), inputs[0], upstream)]
    }
    static var samples: [Sample] { Sample.elementwise("atLeast") { $0.atLeast($1[0], 0.4) } }
}

extension Graph {
    /// x, held inside a range; the derivative is 0 outside it.
    public mutating func clamp(_ x: Node, _ range: ClosedRange<Float>) -> Node { apply(Clamp(range: range), x) }
    /// x, or the bound where x is below it.
    public mutating func atLeast(_ x: Node, _ bound: Float) -> Node { apply(AtLeast(bound: bound), x) }
}
