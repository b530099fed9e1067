import Glibc
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
    static let coalescingSeconds = 0.001
    /// And so long at most, while there always are messages to take.
    private static let busyCoalescingSeconds = 0.004
    /// Finished messages of a peer that libzmq keeps for us.
    private static let receiveHighWaterMark: Int32 = 256
    /// Messages besides pieces of parameters that wait for a peer that reads nothing; there are fewer kinds.
    private static let blockedCount = 16
    /// When lost connections are looked for after one was told lost: the ROUTER takes a moment to notice.
    static let probeSeconds = [0.002, 0.02, 0.2]

    let endpoint: String
    private let router: ZeroMQSocket
    let monitor: ZeroMQMonitor
    private let wakeUp: WakeUp
    let shared: Shared<LearnerWire>
    let logger: Logger
    private let pool = BlockPool(capacity: 1 << 30)
    let frame = ZeroMQMessage()
    private var bytesIn: UInt64 = 0
    private var bytesOut: UInt64 = 0
    private var lastFlush = Deadline.now
    private var rate = MessageRate(at: .now)
    /// The last turn left no message.
    private var isDrained = true
    private var nextTick = Deadline.now
    var probes: [Deadline] = []
    var acceptFailureTold = Deadline(nanoseconds: 0)
    let gate: Gate?
    var gateRevision = 0
    var connections: OpenConnections
    var refusals: RefusalLog
    /// Connections refused since the role was told.
    var refused: UInt64 = 0
    /// Why the handshake failed whose connection is told lost next.
    var handshakeFault: ZeroMQMonitor.HandshakeFault?
    /// Peers that the role wants gone.
    private var unwanted: [Connection] = []
    private var excessIsLogged = false
    /// Header frames, and the address of the peer, while they are being sent.
    private var header = HeaderBuffer()
    private let peerAddress = UnsafeMutableRawBufferPointer.allocate(byteCount: 5, alignment: 1)
    /// Peers that take no more for now, with what was said to them since: tried again with the next tick.
    private var blocked: [Connection: [LearnerSessions.Outgoing]] = [:]
    /// Where compressed blocks of several frames are put together.
    private var staging: UnrollBlock?

    init(
        _ address: Address, _ gate: Gate?, files: UInt64, _ context: ZeroMQContext, _ wakeUp: WakeUp,
        _ shared: Shared<LearnerWire>, _ logger: Logger
    ) throws(ZeroMQError) {
        var options = ZeroMQOptions()
        options.routerIsMandatory = true
        options.maximumFrameByteCount = Int64(WireLimits.frameByteCount)
        options.lingerMilliseconds = 500
        // With pieces of parameters of at most a frame: what a peer that reads nothing can cost.
        options.sendHighWaterMark = 64
        options.receiveHighWaterMark = Self.receiveHighWaterMark
        // libzmq keeps two timers for each heartbeat, and to cancel one it walks those of all connections: with thousands of sessions its
        // thread did nothing else. The kernel finds out as well who is out of reach.
        options.heartbeatMilliseconds = 0
        options.keepAliveSeconds = 10
        options.allowsIPv6 = address.isIPv6
        if let gate { options.curve = .server(gate.pair, domain: Gate.domain) }
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
        self.gate = gate
        connections = OpenConnections(files: files)
        refusals = RefusalLog(logger)
        peerAddress[0] = 0
    }

    deinit { peerAddress.deallocate() }

    /// Until the link is stopped.
    consuming func run() {
        do throws(ZeroMQError) {
            while try turn() {}
        } catch {
            shared.withLock { $0.failure = "the learner's socket failed: \(error)" }
            shared.notify()
        }
        monitor.end(of: router)
    }

    private mutating func turn() throws(ZeroMQError) -> Bool {
        if !rate.isHeavy {
            ZeroMQPoll.wait(router, monitor.socket, wakeUp, milliseconds: patience)
        } else if isDrained {
            usleep(MessageRate.gatheringMicroseconds)
        }
        wakeUp.clear()
        var received = 0
        while received < Self.burstCount, try receive() { received += 1 }
        try watch()
        let now = Deadline.now
        guardDoor(now)
        isDrained = received < Self.burstCount
        rate.note(received, at: now)
        cutExcessive(untaken: isDrained ? 0 : UInt64(Self.receiveHighWaterMark), now)
        let isTick = now >= nextTick
        if isTick {
            nextTick = now.advanced(seconds: 0.25)
            try sendBlocked()
        }
        var notifies = false
        let (outgoing, notices, isStopped) = shared.withLock { wire in
            wire.isWoken = false
            if isTick {
                wire.sessions.advance(to: now)
            } else if wire.sessions.wantsLending(at: now) {
                wire.sessions.lendIdleCredit(now)
            }
            if let due = wire.sessions.nextAnnouncement, now >= due { wire.sessions.announce(at: now) }
            probe(&wire.sessions, now)
            let isDue =
                now.seconds(since: lastFlush)
                >= (isDrained ? Self.coalescingSeconds : Self.busyCoalescingSeconds)
            if wire.isFlushWanted || wire.sessions.isUrgent || wire.isStopped || isDue {
                wire.sessions.flush()
                wire.isFlushWanted = false
                lastFlush = now
            }
            wire.writeJournal()
            wire.bytesIn += bytesIn
            wire.bytesOut += bytesOut
            (bytesIn, bytesOut) = (0, 0)
            wire.sessions.strangers.refused.connections += refused
            refused = 0
            var outgoing: [LearnerSessions.Outgoing] = []
            var notices: [Notice] = []
            swap(&outgoing, &wire.sessions.outgoing)
            swap(&notices, &wire.sessions.notices)
            swap(&unwanted, &wire.sessions.cuts)
            notifies = wire.isAwaited && (!wire.sessions.events.isEmpty || wire.sessions.isParted)
            return (outgoing, notices, wire.isStopped)
        }
        // Without the lock, which who wakes up is going to want.
        if notifies { shared.notify() }
        for item in outgoing { try send(item) }
        for connection in unwanted { connections.cutSoon(connection, at: now) }
        unwanted.removeAll(keepingCapacity: true)
        if shared.withLock({ $0.sessions.isParted }) { shared.notify() }
        logger.write(notices)
        return !isStopped
    }

    /// Milliseconds to wait: short while statuses wait for company.
    private var patience: Int {
        let longest = probes.isEmpty ? connections.patience : 2
        return shared.withLock { wire in
            var patience = longest
            if wire.sessions.hasStatuses || !wire.sessions.outgoing.isEmpty {
                patience = 1
            } else if let announcement = wire.sessions.nextAnnouncement {
                patience = min(longest, Int(1000 * announcement.remainingSeconds) + 1)
            }
            wire.sleepsUntil = .after(seconds: 1e-3 * Double(patience))
            return patience
        }
    }

    // MARK: Receiving

    /// Takes one message.
    /// - Returns: false when there is none.
    private mutating func receive() throws(ZeroMQError) -> Bool {
        guard try router.receive(into: frame) else { return false }
        let peer = Self.connection(frame.bytes)
        guard frame.hasMore, try router.receive(into: frame) else { return true }
        bytesIn += UInt64(frame.count)
        guard let peer else {
            // A peer that gives itself a routing id: we could not tell it from another.
            try watch()
            if let descriptor = frame.descriptor, connections.isSilent(descriptor) { connections.cut(descriptor) }
            try skipRest()
            shared.withLock { $0.sessions.receiveGarbage(from: 0, "a routing id of its own") }
            return true
        }
        guard try admits(peer) else {
            try skipRest()
            return true
        }
        let (header, payload) = FramePayload.split(frame.bytes)
        // First what comes by the thousand.
        if let header = ExperienceReader.read(header) {
            try receive(header, payload, from: peer)
        } else {
            try receiveOther(header, payload, from: peer)
        }
        try skipRest()
        return true
    }

    private mutating func receiveOther(
        _ header: UnsafeRawBufferPointer, _ payload: UnsafeRawBufferPointer?, from peer: Connection
    ) throws(ZeroMQError) {
        let decoded: Result<ActorMessage, MessageError>
        do throws(MessageError) { decoded = .success(try ActorMessage(decodingAny: header)) } catch { decoded = .failure(error) }
        switch decoded {
        case .success(.experience(let header)): try receive(header, payload, from: peer)
        case .success(.hello(let hello)): greet(hello, from: peer)
        case .success(.probe(let probe)): answer(probe, from: peer)
        case .success(let message):
            let now = Deadline.now
            shared.withLock { $0.sessions.receive(message, from: peer, at: now) }
        case .failure(let error) where error.code == .unreadableHello:
            shared.withLock { $0.sessions.refuseHello(from: peer, error.message) }
        case .failure(let error): shared.withLock { $0.sessions.receiveGarbage(from: peer, error.message) }
        }
    }

    /// - Parameter payload: of the frame that was received last.
    private mutating func receive(
        _ header: ExperienceHeader, _ payload: UnsafeRawBufferPointer?, from peer: Connection
    ) throws(ZeroMQError) {
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
        let isComplete =
            header.compressedByteCount > 0
            ? try decompress(Int(header.compressedByteCount), payload, into: block) : try read(into: block, block.byteCount, payload)
        if isComplete {
            fault = LearnerSessions.fault(in: block, header, terms)
        } else {
            fault = "a block of another size than its header says, or a payload that is not the last of its frame"
        }
        shared.withLock { wire in
            if let fault {
                wire.sessions.reject(header, fault, from: peer)
            } else {
                wire.sessions.accept(header, block, from: peer)
            }
        }
    }

    /// Undoes the compression of the frames that follow.
    /// - Returns: whether they fill the block exactly.
    private mutating func decompress(
        _ count: Int, _ payload: UnsafeRawBufferPointer?, into block: UnrollBlock
    ) throws(ZeroMQError) -> Bool {
        let target = UnsafeMutableRawBufferPointer(start: block.base, count: block.byteCount)
        if let payload { return payload.count == count && BlockCompressor.decompress(payload, into: target) }
        guard frame.hasMore else { return false }
        if count <= WireLimits.frameByteCount {
            guard try router.receive(into: frame), !frame.hasMore else { return false }
            bytesIn += UInt64(frame.count)
            return frame.withBytes { $0.count == count && BlockCompressor.decompress($0, into: target) }
        }
        if staging?.byteCount != block.byteCount { staging = UnrollBlock(byteCount: block.byteCount) }
        guard let staging, try read(into: staging, count, nil) else { return false }
        return BlockCompressor.decompress(UnsafeRawBufferPointer(rebasing: staging.bytes[..<count]), into: target)
    }

    /// Copies the payload, or the frames that follow, into the first `count` bytes of a block.
    /// - Returns: whether they fill them exactly.
    private mutating func read(
        into block: UnrollBlock, _ count: Int, _ payload: UnsafeRawBufferPointer?
    ) throws(ZeroMQError) -> Bool {
        if let payload {
            guard payload.count == count, let source = payload.baseAddress else { return false }
            block.base.copyMemory(from: source, byteCount: count)
            return !frame.hasMore
        }
        var filled = 0
        while frame.hasMore {
            guard try router.receive(into: frame) else { return false }
            bytesIn += UInt64(frame.count)
            let bytes = frame.bytes
            guard bytes.count <= count - filled else { return false }
            if let source = bytes.baseAddress { (block.base + filled).copyMemory(from: source, byteCount: bytes.count) }
            filled += bytes.count
        }
        return filled == count
    }

    private mutating func skipRest() throws(ZeroMQError) {
        while frame.hasMore {
            guard try router.receive(into: frame) else { return }
            bytesIn += UInt64(frame.count)
        }
    }

    /// A ROUTER's own routing ids are a zero byte and a number that grows, its highest byte first.
    private static func connection(_ bytes: UnsafeRawBufferPointer) -> Connection? {
        guard bytes.count == 5, bytes[0] == 0 else { return nil }
        return Connection(UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: 1, as: UInt32.self)))
    }

    // MARK: Sending

    private mutating func send(_ item: LearnerSessions.Outgoing) throws(ZeroMQError) {
        // Nothing overtakes what waits: pieces out of order would begin the download anew.
        guard blocked[item.connection] == nil else { return block(item) }
        peerAddress.storeBytes(of: UInt32(truncatingIfNeeded: item.connection).bigEndian, toByteOffset: 1, as: UInt32.self)
        switch try router.send(UnsafeRawBufferPointer(peerAddress), more: true) {
        case .sent: break
        case .unreachable:
            blocked.removeValue(forKey: item.connection)
            return shared.withLock { $0.sessions.connectionLost(item.connection) }
        case .wouldBlock: return block(item)
        }
        header.write(item.message)
        if item.isPayload, let piece = item.piece {
            piece.snapshot.bytes.withUnsafeBytes { header.append(payload: UnsafeRawBufferPointer(rebasing: $0[piece.range])) }
        }
        let piece = item.isPayload ? nil : item.piece
        _ = try header.withBytes { bytes throws(ZeroMQError) in try router.send(bytes, more: piece != nil) }
        bytesOut += UInt64(header.count)
        guard let piece else { return }
        _ = try router.send(piece.snapshot.bytes, piece.range, more: false)
        bytesOut += UInt64(piece.range.count)
    }

    /// The peer reads nothing for now. A status is absolute, and a later one tells it; all else is said once, and so kept: of
    /// pieces, as many as an honest actor asks for at a time.
    private mutating func block(_ item: LearnerSessions.Outgoing) {
        var waiting = blocked[item.connection] ?? []
        let limit = item.piece == nil ? Self.blockedCount : Download.windowCount
        if !item.message.isStatus, waiting.count(where: { ($0.piece == nil) == (item.piece == nil) }) < limit {
            waiting.append(item)
        }
        blocked[item.connection] = waiting
    }

    private mutating func sendBlocked() throws(ZeroMQError) {
        guard !blocked.isEmpty else { return }
        let waiting = blocked
        blocked = [:]
        for (connection, items) in waiting {
            for item in items { try send(item) }
            shared.withLock { $0.sessions.markDirty(connection) }
        }
    }

    // MARK: Lost connections

    /// Ends the connections of those whose message never ends.
    private mutating func cutExcessive(untaken: UInt64, _ now: Deadline) {
        let limit = shared.withLock { $0.sessions.messageByteLimit }
        for descriptor in connections.excessive(limit: limit, untaken: untaken, at: now) {
            connections.cut(descriptor)
            shared.withLock { $0.sessions.receiveGarbage(from: 0, "a message without end: its connection is cut") }
            guard !excessIsLogged else { continue }
            excessIsLogged = true
            logger.warning("a peer sent a message that is larger than any may be; such connections are cut")
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

extension LearnerMessage {
    fileprivate var isStatus: Bool { if case .status = self { true } else { false } }
}
