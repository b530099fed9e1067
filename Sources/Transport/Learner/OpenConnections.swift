package import StarlingThreads

/// The TCP connections of a learner's port by their descriptors, which libzmq owns: to tell whose they are, and to end
/// those of peers that have to go. See `OpenConnections+Cuts.swift`.
package struct OpenConnections {
    struct Entry {
        /// IP address and port of the other end; nil: it was gone before it could be asked.
        let address: String?
        let number: UInt64
        /// The newest connection that was known when this one began.
        let predecessor: Connection?
        /// What its messages come from; nil: none has come.
        var connection: Connection?
        /// Whose key it came with.
        var user: Gate.User?
        /// It has to go: what it says is not heard any more.
        var isParting = false
        var unfinished: UnfinishedMessage
    }

    /// A connection that has said nothing as yet.
    struct Newcomer {
        let descriptor: Int32
        let number: UInt64
        let since: Deadline
    }

    /// Connections that may be open without having said anything: all actors may come at once, and with CURVE a thousand
    /// handshakes take the learner more than a second.
    let silentLimit: Int
    var entries: [Int32: Entry] = [:]
    private var descriptors: [Connection: Int32] = [:]
    private var newest: Connection?
    private var nextNumber: UInt64 = 0
    /// Those that are silent, oldest first, and those that were.
    var newcomers = Queue<Newcomer>()
    var silentCount = 0
    /// Those that end as soon as what was said last is out, in this order.
    var parting = Queue<(at: Deadline, descriptor: Int32, number: UInt64)>()
    /// The last look for endless messages found one that may be: told by that look, because who asks does so many times a second.
    var hasSuspects = false
    var nextLook = Deadline(nanoseconds: 0)
    var nextBusyLook = Deadline(nanoseconds: 0)

    /// - Parameter files: the number of descriptors this process may have.
    package init(files: UInt64) { silentLimit = Int(min(UInt64(LearnerSessions.sessionLimit), max(16, files / 4))) }

    /// A peer connected. Descriptors are used again.
    package mutating func open(_ descriptor: Int32, at now: Deadline) {
        _ = close(descriptor)
        nextNumber += 1
        entries[descriptor] = Entry(
            address: Self.peer(of: descriptor), number: nextNumber, predecessor: newest,
            unfinished: UnfinishedMessage(over: descriptor))
        newcomers.append(Newcomer(descriptor: descriptor, number: nextNumber, since: now))
        silentCount += 1
    }

    /// A connection is gone.
    mutating func close(_ descriptor: Int32) -> Entry? {
        guard let entry = entries.removeValue(forKey: descriptor) else { return nil }
        if let connection = entry.connection {
            descriptors.removeValue(forKey: connection)
        } else if !entry.isParting {
            silentCount -= 1
        }
        return entry
    }

    /// The first message of a connection came, over this descriptor. All that was told of connections before must have
    /// been noted.
    ///
    /// Messages are also read after their connection is gone, when the descriptor may be a newcomer's. libzmq numbers
    /// connections in the order in which they begin, so of two the later one has it.
    mutating func note(_ connection: Connection, at descriptor: Int32, _ user: Gate.User?) {
        guard let entry = entries[descriptor], entry.predecessor.map({ Self.isLater(connection, $0) }) ?? true else { return }
        if let other = entry.connection {
            guard Self.isLater(connection, other) else { return }
            descriptors.removeValue(forKey: other)
        } else if !entry.isParting {
            silentCount -= 1
        }
        entries[descriptor]!.connection = connection
        entries[descriptor]!.user = user
        entries[descriptor]!.unfinished.finish()
        descriptors[connection] = descriptor
        if newest.map({ Self.isLater(connection, $0) }) ?? true { newest = connection }
    }

    /// A further message of a connection came to its end.
    /// - Returns: false when it is not known whose it is.
    mutating func noteMessage(_ connection: Connection) -> Bool {
        guard let descriptor = descriptors[connection] else { return false }
        entries[descriptor]!.unfinished.finish()
        return true
    }

    func descriptor(of connection: Connection) -> Int32? { descriptors[connection] }

    /// Whether a connection has to go, and is not to be heard any more.
    func isParting(_ connection: Connection) -> Bool {
        descriptors[connection].map { entries[$0]!.isParting } ?? false
    }

    /// The connections of those who may no longer be here.
    func unwanted(_ isWanted: (Gate.User) -> Bool) -> [Entry] {
        entries.values.filter { entry in !entry.isParting && entry.user.map { !isWanted($0) } ?? false }
    }

    /// libzmq begins to count at a random number of 32 bits, and goes on at 0 after the last.
    private static func isLater(_ connection: Connection, _ other: Connection) -> Bool {
        Int32(bitPattern: UInt32(truncatingIfNeeded: connection) &- UInt32(truncatingIfNeeded: other)) > 0
    }
}
