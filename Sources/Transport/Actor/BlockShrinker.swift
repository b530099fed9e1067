import StarlingMessages

/// Decides which unrolls an actor compresses, and does it.
///
/// Two processes of one machine save only the work of carrying bytes, about 0.6 CPU-s per GB on both sides together; a
/// network of 1 Gbit/s takes 8 s for a GB. So what pays between machines (a quarter saved) need not pay here (three
/// quarters saved, which is where LZ4 is at its fastest, too). Blocks that don't become small enough are tried again now
/// and then: an environment's pictures may change.
final class BlockShrinker {
    /// Unrolls that travel as they are after one that was not worth it.
    static let pause = 63

    private let compressor = BlockCompressor()
    private let isLocal: Bool
    private var pausing = 0

    /// - Parameter isLocal: the learner is on the same machine.
    init(isLocal: Bool) { self.isLocal = isLocal }

    /// - Returns: a block whose first `count` bytes hold the other one, compressed; nil when it should go as it is.
    func compress(_ block: UnrollBlock, _ mode: BlockCompression, _ pool: BlockPool) -> (UnrollBlock, count: UInt32)? {
        let limit: Int
        switch mode {
        case .none: return nil
        case .lz4: limit = block.byteCount - 1
        case .auto:
            guard pausing == 0 else {
                pausing -= 1
                return nil
            }
            limit = isLocal ? block.byteCount / 4 : block.byteCount / 4 * 3
        }
        let target = pool.makeBlock(byteCount: block.byteCount)
        let room = UnsafeMutableRawBufferPointer(start: target.base, count: limit)
        guard let count = compressor.compress(block.bytes, into: room) else {
            if mode == .auto { pausing = Self.pause }
            return nil
        }
        return (target, UInt32(count))
    }
}
