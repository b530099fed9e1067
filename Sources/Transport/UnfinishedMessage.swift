import StarlingThreads
import StarlingZeroMQ

/// Finds out whether the message that a TCP connection brings never ends.
///
/// A message becomes visible when its last frame is there; until then libzmq keeps its frames, as many as come: its limits
/// count the bytes of one frame and the number of finished messages. So what was read from the connection since its last
/// finished message is compared with what the largest message needs.
struct UnfinishedMessage {
    /// Bytes of a message that is neither experience nor parameters, frames and encryption included.
    static let smallByteCount: UInt64 = 1 << 20
    /// Seconds between two looks at a connection.
    static let lookSeconds = 0.025

    private let descriptor: Int32
    /// Bytes read at the first look after the last finished message; nil: there was none yet.
    private var mark: UInt64?
    private var hasFinished = false
    /// The last look found too much. One alone proves nothing: a message may be on its way between two threads.
    private(set) var isSuspect = false

    /// A connection that begins.
    init(over descriptor: Int32) {
        self.descriptor = descriptor
        mark = TCPConnection.readByteCount(descriptor)
    }

    /// A message came to its end.
    mutating func finish() { hasFinished = true }

    /// Looks at the connection.
    /// - Parameter limit: bytes of the largest message, and of the finished ones that may not be taken yet.
    /// - Returns: whether the message is larger, for the second time.
    mutating func isExcessive(limit: UInt64) -> Bool {
        // Of a connection whose messages come to their end the kernel isn't asked: there may be thousands.
        if hasFinished {
            (mark, hasFinished, isSuspect) = (nil, false, false)
            return false
        }
        let read = TCPConnection.readByteCount(descriptor)
        guard let mark, read >= mark else {
            (mark, isSuspect) = (read, false)
            return false
        }
        guard read - mark > limit else { return false }
        defer { isSuspect = true }
        return isSuspect
    }
}
