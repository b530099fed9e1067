private import CStarlingKernels
import Glibc

/// erf x = 2/√π ∫₀ˣ e^−t² dt.
struct ErrorFunction: Elementwise {
    var map: MapOperation { MapOperation(STARLING_MAP_ERF) }
    func value(_ x: [Double]) -> Double { Glibc.erf(x[0]) }
    func gradients(_ graph: inout Graph, _ inputs: [Node], _ output: Node, _ upstream: Node) -> [Node?] {
        let slope = graph.scale(graph.exp(graph.negate(graph.square(inputs[0]))), 2 / Float.pi.squareRoot())
        return [graph.multiply(slope, upstream)]
    }
    static var samples: [Sample] { Sample.elementwise("erf", -5...5) { $0.erf($1[0]) } }
}

extension Graph {
    /// 2/√π ∫₀ˣ exp(−t²) dt, number by number.
    public mutating func erf(_ x: Node) -> Node { apply(ErrorFunction(), x) }
}
