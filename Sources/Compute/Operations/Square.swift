private import CStarlingKernels

/// x².
struct Square: Elementwise {
    var map: MapOperation { MapOperation(STARLING_MAP_SQUARE) }
    func value(_ x: [Double]) -> Double { x[0] * x[0] }
    func gradients(_ graph: inout Graph, _ inputs: [Node], _ output: Node, _ upstream: Node) -> [Node?] {
        [graph.scale(graph.multiply(inputs[0], upstream), 2)]
    }
    static var samples: [Sample] { Sample.elementwise("square") { $0.square($1[0]) } }
}

extension Graph {
    /// x², number by number.
    public mutating func square(_ x: Node) -> Node { apply(Square(), x) }
}
