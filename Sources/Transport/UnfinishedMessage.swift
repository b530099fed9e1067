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
    /// Bytes read when the last finished message was noted.
    private var mark: UInt64
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
        let read = TCPConnection.readByteCount(descriptor)
        if hasFinished || read < mark {
            (mark, hasFinished, isSuspect) = (read, false, false)
            return false
        }
        guard read - mark > limit else { return false }
        defer { isSuspect = true }
        return isSuspect
    }
}
