private import CStarlingKernels
import Glibc

/// 1/(1 + e^−x).
struct Sigmoid: Elementwise {
    var map: MapOperation { MapOperation(STARLING_MAP_SIGMOID) }
    func value(_ x: [Double]) -> Double { 1 / (1 + exp(-x[0])) }
    func gradients(_ graph: inout Graph, _ inputs: [Node], _ output: Node, _ upstream: Node) -> [Node?] {
        [graph.apply(SigmoidGradient(), output, upstream)]
    }
    static var samples: [Sample] { Sample.elementwise("sigmoid", -9...9) { $0.sigmoid($1[0]) } }
}

/// y·(1 − y)·dy.
struct SigmoidGradient: Elementwise {
    var map: MapOperation { MapOperation(STARLING_MAP_SIGMOID_GRADIENT) }
    func value(_ x: [Double]) -> Double { x[0] * (1 - x[0]) * x[1] }
    func gradients(_ graph: inout Graph, _ inputs: [Node], _ output: Node, _ upstream: Node) -> [Node?] {
        let slope = graph.offset(graph.scale(inputs[0], -2), 1)
        return [
            graph.multiply(graph.multiply(slope, inputs[1]), upstream),
            graph.apply(SigmoidGradient(), inputs[0], upstream),
        ]
    }
    static var samples: [Sample] { Sample.elementwise("sigmoidGradient", arity: 2) { $0.apply(SigmoidGradient(), $1[0], $1[1]) } }
}

extension Graph {
    /// 1 / (1 + e⁻ˣ), number by number.
    public mutating func sigmoid(_ x: Node) -> Node { apply(Sigmoid(), x) }
}
