/// The memory of one unroll, the same on both ends: aligned to 64 bytes, given back to its pool, or freed, when the
/// last reference goes. Whoever made it writes it; once it is sent it is only read.
///
/// `@unchecked Sendable`: written by one thread before it is handed on, read-only afterwards.
package final class UnrollBlock: @unchecked Sendable {
    package let base: UnsafeMutableRawPointer
    package let byteCount: Int
    private let pool: BlockPool?

    /// Memory of its own, not initialised.
    package convenience init(byteCount: Int) {
        self.init(base: BlockPool.allocate(byteCount), byteCount: byteCount, pool: nil)
    }

    init(base: UnsafeMutableRawPointer, byteCount: Int, pool: BlockPool?) {
        self.base = base
        self.byteCount = byteCount
        self.pool = pool
    }

    deinit {
        if let pool { pool.giveBack(base, byteCount) } else { base.deallocate() }
    }

    package var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: base, count: byteCount) }
}
