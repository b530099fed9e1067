import Glibc
import Logging
import StarlingMessages
import StarlingThreads
import StarlingZeroMQ

/// Who comes, who is kept out, and who has to go.
extension LearnerPort {
    /// Events of the socket looked at in a row: at the limit of open files libzmq makes them without end.
    private static let eventBurstCount = 4096
    /// What was said to somebody gets out in this time; then the connection is cut.
    private static let partingSeconds = 0.2
    /// Seconds between alarms that connections can't be let in.
    private static let alarmSeconds = 10.0

    // MARK: Saying who one is

    mutating func greet(_ hello: Hello, from peer: Connection) throws(ZeroMQError) {
        guard let name = try identify(peer) else { return }
        var hello = hello
        // Who an actor is, its key says, never its message.
        if !name.isEmpty { hello.instance = "\(name)/\(hello.instance)" }
        let now = Deadline.now
        shared.withLock { $0.sessions.receive(.hello(hello), from: peer, at: now) }
    }

    mutating func answer(_ probe: Probe, from peer: Connection) throws(ZeroMQError) {
        guard let name = try identify(peer) else { return }
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        let clock = UInt64(time.tv_sec) * 1_000_000 + UInt64(time.tv_nsec) / 1000
        shared.withLock { $0.sessions.answer(probe, to: peer, clock: clock, knownAs: name) }
    }

    /// Notes whose connection this is: of the message whose header was received last.
    /// - Returns: the name of its key, empty where there are no keys; nil when it may not be here.
    private mutating func identify(_ peer: Connection) throws(ZeroMQError) -> String? {
        let user = frame.user.flatMap(Gate.User.init)
        let descriptor = frame.descriptor
        // What happened before the message came, to know its connection.
        try watch()
        if let descriptor { connections.identify(descriptor, peer, user) }
        guard let gate else { return "" }
        if let user, gate.admits(user) { return user.name }
        shared.withLock { $0.sessions.shutOut(peer, user?.name ?? "") }
        if let descriptor, let entry = connections.close(descriptor) { cutSoon(descriptor, entry, .now) }
        return nil
    }

    // MARK: What the socket tells

    mutating func watch() throws(ZeroMQError) {
        var count = 0
        while count < Self.eventBurstCount, let event = try monitor.next() {
            count += 1
            switch event {
            case .accepted(let descriptor):
                connections.open(descriptor)
                unfinished.open(descriptor)
            case .handshakeFailed(let fault): handshakeFault = fault
            case .disconnected(let descriptor): lose(descriptor)
            case .acceptFailed(let code): alarm(code)
            case .connected, .handshakeSucceeded, .closed: break
            }
        }
    }

    private mutating func lose(_ descriptor: Int32) {
        unfinished.close(descriptor)
        let entry = connections.close(descriptor)
        defer { handshakeFault = nil }
        if let entry, entry.connection != nil {
            probes = Self.probeSeconds.map { .after(seconds: $0) }
            return
        }
        let address = entry?.address
        switch handshakeFault {
        // The gate has told it.
        case .notAdmitted?: return
        case .mechanismsDiffer?: refusals.tell(gate == nil ? .unexpectedKey : .withoutKey, address)
        case .keysDiffer?: refusals.tell(.otherLearner, address)
        case .notZeroMQ?: refusals.tell(.notZeroMQ, address)
        // Cut as one of too many, which was told.
        case .brokenOff? where entry == nil: return
        case .brokenOff?: refusals.tell(.brokenOff(isKeyed: gate != nil), address)
        case nil where entry == nil: return
        case nil: refusals.tell(.notZeroMQ, address)
        }
        refused += 1
    }

    private mutating func alarm(_ code: Int32) {
        guard acceptFailureTold.isPast else { return }
        acceptFailureTold = .after(seconds: Self.alarmSeconds)
        logger.error(
            "connections can't be let in (\(String(cString: strerror(code)))): raise the limit of open files (LimitNOFILE of a service, ulimit -n in a shell) or run fewer actors")
    }

    // MARK: Who has to go

    /// Ends the sessions of revoked keys, cuts those who were told to go, and those who never say who they are.
    mutating func guardDoor(_ now: Deadline) {
        if let gate {
            refused += gate.takeRefused()
            let revision = gate.revision
            if revision != gateRevision {
                gateRevision = revision
                for (descriptor, entry) in connections.unwanted(gate.admits) {
                    if let peer = entry.connection { shared.withLock { $0.sessions.shutOut(peer, entry.user?.name ?? "") } }
                    _ = connections.close(descriptor)
                    cutSoon(descriptor, entry, now)
                }
            }
        }
        let surplus = connections.cutSurplus()
        if surplus > 0 {
            refusals.tell(.tooManySilent(connections.silentLimit), "\(surplus) connections")
            refused += UInt64(surplus)
        }
        while let next = cuts.first, now >= next.at {
            OpenConnections.cut(next.descriptor, next.entry)
            cuts.removeFirst()
        }
        refusals.advance(to: now)
    }

    private mutating func cutSoon(_ descriptor: Int32, _ entry: OpenConnections.Entry, _ now: Deadline) {
        cuts.append((now.advanced(seconds: Self.partingSeconds), descriptor, entry))
    }
}
