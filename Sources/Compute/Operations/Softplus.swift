private import CStarlingKernels
import Glibc

/// log(1 + e^x), without overflow.
struct Softplus: Elementwise {
    var map: MapOperation { MapOperation(STARLING_MAP_SOFTPLUS) }
    func value(_ x: [Double]) -> Double { max(x[0], 0) + log1p(exp(-abs(x[0]))) }
    func gradients(_ graph: inout Graph, _ inputs: [Node], _ output: Node, _ upstream: Node) -> [Node?] {
        [graph.multiply(graph.sigmoid(inputs[0]), upstream)]
    }
    static var samples: [Sample] { Sample.elementwise("softplus", -20...20) { $0.softplus($1[0]) } }
}

extension Graph {
    /// log(1 + eˣ), number by number.
    public mutating func softplus(_ x: Node) -> Node { apply(Softplus(), x) }
}
