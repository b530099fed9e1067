private import CStarlingKernels

/// a + b.
struct Sum: Elementwise {
    var map: MapOperation { MapOperation(STARLING_MAP_ADD) }
    func value(_ x: [Double]) -> Double { x[0] + x[1] }
    func gradients(_ graph: inout Graph, _ inputs: [Node], _ output: Node, _ upstream: Node) -> [Node?] {
        [upstream, upstream]
    }
    static var samples: [Sample] { Sample.elementwise("add", arity: 2) { $0.add($1[0], $1[1]) } }
}

/// a − b.
struct Difference: Elementwise {
    var map: MapOperation { MapOperation(STARLING_MAP_SUBTRACT) }
    func value(_ x: [Double]) -> Double { x[0] - x[1] }
    func gradients(_ graph: inout Graph, _ inputs: [Node], _ output: Node, _ upstream: Node) -> [Node?] {
        [upstream, graph.negate(upstream)]
    }
    static var samples: [Sample] { Sample.elementwise("subtract", arity: 2) { $0.subtract($1[0], $1[1]) } }
}

/// a·b.
struct Product: Elementwise {
    var map: MapOperation { MapOperation(STARLING_MAP_MULTIPLY) }
    func value(_ x: [Double]) -> Double { x[0] * x[1] }
    func gradients(_ graph: inout Graph, _ inputs: [Node], _ output: Node, _ upstream: Node) -> [Node?] {
        [graph.multiply(inputs[1], upstream), graph.multiply(inputs[0], upstream)]
    }
    static var samples: [Sample] { Sample.elementwise("multiply", arity: 2) { $0.multiply($1[0], $1[1]) } }
}

/// a/b.
struct Quotient: Elementwise {
    var map: MapOperation { MapOperation(STARLING_MAP_DIVIDE) }
    func value(_ x: [Double]) -> Double { x[0] / x[1] }
    func gradients(_ graph: inout Graph, _ inputs: [Node], _ output: Node, _ upstream: Node) -> [Node?] {
        let share = graph.divide(upstream, inputs[1])
        return [share, graph.negate(graph.multiply(share, output))]
    }
    static var samples: [Sample] { Sample.elementwise("divide", arity: 2, 0.5...2) { $0.divide($1[0], $1[1]) } }
}

extension Graph {
    /// a + b, number by number.
    public mutating func add(_ a: Node, _ b: Node) -> Node {
        if constantValue(b) == 0, a.shape == b.shape { return a }
        if constantValue(a) == 0, a.shape == b.shape { return b }
        return apply(Sum(), a, b)
    }

    /// a − b, number by number.
    public mutating func subtract(_ a: Node, _ b: Node) -> Node { apply(Difference(), a, b) }

    /// a · b, number by number.
    public mutating func multiply(_ a: Node, _ b: Node) -> Node {
        if let value = constantValue(b), a.shape == b.shape { return scale(a, value) }
        if let value = constantValue(a), a.shape == b.shape { return scale(b, value) }
        return apply(Product(), a, b)
    }

    /// a / b, number by number.
    public mutating func divide(_ a: Node, _ b: Node) -> Node { apply(Quotient(), a, b) }
}
