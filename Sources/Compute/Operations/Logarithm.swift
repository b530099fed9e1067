private import CStarlingKernels
import Glibc

/// Natural logarithm; −∞ at 0, NaN below.
struct Logarithm: Elementwise {
    var map: MapOperation { MapOperation(STARLING_MAP_LOG) }
    func value(_ x: [Double]) -> Double { log(x[0]) }
    func gradients(_ graph: inout Graph, _ inputs: [Node], _ output: Node, _ upstream: Node) -> [Node?] {
        [graph.divide(upstream, inputs[0])]
    }
    static var samples: [Sample] { Sample.elementwise("log", 0.2...5) { $0.log($1[0]) } }
}

extension Graph {
    /// The natural logarithm, number by number.
    public mutating func log(_ x: Node) -> Node { apply(Logarithm(), x) }
}
