import Glibc
import Logging
import StarlingMessages
import StarlingThreads
import StarlingZeroMQ

/// Who comes, who is kept out, and who has to go.
extension LearnerPort {
    /// Events of the socket looked at in a row: at the limit of open files libzmq makes them without end.
    private static let eventBurstCount = 4096
    /// Seconds between alarms that connections can't be let in.
    private static let alarmSeconds = 10.0

    // MARK: Saying who one is

    func greet(_ hello: Hello, from peer: Connection) {
        var hello = hello
        // Who an actor is, its key says, never its message.
        if let name = keyName { hello.instance = "\(name)/\(hello.instance)" }
        let now = Deadline.now
        shared.withLock { $0.sessions.receive(.hello(hello), from: peer, at: now) }
    }

    func answer(_ probe: Probe, from peer: Connection) {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        let clock = UInt64(time.tv_sec) * 1_000_000 + UInt64(time.tv_nsec) / 1000
        let name = keyName ?? ""
        shared.withLock { $0.sessions.answer(probe, to: peer, clock: clock, knownAs: name) }
    }

    /// Who sent the message that is being received; nil where there are no keys.
    private var user: Gate.User? { gate == nil ? nil : frame.user.flatMap(Gate.User.init) }
    private var keyName: String? { user?.name }

    /// Whether a message may be heard: the one whose header was received last. Notes whose connection it is with the first
    /// of each, whatever it says: a key that is revoked later ends all that came with it.
    mutating func admits(_ peer: Connection) throws(ZeroMQError) -> Bool {
        if connections.noteMessage(peer) { return !connections.isParting(peer) }
        // What happened before the message came, to know its connection.
        try watch()
        let user = self.user
        if let descriptor = frame.descriptor { connections.note(peer, at: descriptor, user) }
        guard !connections.isParting(peer) else { return false }
        guard let gate else { return true }
        if let user, gate.admits(user) { return true }
        shutOut(peer, user, .now)
        return false
    }

    // MARK: What the socket tells

    mutating func watch() throws(ZeroMQError) {
        var count = 0
        while count < Self.eventBurstCount, let event = try monitor.next() {
            count += 1
            switch event {
            case .accepted(let descriptor): connections.open(descriptor, at: .now)
            case .handshakeFailed(let fault): handshakeFault = fault
            case .disconnected(let descriptor): lose(descriptor)
            case .acceptFailed(let code): alarm(code)
            case .connected, .handshakeSucceeded, .closed: break
            }
        }
    }

    private mutating func lose(_ descriptor: Int32) {
        let entry = connections.close(descriptor)
        defer { handshakeFault = nil }
        if let entry, entry.connection != nil {
            probes = Self.probeSeconds.map { .after(seconds: $0) }
            return
        }
        // Why it was cut, was told then.
        guard let entry, !entry.isParting else { return }
        let address = entry.address
        switch handshakeFault {
        // The gate has told it.
        case .notAdmitted?: return
        case .mechanismsDiffer?: refusals.tell(gate == nil ? .unexpectedKey : .withoutKey, address)
        case .keysDiffer?: refusals.tell(.otherLearner, address)
        case .notZeroMQ?: refusals.tell(.notZeroMQ, address)
        case .brokenOff?: refusals.tell(.brokenOff(isKeyed: gate != nil), address)
        case nil: refusals.tell(.notZeroMQ, address)
        }
        refused += 1
    }

    private mutating func alarm(_ code: Int32) {
        guard acceptFailureTold.isPast else { return }
        acceptFailureTold = .after(seconds: Self.alarmSeconds)
        logger.error(
            "connections can't be let in (\(String(cString: strerror(code)))): raise the limit of open files (LimitNOFILE of a service, ulimit -n in a shell) or run fewer actors"
        )
    }

    // MARK: Who has to go

    /// Ends the sessions of revoked keys, cuts those who were told to go, and those who never say who they are.
    mutating func guardDoor(_ now: Deadline) {
        if let gate {
            refused += gate.takeRefused()
            let revision = gate.revision
            if revision != gateRevision {
                gateRevision = revision
                for entry in connections.unwanted(gate.admits) {
                    if let peer = entry.connection { shutOut(peer, entry.user, now) }
                }
            }
        }
        let silent = connections.cutSilent(now)
        if silent > 0 {
            refusals.tell(.silent, connections: silent)
            refused += UInt64(silent)
        }
        connections.cutParting(now)
        refusals.advance(to: now)
    }

    private mutating func shutOut(_ peer: Connection, _ user: Gate.User?, _ now: Deadline) {
        shared.withLock { $0.sessions.shutOut(peer, user?.name ?? "") }
        connections.cutSoon(peer, at: now)
    }
}
