import Logging
import StarlingExperience
import StarlingMessages
import StarlingThreads
import StarlingZeroMQ

/// The learner's ROUTER and the loop of its thread: receive, check, tell the role, send what it wants sent.
/// It waits for nothing but its socket and its wake-up.
struct LearnerPort: ~Copyable {
    /// Messages taken in a row before answers are sent.
    private static let burstCount = 256
    /// Statuses wait so long for company.
    private static let coalescingSeconds = 0.001
    /// When lost connections are looked for after one was told lost: the ROUTER takes a moment to notice.
    private static let probeSeconds = [0.002, 0.02, 0.2]

    let endpoint: String
    private let router: ZeroMQSocket
    private let monitor: ZeroMQMonitor
    private let wakeUp: WakeUp
    private let shared: Shared<LearnerWire>
    private let logger: Logger
    private let pool = BlockPool(capacity: 1 << 30)
    private let frame = ZeroMQMessage()
    private var bytesIn: UInt64 = 0
    private var bytesOut: UInt64 = 0
    private var lastFlush = Deadline.now
    private var nextTick = Deadline.now
    private var probes: [Deadline] = []
    private var acceptFailureIsLogged = false

    init(
        _ address: Address, _ context: ZeroMQContext, _ wakeUp: WakeUp, _ shared: Shared<LearnerWire>, _ logger: Logger
    ) throws(ZeroMQError) {
        var options = ZeroMQOptions()
        options.routerIsMandatory = true
        options.maximumFrameByteCount = Int64(WireLimits.frameByteCount)
        options.lingerMilliseconds = 500
        options.allowsIPv6 = address.isIPv6
        let socket = try ZeroMQSocket(.router, context)
        try socket.set(options)
        let watch = try ZeroMQMonitor(of: socket, named: "router", context)
        try socket.bind(address.toBind)
        endpoint = socket.lastEndpoint
        router = socket
        monitor = watch
        self.wakeUp = wakeUp
        self.shared = shared
        self.logger = logger
    }

    /// Until the link is stopped.
    consuming func run() {
        do throws(ZeroMQError) {
            while try turn() {}
        } catch {
            logger.error("the learner's socket failed: \(error); no further experience will come")
        }
    }

    private mutating func turn() throws(ZeroMQError) -> Bool {
        ZeroMQPoll.wait(router, monitor.socket, wakeUp, milliseconds: patience)
        wakeUp.clear()
        var received = 0
        while received < Self.burstCount, try receive() { received += 1 }
        try watch()
        let now = Deadline.now
        let isDrained = received < Self.burstCount
        let (outgoing, notices, isStopped) = shared.withLock { wire in
            wire.isWoken = false
            if now >= nextTick {
                wire.sessions.advance(to: now)
                nextTick = now.advanced(seconds: 0.25)
            }
            probe(&wire.sessions, now)
            let isDue = now.seconds(since: lastFlush) >= Self.coalescingSeconds
            if wire.isFlushWanted || wire.sessions.isUrgent || wire.isStopped || (isDue && isDrained) {
                wire.sessions.flush()
                wire.isFlushWanted = false
                lastFlush = now
            }
            wire.writeJournal()
            wire.bytesIn += bytesIn
            wire.bytesOut += bytesOut
            (bytesIn, bytesOut) = (0, 0)
            var outgoing: [LearnerSessions.Outgoing] = []
            var notices: [Notice] = []
            swap(&outgoing, &wire.sessions.outgoing)
            swap(&notices, &wire.sessions.notices)
            if wire.isAwaited, !wire.sessions.events.isEmpty || wire.sessions.isParted { shared.notify() }
            return (outgoing, notices, wire.isStopped)
        }
        for item in outgoing { try send(item) }
        if shared.withLock({ $0.sessions.isParted }) { shared.notify() }
        logger.write(notices)
        return !isStopped
    }

    /// Milliseconds to wait: short while statuses wait for company.
    private var patience: Int {
        if shared.withLock({ !$0.sessions.dirty.isEmpty || !$0.sessions.outgoing.isEmpty }) { return 1 }
        return probes.isEmpty ? 250 : 2
    }

    // MARK: Receiving

