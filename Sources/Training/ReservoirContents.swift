import CStarlingKernels
package import StarlingSafetensors

/// What a reservoir holds at one moment, without a copy: pieces that the reservoir writes no more as long as they are
/// shared. It copies a piece first when it is to put an observation there.
package struct ReservoirContents: Sendable {
    /// Observations.
    package let count: Int
    package let observationByteCount: Int
    let pieces: [ReservoirPiece]

    init(count: Int, observationByteCount: Int, pieces: [ReservoirPiece]) {
        (self.count, self.observationByteCount, self.pieces) = (count, observationByteCount, pieces)
    }

    /// Copies `[count, D bytes]`; nil for an array of another shape.
    package init?(_ array: NamedArray) {
        guard array.scalar == .uint8, array.shape.count == 2, array.shape[1] > 0 else { return nil }
        (count, observationByteCount) = (array.shape[0], array.shape[1])
        let byteCount = ReservoirPiece.observations(of: observationByteCount) * observationByteCount
        pieces = stride(from: 0, to: array.bytes.count, by: byteCount).map { start in
            let piece = ReservoirPiece(byteCount: byteCount)
            array.bytes.withUnsafeBytes {
                piece.base.copyMemory(from: $0.baseAddress! + start, byteCount: min(byteCount, $0.count - start))
            }
            return piece
        }
    }

    /// Whether all numbers are within ±`limit`, taken as float32.
    package func isWithin(_ limit: Float) -> Bool {
        var left = count * observationByteCount / 4
        for piece in pieces {
            let number = min(left, piece.byteCount / 4)
            left -= number
            guard starling_all_within(piece.base.assumingMemoryBound(to: Float.self), number, -limit, limit) != 0 else { return false }
        }
        return true
    }

    /// `[count, D bytes]`, copied.
    package var array: NamedArray {
        let byteCount = count * observationByteCount
        let bytes = [UInt8](unsafeUninitializedCapacity: byteCount) { bytes, filled in
            for piece in pieces {
                let part = min(piece.byteCount, byteCount - filled)
                (UnsafeMutableRawPointer(bytes.baseAddress!) + filled).copyMemory(from: piece.base, byteCount: part)
                filled += part
            }
        }
        return NamedArray("observations", .uint8, shape: [count, observationByteCount], bytes: bytes)
    }
}

/// Some observations side by side.
///
/// `@unchecked Sendable`: it is written only by a reservoir that is its sole owner, and read by anybody else.
final class ReservoirPiece: @unchecked Sendable {
    /// Large enough that few are counted, and small enough that the copy of one is no pause.
    private static let usualByteCount = 256 << 10

    static func observations(of byteCount: Int) -> Int { max(1, usualByteCount / byteCount) }

    let base: UnsafeMutableRawPointer
    let byteCount: Int

    init(byteCount: Int) {
        self.byteCount = byteCount
        base = .allocate(byteCount: byteCount, alignment: 64)
    }

    init(copying other: ReservoirPiece) {
        byteCount = other.byteCount
        base = .allocate(byteCount: byteCount, alignment: 64)
        base.copyMemory(from: other.base, byteCount: byteCount)
    }

    deinit { base.deallocate() }
}
