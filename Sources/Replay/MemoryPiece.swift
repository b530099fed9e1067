/// Some entries side by side, in memory that is shared as long as nobody writes it.
///
/// `@unchecked Sendable`: it is written only by an owner that is its sole one, and read by anybody else.
package final class MemoryPiece: @unchecked Sendable {
    /// Large enough that few are counted, and small enough that the copy of one is no pause.
    private static let usualByteCount = 256 << 10

    /// Entries of so many bytes that lie in one.
    package static func entries(of byteCount: Int) -> Int { max(1, usualByteCount / byteCount) }

    package let base: UnsafeMutableRawPointer
    package let byteCount: Int

    package init(byteCount: Int) {
        self.byteCount = byteCount
        base = .allocate(byteCount: byteCount, alignment: 64)
    }

    package init(copying other: MemoryPiece) {
        byteCount = other.byteCount
        base = .allocate(byteCount: byteCount, alignment: 64)
        base.copyMemory(from: other.base, byteCount: byteCount)
    }

    deinit { base.deallocate() }
}
