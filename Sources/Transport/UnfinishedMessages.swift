import StarlingThreads
import StarlingZeroMQ

/// Finds the connections whose message never ends.
///
/// A message becomes visible when its last frame is there; until then libzmq keeps its frames, as many as come: its limits
/// count the bytes of one frame and the number of finished messages. So what was read from a connection since its last
/// finished message is compared with what the largest message needs.
struct UnfinishedMessages {
    private struct Entry {
        /// Bytes read when the connection's last finished message was noted.
        var mark: UInt64
        /// The last look found too much. One alone proves nothing: a message may be on its way between two threads.
        var isSuspect = false
        var hasFinished = false
        var connection: Connection?
    }

    /// Bytes of a message that is neither experience nor parameters, frames and encryption included.
    static let smallByteCount: UInt64 = 1 << 20

    private var entries: [Int32: Entry] = [:]
    private var descriptors: [Connection: Int32] = [:]
    private var nextLook = Deadline(nanoseconds: 0)

    /// A peer connected. Descriptors are used again.
    mutating func open(_ descriptor: Int32) {
        close(descriptor)
        entries[descriptor] = Entry(mark: TCPConnection.readByteCount(descriptor))
    }

    mutating func close(_ descriptor: Int32) {
        if let connection = entries.removeValue(forKey: descriptor)?.connection {
            descriptors.removeValue(forKey: connection)
        }
    }

    /// A message of a connection came to its end.
    /// - Parameter descriptor: asked for once a connection.
    mutating func finish(_ connection: Connection, _ descriptor: () -> Int32?) {
        if let known = descriptors[connection] {
            entries[known]?.hasFinished = true
            return
        }
        guard let descriptor = descriptor(), entries[descriptor] != nil else { return }
        entries[descriptor]!.connection = connection
        entries[descriptor]!.hasFinished = true
        descriptors[connection] = descriptor
    }

    /// Milliseconds that may pass before the next look.
    var patience: Int {
        if entries.isEmpty { return 250 }
        return entries.values.contains(where: \.isSuspect) ? 10 : 50
    }

    func knows(_ connection: Connection) -> Bool { descriptors[connection] != nil }
    func descriptor(of connection: Connection) -> Int32? { descriptors[connection] }

    /// Connections with an unfinished message that is larger than any may be. To be asked when all finished messages
    /// have been taken; looks a few dozen times a second, less often where there are many.
    mutating func excessive(limit: UInt64, at now: Deadline) -> [Int32] {
        guard now >= nextLook else { return [] }
        nextLook = now.advanced(seconds: max(0.025, 1e-4 * Double(entries.count)))
        var excessive: [Int32] = []
        for (descriptor, entry) in entries {
            let read = TCPConnection.readByteCount(descriptor)
            if entry.hasFinished || read < entry.mark {
                entries[descriptor] = Entry(mark: read, connection: entry.connection)
            } else if read - entry.mark > (entry.connection == nil ? Self.smallByteCount : limit) {
                if entry.isSuspect { excessive.append(descriptor) }
                entries[descriptor]!.isSuspect = true
            }
        }
        return excessive
    }
}
