private import CStarlingKernels
import Glibc

/// e^x.
struct Exponential: Elementwise {
    var map: MapOperation { MapOperation(STARLING_MAP_EXP) }
    func value(_ x: [Double]) -> Double { exp(x[0]) }
    func gradients(_ graph: inout Graph, _ inputs: [Node], _ output: Node, _ upstream: Node) -> [Node?] {
        [graph.multiply(output, upstream)]
    }
    static var samples: [Sample] { Sample.elementwise("exp", -3...3) { $0.exp($1[0]) } }
}

extension Graph {
    /// eˣ, number by number.
    public mutating func exp(_ x: Node) -> Node { apply(Exponential(), x) }
}
