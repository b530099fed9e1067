private import CStarlingKernels

/// Numbers that lie among others in frames of bytes, times a scale: of F frames side by side `[R, F·B]` → `[R, F·count]`, frame by
/// frame.
struct PartOfBytes: Operation {
    /// Of a frame.
    let frameByteCount: Int
    /// Where the part begins in it, in bytes.
    let offset: Int
    /// Numbers of it.
    let count: Int
    /// Float32, little-endian; else bytes.
    let areFloats: Bool
    let scale: Float

    func shape(_ inputs: [Shape]) -> Shape {
        let end = offset + count * (areFloats ? 4 : 1)
        demand(
            inputs[0].dims.count == 1 && inputs[0].width % frameByteCount == 0 && count > 0 && end <= frameByteCount,
            "\(count) numbers at byte \(offset) are not in frames of \(frameByteCount) of \(inputs[0])")
        return Shape(rows: inputs[0].rows, dims: [inputs[0].width / frameByteCount * count])
    }

    func scalarType(ofInput index: Int) -> ScalarType { .uint8 }
    func gradients(_ graph: inout Graph, _ inputs: [Node], _ output: Node, _ upstream: Node) -> [Node?] { [nil] }

    func evaluate(_ inputs: [ReferenceTensor], into output: inout ReferenceTensor) {
        let width = inputs[0].width
        for row in 0..<output.rowCount {
            for column in 0..<output.width {
                let frame = row * width + column / count * frameByteCount + offset
                output[row, column] = number(inputs[0].bits, frame, column % count) * Double(scale)
            }
        }
    }

    private func number(_ bits: [UInt64], _ frame: Int, _ index: Int) -> Double {
        guard areFloats else { return Double(bits[frame + index]) }
        let pattern = (0..<4).reduce(UInt32(0)) { $0 | UInt32(bits[frame + 4 * index + $1]) << (8 * UInt32($1)) }
        return Double(Float(bitPattern: pattern))
    }

    var kernel: Kernel {
        .map(
            MapOperation(
                areFloats ? STARLING_MAP_PART_FLOATS : STARLING_MAP_PART_BYTES, p: scale, i: UInt32(offset), j: UInt32(frameByteCount)))
    }

    static var samples: [Sample] {
        [(1, 1, 8, 0, 2), (7, 2, 12, 4, 2), (33, 3, 64, 16, 9), (300, 1, 100, 20, 20)].flatMap { rows, frames, size, offset, count in
            [false, true].map { areFloats in
                // Bytes of 0 and 1 are the smallest of floats.
                let part = PartOfBytes(
                    frameByteCount: size, offset: offset, count: count, areFloats: areFloats, scale: areFloats ? 1e38 : 1 / 255)
                return Sample(
                    "\(count) \(areFloats ? "floats" : "bytes") at \(offset) of \(rows)×\(frames)×\(size)", rows: rows,
                    [.init(Shape(rows: .samples, dims: [frames * size]), areFloats ? .flags : .bytes)]
                ) { $0.apply(part, $1[0]) }
            }
        }
    }
}

extension Graph {
    /// Float32 that lie among other bytes, times a scale: `[R, F·B]` → `[R, F·count]`, of F frames of B bytes.
    public mutating func floats(_ x: Port<UInt8>, at offset: Int, count: Int, frameByteCount: Int, scale: Float) -> Node {
        apply(PartOfBytes(frameByteCount: frameByteCount, offset: offset, count: count, areFloats: true, scale: scale), x.node)
    }

    /// Bytes among others as numbers, likewise.
    public mutating func bytes(_ x: Port<UInt8>, at offset: Int, count: Int, frameByteCount: Int, scale: Float) -> Node {
        apply(PartOfBytes(frameByteCount: frameByteCount, offset: offset, count: count, areFloats: false, scale: scale), x.node)
    }
}
