import Synchronization

/// Keeps the memory of unrolls that are done with, so that a page is touched by the kernel once and not once an unroll.
final class BlockPool: Sendable {
    private struct Free {
        var byteCount = 0
        var bases: [Base] = []
    }
    /// `@unchecked Sendable`: memory that nobody refers to.
    private struct Base: @unchecked Sendable {
        let pointer: UnsafeMutableRawPointer
    }
    private let free = Mutex(Free())
    /// Bytes it keeps at most.
    private let capacity: Int

    init(capacity: Int) { self.capacity = capacity }

    deinit { free.withLock { free in free.bases.forEach { $0.pointer.deallocate() } } }

    static func allocate(_ byteCount: Int) -> UnsafeMutableRawPointer {
        .allocate(byteCount: max(64, byteCount), alignment: 64)
    }

    /// A block, not initialised. Blocks of one size are kept; asking for another size empties the pool.
    func makeBlock(byteCount: Int) -> UnrollBlock {
        let base = free.withLock { free -> Base? in
            if free.byteCount != byteCount {
                free.bases.forEach { $0.pointer.deallocate() }
                free.bases.removeAll(keepingCapacity: true)
                free.byteCount = byteCount
            }
            return free.bases.popLast()
        }
        return UnrollBlock(base: base?.pointer ?? Self.allocate(byteCount), byteCount: byteCount, pool: self)
    }

    func giveBack(_ pointer: UnsafeMutableRawPointer, _ byteCount: Int) {
        let base = Base(pointer: pointer)
        let isKept = free.withLock { free in
            guard free.byteCount == byteCount, (free.bases.count + 1) * byteCount <= capacity else { return false }
            free.bases.append(base)
            return true
        }
        if !isKept { pointer.deallocate() }
    }
}
