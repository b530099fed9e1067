private import CStarlingKernels

/// x + amount.
struct Offset: Elementwise {
    let amount: Float

    var map: MapOperation { MapOperation(STARLING_MAP_OFFSET, p: amount) }
    func value(_ x: [Double]) -> Double { x[0] + Double(amount) }
    func gradients(_ graph: inout Graph, _ inputs: [Node], _ output: Node, _ upstream: Node) -> [Node?] { [upstream] }
    static var samples: [Sample] { Sample.elementwise("offset") { $0.offset($1[0], 0.3) } }
}

extension Graph {
    /// x + amount, number by number.
    public mutating func offset(_ x: Node, _ amount: Float) -> Node {
        if let value = constantValue(x) { return constant(value + amount, x.shape) }
        return amount == 0 ? x : apply(Offset(amount: amount), x)
    }
}
