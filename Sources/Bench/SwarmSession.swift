import StarlingExperience
import StarlingKeys
import StarlingMessages
import StarlingThreads
import StarlingTransport
import StarlingZeroMQ

/// One session of the swarm: an actor's protocol role over a DEALER of its own. In place of environments and policy it has one unroll,
/// which it sends whenever there is credit.
///
/// It does what `ActorConnection` does, without a thread, wake-up and monitor for each: 1,000 of them share a thread. That the
/// handshake is done, and that the connection is gone, the socket's readiness tells.
final class SwarmSession {
    private static let shortestDelay = 0.1
    private static let longestDelay = 5.0

    private let number: Int
    private let learner: SwarmProcess.Learner
    private let unroll: SwarmUnroll
    private var role: ActorSession
    private var socket: ZeroMQSocket?
    private var isOpen = false
    private var giveUpAt = Deadline(nanoseconds: .max)
    private var retryAt = Deadline(nanoseconds: 0)
    private var delay = SwarmSession.shortestDelay
    private var step: UInt64 = 0
    private var parameters: ParameterSnapshot?

    /// Nanoseconds of the monotonic clock at its first WELCOME and its first acknowledgement; 0: none yet.
    private(set) var welcomedAt: UInt64 = 0
    private(set) var servedAt: UInt64 = 0
    /// Connections that came to nothing or broke.
    private(set) var lostConnections = 0
    /// Why, of the last one that the role gave up.
    private(set) var fault = ""
    /// The learner said goodbye, or refused it for good.
    private(set) var isOver = false

    init(_ number: Int, named name: String, _ learner: SwarmProcess.Learner, _ unroll: SwarmUnroll) {
        (self.number, self.learner, self.unroll) = (number, learner, unroll)
        role = ActorSession(offer: SwarmOffer.actor(named: name))
    }

    var acknowledged: UInt64 { role.acknowledgedThrough }

    // MARK: Its connection

    /// Timers: PING, and connections to make or to give up.
    func advance(to now: Deadline, _ tools: inout SwarmProcess.Tools) throws(ZeroMQError) {
        guard !isOver else { return }
        guard socket != nil else {
            if now >= retryAt { try connect(now, &tools) }
            return
        }
        if !isOpen, now >= giveUpAt { return lose(now, &tools) }
        role.advance(to: now)
        // Most have nothing to do: the socket's news is what they wait for.
        if role.wantsReconnection != nil || !role.outgoing.isEmpty { try act(now, &tools) }
    }

    private func connect(_ now: Deadline, _ tools: inout SwarmProcess.Tools) throws(ZeroMQError) {
        role.beginConnecting()
        var options = ZeroMQOptions()
        options.reconnects = false
        options.queuesForConnection = false
        options.maximumFrameByteCount = Int64(WireLimits.frameByteCount)
        options.sendHighWaterMark = 0
        // TCP has as long, whose SYNs a full backlog drops and which tries again after 1 and 3 s more.
        options.connectMilliseconds = Int32(1000 * ActorSession.connectionSeconds)
        if let key = learner.key { options.curve = .client(key.pair, server: key.learner) }
        let dealer = try ZeroMQSocket(.dealer, tools.context)
        try dealer.set(options)
        try dealer.connect(learner.endpoint)
        try tools.ready.add(dealer, as: number)
        socket = consume dealer
        giveUpAt = now.advanced(seconds: ActorSession.connectionSeconds)
    }

    /// The connection is gone, or is given up: another follows soon.
    private func lose(_ now: Deadline, _ tools: inout SwarmProcess.Tools) {
        close(&tools)
        lostConnections += 1
        isOpen = false
        role.disconnected()
        retryAt = now.advanced(seconds: delay * Double.random(in: 0.75...1))
        delay = min(Self.longestDelay, 2 * delay)
    }

    private func close(_ tools: inout SwarmProcess.Tools) {
        if let dealer = socket.take() { tools.ready.remove(dealer) }
    }

    /// The socket may have news.
    func attend(_ now: Deadline, _ tools: inout SwarmProcess.Tools) throws(ZeroMQError) {
        guard socket != nil else { return }
        try receiveAll(now, &tools)
        if isOpen { try act(now, &tools) }
    }

