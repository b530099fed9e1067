import CStarlingKernels
package import StarlingSafetensors

/// Entries of one size, in pieces, of which a copy costs nothing until one of the two is written.
///
/// `@unchecked Sendable`: the pointers are the pieces' own.
package struct PieceList: @unchecked Sendable {
    package let entryByteCount: Int
    private let perPiece: Int
    private var pieces: [MemoryPiece] = []
    /// Where they lie, so that reading counts no references.
    private var bases: [UnsafeMutableRawPointer] = []

    package init(entryByteCount: Int) {
        precondition(entryByteCount > 0, "entries of \(entryByteCount) bytes")
        self.entryByteCount = entryByteCount
        perPiece = MemoryPiece.entries(of: entryByteCount)
    }

    package subscript(entry: Int) -> UnsafeRawPointer {
        UnsafeRawPointer(bases[entry / perPiece] + entry % perPiece * entryByteCount)
    }

    /// An entry in a piece that nobody else reads. Entries are first written in order.
    package mutating func writable(_ entry: Int) -> UnsafeMutableRawPointer {
        let index = entry / perPiece
        if index == pieces.count {
            pieces.append(MemoryPiece(byteCount: perPiece * entryByteCount))
            bases.append(pieces[index].base)
        } else if !isKnownUniquelyReferenced(&pieces[index]) {
            pieces[index] = MemoryPiece(copying: pieces[index])
            bases[index] = pieces[index].base
        }
        return bases[index] + entry % perPiece * entryByteCount
    }

    /// The first entries, `[count, bytes of one]`, copied.
    package func array(_ name: String, count: Int) -> NamedArray {
        let byteCount = count * entryByteCount
        let bytes = [UInt8](unsafeUninitializedCapacity: byteCount) { bytes, filled in
            for piece in pieces {
                let part = min(piece.byteCount, byteCount - filled)
                (UnsafeMutableRawPointer(bytes.baseAddress!) + filled).copyMemory(from: piece.base, byteCount: part)
                filled += part
            }
        }
        return NamedArray(name, .uint8, shape: [count, entryByteCount], bytes: bytes)
    }

    /// Copies `[count, bytes of one]`; nil for an array of another shape.
    package init?(_ array: NamedArray) {
        guard array.scalar == .uint8, array.shape.count == 2, array.shape[1] > 0 else { return nil }
        self.init(entryByteCount: array.shape[1])
        let byteCount = perPiece * entryByteCount
        pieces = stride(from: 0, to: array.bytes.count, by: byteCount).map { start in
            let piece = MemoryPiece(byteCount: byteCount)
            array.bytes.withUnsafeBytes {
                piece.base.copyMemory(from: $0.baseAddress! + start, byteCount: min(byteCount, $0.count - start))
            }
            return piece
        }
        bases = pieces.map(\.base)
    }

    /// Whether the first `count` entries hold only numbers within ±`limit`, taken as float32.
    package func isWithin(_ limit: Float, count: Int) -> Bool {
        var left = count * entryByteCount / 4
        for piece in pieces {
            let number = min(left, piece.byteCount / 4)
            left -= number
            guard starling_all_within(piece.base.assumingMemoryBound(to: Float.self), number, -limit, limit) != 0 else { return false }
        }
        return true
    }
}
