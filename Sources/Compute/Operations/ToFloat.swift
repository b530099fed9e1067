private import CStarlingKernels

/// Bytes as numbers, times a scale (1/255 for images).
struct ToFloat: Operation {
    let scale: Float

    func shape(_ inputs: [Shape]) -> Shape { inputs[0] }
    func scalarType(ofInput index: Int) -> ScalarType { .uint8 }
    func gradients(_ graph: inout Graph, _ inputs: [Node], _ output: Node, _ upstream: Node) -> [Node?] { [nil] }
    func evaluate(_ inputs: [ReferenceTensor], into output: inout ReferenceTensor) {
        for index in output.values.indices { output.values[index] = Double(inputs[0].bits[index]) * Double(scale) }
    }
    var kernel: Kernel { .map(MapOperation(STARLING_MAP_BYTES, p: scale)) }

    static var samples: [Sample] {
        [(1, [1]), (2, [3]), (9, [7, 5]), (3, [1000])].map { rows, dims in
            Sample("toFloat \(rows)×\(dims)", rows: rows, [.init(Shape(rows: .samples, dims: dims), .bytes)]) {
                $0.toFloat(Port(node: $1[0]), scale: 1 / 255)
            }
        }
    }
}

extension Graph {
    /// Bytes as numbers, each times `scale`.
    public mutating func toFloat(_ x: Port<UInt8>, scale: Float) -> Node { apply(ToFloat(scale: scale), x.node) }
}
