private import CStarlingKernels
import Glibc

/// Standard normal numbers that depend on key, step, environment and draw alone, never on the place in the batch.
///
/// Philox4x32-10 (Salmon et al. 2011): key = the row's 64-bit key, counter = (step low, step high, environment,
/// draw·2¹⁶ | lane block). Each block gives four numbers by Box–Muller:
/// u = (x₀ >> 8 + 1)·2⁻²⁴, r = √(−2 ln u), θ = 2π·(x₁ >> 8)·2⁻²⁴, (r cos θ, r sin θ), and the same of x₂, x₃.
struct Gaussian: Operation {
    let count: Int
    let draw: UInt32

    func shape(_ inputs: [Shape]) -> Shape {
        demand(
            inputs.allSatisfy { $0 == Shape(rows: inputs[0].rows, dims: []) } && inputs[0].rows != nil,
            "key, step and environment are one number per row, got \(inputs)")
        return Shape(rows: inputs[0].rows, dims: [count])
    }

    func scalarType(ofInput index: Int) -> ScalarType { index == 2 ? .uint32 : .uint64 }

    func gradients(_ graph: inout Graph, _ inputs: [Node], _ output: Node, _ upstream: Node) -> [Node?] {
        [nil, nil, nil]
    }

    func evaluate(_ inputs: [ReferenceTensor], into output: inout ReferenceTensor) {
        for row in 0..<output.rowCount {
            for block in 0..<(count + 3) / 4 {
                let key = inputs[0].bits[row]
                let step = inputs[1].bits[row]
                let x = Philox.words(
                    key: key,
                    counter: (
                        UInt32(truncatingIfNeeded: step), UInt32(truncatingIfNeeded: step >> 32),
                        UInt32(inputs[2].bits[row]), draw << 16 | UInt32(block)
                    ))
                let normals = Self.boxMuller(x.0, x.1) + Self.boxMuller(x.2, x.3)
                for lane in 0..<min(4, count - 4 * block) { output[row, 4 * block + lane] = normals[lane] }
            }
        }
    }

    private static func boxMuller(_ a: UInt32, _ b: UInt32) -> [Double] {
        let u = Double(a >> 8 + 1) / 16_777_216
        let angle = 2 * Double.pi * Double(b >> 8) / 16_777_216
        let radius = (-2 * Glibc.log(u)).squareRoot()
        return [radius * cos(angle), radius * sin(angle)]
    }

    var kernel: Kernel { .map(MapOperation(STARLING_MAP_GAUSSIAN, i: draw)) }

    static var samples: [Sample] {
        [(1, 1), (2, 8), (37, 6), (300, 4), (3, 33)].map { rows, count in
            Sample(
                "gaussian \(rows)×\(count)", rows: rows,
                [.init(.perRow(.samples), .keys), .init(.perRow(.samples), .steps), .init(.perRow(.samples), .environments)]
            ) {
                $0.gaussian(
                    key: Port(node: $1[0]), step: Port(node: $1[1]), environment: Port(node: $1[2]), count: count, draw: 3)
            }
        }
    }
}

extension Graph {
    /// `[rows, count]` standard normal numbers.
    /// - Parameter draw: tells apart several uses of one row; below 65,536.
    public mutating func gaussian(
        key: Port<UInt64>, step: Port<UInt64>, environment: Port<UInt32>, count: Int, draw: UInt32
    ) -> Node {
        demand(draw < 65_536 && count > 0 && count <= 4 * 65_536, "draw \(draw) or count \(count) out of range")
        return apply(Gaussian(count: count, draw: draw), key.node, step.node, environment.node)
    }
}
