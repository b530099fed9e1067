private import CStarlingKernels

/// The smaller of a and b; at equality the derivative goes to a.
struct Minimum: Elementwise {
    var map: MapOperation { MapOperation(STARLING_MAP_MINIMUM) }
    func value(_ x: [Double]) -> Double { min(x[0], x[1]) }
    func gradients(_ graph: inout Graph, _ inputs: [Node], _ output: Node, _ upstream: Node) -> [Node?] {
        [
            graph.apply(WhereNotAbove(), inputs[0], inputs[1], upstream),
            graph.apply(WhereAbove(), inputs[0], inputs[1], upstream),
        ]
    }
    static var samples: [Sample] { Sample.elementwise("minimum", arity: 2) { $0.minimum($1[0], $1[1]) } }
}

/// The larger of a and b; at equality the derivative goes to b.
struct Maximum: Elementwise {
    var map: MapOperation { MapOperation(STARLING_MAP_MAXIMUM) }
    func value(_ x: [Double]) -> Double { max(x[0], x[1]) }
    func gradients(_ graph: inout Graph, _ inputs: [Node], _ output: Node, _ upstream: Node) -> [Node?] {
        [
            graph.apply(WhereAbove(), inputs[0], inputs[1], upstream),
            graph.apply(WhereNotAbove(), inputs[0], inputs[1], upstream),
        ]
    }
    static var samples: [Sample] { Sample.elementwise("maximum", arity: 2) { $0.maximum($1[0], $1[1]) } }
}

/// a ≤ b ? c : 0.
struct WhereNotAbove: Elementwise {
    var map: MapOperation { MapOperation(STARLING_MAP_LESS_GRADIENT) }
    func value(_ x: [Double]) -> Double { x[0] <= x[1] ? x[2] : 0 }
    func gradients(_ graph: inout Graph, _ inputs: [Node], _ output: Node, _ upstream: Node) -> [Node?] {
        [nil, nil, graph.apply(WhereNotAbove(), inputs[0], inputs[1], upstream)]
    }
    static var samples: [Sample] {
        Sample.elementwise("whereNotAbove", arity: 3) { $0.apply(WhereNotAbove(), $1[0], $1[1], $1[2]) }
    }
}

/// a > b ? c : 0.
struct WhereAbove: Elementwise {
    var map: MapOperation { MapOperation(STARLING_MAP_GREATER_GRADIENT) }
    func value(_ x: [Double]) -> Double { x[0] > x[1] ? x[2] : 0 }
    func gradients(_ graph: inout Graph, _ inputs: [Node], _ output: Node, _ upstream: Node) -> [Node?] {
        [nil, nil, graph.apply(WhereAbove(), inputs[0], inputs[1], upstream)]
    }
    static var samples: [Sample] {
        Sample.elementwise("whereAbove", arity: 3) { $0.apply(WhereAbove(), $1[0], $1[1], $1[2]) }
    }
}

extension Graph {
    /// The smaller of both, number by number; where they are equal the derivative goes to a.
    public mutating func minimum(_ a: Node, _ b: Node) -> Node { apply(Minimum(), a, b) }
    /// The larger of both, number by number.
    public mutating func maximum(_ a: Node, _ b: Node) -> Node { apply(Maximum(), a, b) }
}
