import Synchronization

/// Keeps the memory of unrolls that are done with, so that a page is touched by the kernel once and not once an unroll. What
/// a while of stalling disks or trainers made it grow by, it gives back by and by.
package final class BlockPool: Sendable {
    private struct Free {
        var byteCount = 0
        var bases: [Base] = []
        /// Blocks that lay here all the time since the pool last looked, and how often it was asked for one.
        var leastCount = 0
        var takes = 0

        mutating func noteTake() {
            leastCount = min(leastCount, bases.count)
            takes += 1
            guard takes >= BlockPool.takesBetweenLooks else { return }
            for _ in 0..<(leastCount + 1) / 2 { bases.removeLast().pointer.deallocate() }
            (leastCount, takes) = (bases.count, 0)
        }
    }
    /// A second or less at full rate.
    private static let takesBetweenLooks = 4096
    /// `@unchecked Sendable`: memory that nobody refers to.
    private struct Base: @unchecked Sendable {
        let pointer: UnsafeMutableRawPointer
    }
    private let free = Mutex(Free())
    /// Bytes it keeps at most.
    private let capacity: Int

    package init(capacity: Int) { self.capacity = capacity }

    /// Blocks that wait to be used again.
    package var freeCount: Int { free.withLock { $0.bases.count } }

    deinit { free.withLock { free in for base in free.bases { base.pointer.deallocate() } } }

    static func allocate(_ byteCount: Int) -> UnsafeMutableRawPointer {
        .allocate(byteCount: max(64, byteCount), alignment: 64)
    }

    /// A block, not initialised. Blocks of one size are kept; asking for another size empties the pool.
    package func makeBlock(byteCount: Int) -> UnrollBlock {
        let base = free.withLock { free -> Base? in
            if free.byteCount != byteCount {
                for base in free.bases { base.pointer.deallocate() }
                free.bases.removeAll(keepingCapacity: true)
                (free.byteCount, free.leastCount) = (byteCount, 0)
            }
            let base = free.bases.popLast()
            free.noteTake()
            return base
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
