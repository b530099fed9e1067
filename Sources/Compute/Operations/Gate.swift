/// A stop-gradient: the value goes through, the derivative does not.
struct ClosedGate: Operation {
    func shape(_ inputs: [Shape]) -> Shape { inputs[0] }
    func gradients(_ graph: inout Graph, _ inputs: [Node], _ output: Node, _ upstream: Node) -> [Node?] { [nil] }
    func evaluate(_ inputs: [ReferenceTensor], into output: inout ReferenceTensor) { output.values = inputs[0].values }
    var layouts: LayoutRule { .any }
    var kernel: Kernel { .alias }
}

extension Graph {
    /// x; its derivative passes only if the gate is open.
    public mutating func gate(_ x: Node, open: Bool) -> Node { open ? x : apply(ClosedGate(), x) }
}
