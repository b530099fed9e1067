private import CStarlingKernels

/// x·factor, the factor known when the graph is built.
struct Scale: Elementwise {
    let factor: Float

    var map: MapOperation { MapOperation(STARLING_MAP_SCALE, p: factor) }
    func value(_ x: [Double]) -> Double { x[0] * Double(factor) }
    func gradients(_ graph: inout Graph, _ inputs: [Node], _ output: Node, _ upstream: Node) -> [Node?] {
        [graph.scale(upstream, factor)]
    }
    static var samples: [Sample] { Sample.elementwise("scale") { $0.scale($1[0], -0.75) } }
}

extension Graph {
    /// factor · x, number by number.
    public mutating func scale(_ x: Node, _ factor: Float) -> Node {
        if factor == 1 { return x }
        if let value = constantValue(x) { return constant(value * factor, x.shape) }
        // (x·a)·b is x·(ab): derivatives of means make such chains.
        if let inner = entry(x).operation as? Scale, stage(of: x) == floor {
            return apply(Scale(factor: inner.factor * factor), entry(x).inputs[0])
        }
        return apply(Scale(factor: factor), x)
    }

    /// −x, number by number.
    public mutating func negate(_ x: Node) -> Node { scale(x, -1) }
}