    /// Receives until there is nothing more and notes whether there is a peer: both in turns, because to do one may take in what
    /// would have woken the other.
    private func receiveAll(_ now: Deadline, _ tools: inout SwarmProcess.Tools) throws(ZeroMQError) {
        while socket != nil {
            while try receive(now, &tools) {}
            guard let readiness = socket?.readiness else { return }
            if readiness.receives { continue }
            if readiness.sends, !isOpen {
                isOpen = true
                role.connected(at: now)
            } else if !readiness.sends, isOpen {
                lose(now, &tools)
            }
            return
        }
    }

    private func receive(_ now: Deadline, _ tools: inout SwarmProcess.Tools) throws(ZeroMQError) -> Bool {
        guard try socket!.receive(into: tools.frame) else { return false }
        let hasPiece = tools.frame.hasMore ? try socket!.receive(into: tools.piece) : false
        do throws(MessageError) {
            let (header, payload) = FramePayload.split(tools.frame.bytes)
            let message = try LearnerMessage(decoding: header)
            role.receive(message, payload ?? (hasPiece ? tools.piece.bytes : nil), at: now)
        } catch {
            role.receiveGarbage(error.message)
        }
        return true
    }

    // MARK: Its work

    /// Takes turns and sends what the role wants sent, until there is nothing more to do.
    private func act(_ now: Deadline, _ tools: inout SwarmProcess.Tools) throws(ZeroMQError) {
        repeat {
            note(now)
            takeTurns(now)
            role.notices.removeAll(keepingCapacity: true)
            guard !role.outgoing.isEmpty else { break }
            var outgoing: [ActorSession.Outgoing] = []
            swap(&outgoing, &role.outgoing)
            for item in outgoing { try send(item, &tools) }
            // Sending may have taken news in.
            try receiveAll(now, &tools)
        } while isOpen
        if isOver {
            // Its last word is to get out.
            socket?.setLinger(milliseconds: 1000)
            close(&tools)
        }
        guard let disconnect = role.wantsReconnection, socket != nil else { return }
        fault = disconnect.finding
        lose(now, &tools)
    }

    private func note(_ now: Deadline) {
        if welcomedAt == 0, role.phase == .working {
            welcomedAt = now.nanoseconds
            delay = Self.shortestDelay
        }
        if servedAt == 0, role.acknowledgedThrough > 0 { servedAt = now.nanoseconds }
    }

    private func takeTurns(_ now: Deadline) {
        while !isOver {
            switch role.nextTurn(wanting: 1, at: now) {
            case .rollout(let count, let newer):
                if let newer { parameters = newer }
                guard let parameters else { return role.giveBack(unrolls: count) }
                for _ in 0..<count {
                    role.send(unroll.block, unroll.header(step, parameters), checksum: unroll.checksum)
                    step += UInt64(unroll.stepCount)
                }
            case .finished: isOver = true
            case .failed(let error): (isOver, fault) = (true, error.message)
            case .assigned: break
            // Nobody asks for one; and nothing to do yet.
            case .evaluate, nil: return
            }
        }
    }

    private func send(_ item: ActorSession.Outgoing, _ tools: inout SwarmProcess.Tools) throws(ZeroMQError) {
        // A connection that takes no more is gone, as the readiness will tell.
        tools.header.write(item.message)
        if let payload = item.payload { tools.header.append(payload: payload) }
        let sending = try tools.header.withBytes { bytes throws(ZeroMQError) in try socket!.send(bytes, more: item.hasFrames) }
        guard sending == .sent, item.hasFrames, let block = item.block else { return }
        _ = try socket!.send(UnsafeRawBufferPointer(rebasing: block.bytes[..<item.byteCount]), of: block, more: false)
    }
}

/// The unroll that all sessions of a process send, as if they had made it with the newest parameters.
struct SwarmUnroll {
    let block: UnrollBlock
    let checksum: UInt64
    let stepCount: Int

    init(_ shape: TransportShape) {
        block = UnrollBlock(byteCount: shape.layout.byteCount)
        shape.fill(block)
        checksum = Digest.of(block.bytes)
        stepCount = shape.layout.unrollLength
    }

    func header(_ step: UInt64, _ parameters: ParameterSnapshot) -> UnrollHeader {
        UnrollHeader(
            sequence: 0, version: parameters.version, digest: parameters.digest, tag: parameters.tag, firstStep: step,
            firstEnvironment: 0, noiseKey: 1, episodes: [])
    }
}