    /// Takes one message.
    /// - Returns: false when there is none.
    private mutating func receive() throws(ZeroMQError) -> Bool {
        guard try router.receive(into: frame) else { return false }
        let peer = frame.withBytes { Self.connection($0) }
        guard frame.hasMore, try router.receive(into: frame) else { return true }
        bytesIn += UInt64(frame.count)
        guard let peer else {
            // A peer that gives itself a routing id: we could not tell it from another.
            try skipRest()
            shared.withLock { $0.sessions.receiveGarbage(from: 0, "a routing id of its own") }
            return true
        }
        let decoded: Result<ActorMessage, MessageError> = frame.withBytes { bytes in
            do throws(MessageError) { return .success(try ActorMessage(decoding: bytes)) } catch { return .failure(error) }
        }
        switch decoded {
        case .success(.experience(let header)): try receive(header, from: peer)
        case .success(let message):
            let now = Deadline.now
            shared.withLock { $0.sessions.receive(message, from: peer, at: now) }
        case .failure(let error): shared.withLock { $0.sessions.receiveGarbage(from: peer, error.message) }
        }
        try skipRest()
        return true
    }

    private mutating func receive(_ header: ExperienceHeader, from peer: Connection) throws(ZeroMQError) {
        let now = Deadline.now
        let (admission, terms) = shared.withLock { wire in
            (wire.sessions.admit(header, from: peer, at: now), wire.sessions.terms)
        }
        switch admission {
        case .ignore: return
        case .invalid(let fault): return shared.withLock { $0.sessions.reject(header, fault, from: peer) }
        case .read: break
        }
        guard let terms else { return }
        let block = pool.makeBlock(byteCount: Int(header.byteCount))
        var fault: String?
        if try read(into: block) {
            fault = LearnerSessions.fault(in: block, header, terms.layout, terms.action)
        } else {
            fault = "a block of another size than its header says"
        }
        shared.withLock { wire in
            if let fault {
                wire.sessions.reject(header, fault, from: peer)
            } else {
                wire.sessions.accept(header, block, from: peer)
            }
        }
    }

    /// Copies the frames that follow into the block.
    /// - Returns: whether they fill it exactly.
    private mutating func read(into block: UnrollBlock) throws(ZeroMQError) -> Bool {
        var filled = 0
        while frame.hasMore {
            guard try router.receive(into: frame) else { return false }
            bytesIn += UInt64(frame.count)
            let fits = frame.withBytes { bytes in
                guard bytes.count <= block.byteCount - filled else { return false }
                if let source = bytes.baseAddress {
                    (block.base + filled).copyMemory(from: source, byteCount: bytes.count)
                }
                return true
            }
            guard fits else { return false }
            filled += frame.count
        }
        return filled == block.byteCount
    }

    private mutating func skipRest() throws(ZeroMQError) {
        while frame.hasMore {
            guard try router.receive(into: frame) else { return }
            bytesIn += UInt64(frame.count)
        }
    }

    /// A ROUTER's own routing ids are a zero byte and a number.
    private static func connection(_ bytes: UnsafeRawBufferPointer) -> Connection? {
        guard bytes.count == 5, bytes[0] == 0 else { return nil }
        return Connection(bytes.loadUnaligned(fromByteOffset: 1, as: UInt32.self))
    }

    // MARK: Sending

    private mutating func send(_ item: LearnerSessions.Outgoing) throws(ZeroMQError) {
        let header = item.message.encoded()
        let address = [0] + withUnsafeBytes(of: UInt32(truncatingIfNeeded: item.connection)) { [UInt8]($0) }
        switch try router.send(address, more: true) {
        case .sent: break
        case .unreachable: return shared.withLock { $0.sessions.connectionLost(item.connection) }
        case .wouldBlock:
            // The peer reads nothing: what is absolute is told with the next status, a piece is asked for again.
            return shared.withLock { $0.sessions.markDirty(item.connection) }
        }
        _ = try router.send(header, more: item.piece != nil)
        bytesOut += UInt64(header.count)
        guard let piece = item.piece else { return }
        _ = try router.send(piece.snapshot.bytes, piece.range, more: false)
        bytesOut += UInt64(piece.range.count)
    }

    // MARK: Lost connections

    private mutating func watch() throws(ZeroMQError) {
        while let event = try monitor.next() {
            switch event {
            case .disconnected: probes = Self.probeSeconds.map { .after(seconds: $0) }
            case .acceptFailed(let code):
                guard !acceptFailureIsLogged else { continue }
                acceptFailureIsLogged = true
                logger.error("a connection could not be let in (errno \(code)): raise the limit of open files (ulimit -n) or run fewer actors")
            case .handshakeFailed: logger.warning("a peer that doesn't speak ZeroMQ tried to connect")
            case .handshakeSucceeded, .closed: break
            }
        }
    }

    /// Has something sent to everybody, so that sending tells who is gone. ZeroMQ doesn't say whose connection it was.
    private mutating func probe(_ sessions: inout LearnerSessions, _ now: Deadline) {
        guard let first = probes.first, now >= first else { return }
        probes.removeFirst()
        sessions.markAllDirty()
        sessions.flush()
    }
}
