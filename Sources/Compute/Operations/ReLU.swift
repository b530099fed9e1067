private import CStarlingKernels

/// max(x, 0).
struct ReLU: Elementwise {
    var map: MapOperation { MapOperation(STARLING_MAP_RELU) }
    func value(_ x: [Double]) -> Double { max(x[0], 0) }
    func gradients(_ graph: inout Graph, _ inputs: [Node], _ output: Node, _ upstream: Node) -> [Node?] {
        [graph.apply(ReLUGradient(), output, upstream)]
    }
    static var samples: [Sample] { Sample.elementwise("relu") { $0.relu($1[0]) } }
}

/// y > 0 ? dy : 0. From the output: so the input need not be kept.
struct ReLUGradient: Elementwise {
    var map: MapOperation { MapOperation(STARLING_MAP_RELU_GRADIENT) }
    func value(_ x: [Double]) -> Double { x[0] > 0 ? x[1] : 0 }
    func gradients(_ graph: inout Graph, _ inputs: [Node], _ output: Node, _ upstream: Node) -> [Node?] {
        [nil, graph.apply(ReLUGradient(), inputs[0], upstream)]
    }
    static var samples: [Sample] { Sample.elementwise("reluGradient", arity: 2) { $0.apply(ReLUGradient(), $1[0], $1[1]) } }
}

extension Graph {
    /// max(x, 0), number by number.
    public mutating func relu(_ x: Node) -> Node { apply(ReLU(), x) }
}
