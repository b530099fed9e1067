private import CStarlingKernels
import Glibc

/// Hyperbolic tangent.
struct Tanh: Elementwise {
    var map: MapOperation { MapOperation(STARLING_MAP_TANH) }
    func value(_ x: [Double]) -> Double { tanh(x[0]) }
    func gradients(_ graph: inout Graph, _ inputs: [Node], _ output: Node, _ upstream: Node) -> [Node?] {
        [graph.apply(TanhGradient(), output, upstream)]
    }
    static var samples: [Sample] { Sample.elementwise("tanh", -6...6) { $0.tanh($1[0]) } }
}

/// (1 − y²)·dy.
struct TanhGradient: Elementwise {
    var map: MapOperation { MapOperation(STARLING_MAP_TANH_GRADIENT) }
    func value(_ x: [Double]) -> Double { (1 - x[0] * x[0]) * x[1] }
    func gradients(_ graph: inout Graph, _ inputs: [Node], _ output: Node, _ upstream: Node) -> [Node?] {
        let byOutput = graph.scale(graph.multiply(graph.multiply(inputs[0], inputs[1]), upstream), -2)
        return [byOutput, graph.apply(TanhGradient(), inputs[0], upstream)]
    }
    static var samples: [Sample] { Sample.elementwise("tanhGradient", arity: 2) { $0.apply(TanhGradient(), $1[0], $1[1]) } }
}

extension Graph {
    /// The hyperbolic tangent, number by number.
    public mutating func tanh(_ x: Node) -> Node { apply(Tanh(), x) }
}
