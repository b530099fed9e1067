import Logging
import StarlingExperience
import StarlingKeys
import StarlingMessages
import StarlingThreads
import StarlingZeroMQ

/// One TCP connection = one socket = one session. libzmq is kept from connecting again by itself: what it had not sent
/// would come before the next HELLO.
struct ActorConnection: ~Copyable {
    /// How a connection ended.
    struct End {
        /// Nil when this side wanted it.
        var disconnect: Disconnect?
        /// The handshake was done: something that speaks ZeroMQ is there.
        var hadContact: Bool
        /// The learner said WELCOME.
        var hadSession: Bool
    }

    /// A handshake that lasts so long the other end has not broken off: libzmq is about to.
    private static let silentSeconds = ZeroMQOptions.handshakeSeconds - 1

    private let key: ActorKey?
    private let dealer: ZeroMQSocket
    private let monitor: ZeroMQMonitor
    private let wakeUp: WakeUp
    private let shared: Shared<ActorWire>
    private let logger: Logger
    private let joined: @Sendable (String) -> Void
    private let frame = ZeroMQMessage()
    private let piece = ZeroMQMessage()
    /// Header frames while they are being sent.
    private var header = HeaderBuffer()
    private let began = Deadline.now
    private var unfinished: UnfinishedMessage?
    private var nextLook = Deadline(nanoseconds: 0)
    private var hadContact = false
    private var hadSession = false
    /// Something was received that the role's loops have not been told of.
    private var hasReceived = false
    /// This side ends the connection in order: what it said last must get out.
    private var isOrderly = false

    init(
        _ address: Address, _ key: ActorKey?, _ name: String, _ context: ZeroMQContext, _ wakeUp: WakeUp, _ shared: Shared<ActorWire>,
        _ logger: Logger, _ joined: @escaping @Sendable (String) -> Void
    ) throws(ZeroMQError) {
        var options = ZeroMQOptions()
        options.reconnects = false
        options.maximumFrameByteCount = Int64(WireLimits.frameByteCount)
        // Credit bounds what waits here.
        options.sendHighWaterMark = 0
        options.allowsIPv6 = address.isIPv6
        if let key { options.curve = .client(key.pair, server: key.learner) }
        let socket = try ZeroMQSocket(.dealer, context)
        try socket.set(options)
        let watch = try ZeroMQMonitor(of: socket, named: name, context)
        try socket.connect(address.text)
        self.key = key
        dealer = socket
        monitor = watch
        self.wakeUp = wakeUp
        self.shared = shared
        self.logger = logger
        self.joined = joined
    }

    /// Carries messages until the connection ends.
    mutating func serve() throws(ZeroMQError) -> End {
        while true {
            ZeroMQPoll.wait(dealer, monitor.socket, wakeUp, milliseconds: patience)
            wakeUp.clear()
            // Messages that came before a disconnection still count.
            try receiveAll()
            if let disconnect = try watch() {
                try receiveAll()
                exchange()
                return End(disconnect: disconnect, hadContact: hadContact, hadSession: hadSession)
            }
            if isExcessive {
                shared.withLock { $0.session.receiveGarbage("a message without end") }
            }
            if !hadContact, Deadline.now.seconds(since: began) > ActorSession.connectionSeconds {
                return End(disconnect: Self.silence, hadContact: false, hadSession: false)
            }
            if let end = try step() { return end }
        }
    }

    /// Lets what is under way get out if the end is this side's wish.
    consuming func close() {
        if isOrderly { dealer.setLinger(milliseconds: 1000) }
    }

    /// Whether the learner's message never ends.
    private var isExcessive: Bool {
        mutating get {
            guard nextLook.isPast else { return false }
            nextLook = .after(seconds: UnfinishedMessage.lookSeconds)
            return unfinished?.isExcessive(limit: UnfinishedMessage.smallByteCount) ?? false
        }
    }

    private var patience: Int {
        let timer = shared.withLock { $0.session.nextTimer }
        return Int(min(timer.remainingSeconds, 0.25) * 1000) + 1
    }

    private static let silence = Disconnect(
        "it doesn't answer",
        remedy: "see whether the address is right, the learner runs and is not stopped, and its port is open in the firewalls between")
    private static let nobody = Disconnect("nobody listens there", remedy: "start a learner there, or mind the address (--learner)")

    /// What the monitor says; why, when the connection is gone.
    private mutating func watch() throws(ZeroMQError) -> Disconnect? {
        while let event = try monitor.next() {
            switch event {
            case .handshakeSucceeded:
                hadContact = true
                shared.withLock { $0.session.connected(at: .now) }
            case .connected(let descriptor): unfinished = UnfinishedMessage(over: descriptor)
            case .disconnected: return Disconnect("the connection broke", remedy: "the learner ended, or the network failed")
            case .closed: return hadContact ? Disconnect("the connection was closed") : Self.nobody
            case .handshakeFailed(.brokenOff) where Deadline.now.seconds(since: began) > Self.silentSeconds: return Self.silence
            case .handshakeFailed(let fault): return HandshakeRefusal.disconnect(fault, key)
            case .acceptFailed, .accepted: break
            }
        }
        return nil
    }

    /// Timers, and what the role wants sent.
    private mutating func step() throws(ZeroMQError) -> End? {
        let (outgoing, giveUp, isOver) = exchange()
        for item in outgoing {
            guard try send(item) else {
                return End(disconnect: Disconnect("the connection takes no more"), hadContact: hadContact, hadSession: hadSession)
            }
        }
        if let giveUp {
            // Its last word was why it leaves.
            isOrderly = giveUp.isLasting
            return End(disconnect: giveUp, hadContact: hadContact, hadSession: hadSession)
        }
        if isOver {
            isOrderly = true
            return End(disconnect: nil, hadContact: hadContact, hadSession: hadSession)
        }
        return nil
    }

    /// Takes from the role what it wants done.
    @discardableResult
    private mutating func exchange() -> (outgoing: [ActorSession.Outgoing], giveUp: Disconnect?, isOver: Bool) {
        let now = Deadline.now
        var notices: [Notice] = []
        var notifies = false
        let result = shared.withLock { wire in
            wire.isWoken = false
            let phase = wire.session.phase
            wire.session.advance(to: now)
            // Who begins well and goes on with nonsense is not asked again ever sooner.
            if wire.session.isGarbled {
                hadSession = false
            } else if !hadSession, wire.session.phase == .working {
                hadSession = true
                joined(wire.session.assignment?.run ?? "")
            }
            var outgoing: [ActorSession.Outgoing] = []
            swap(&outgoing, &wire.session.outgoing)
            swap(&notices, &wire.session.notices)
            // The learner that said goodbye is the last connection's until this one's handshake is done.
            let isOver = wire.isStopped || wire.session.phase == .over || (hadContact && wire.session.isDoneWithLearner)
            notifies = wire.session.isAwaited && (hasReceived || wire.session.phase != phase)
            hasReceived = false
            return (outgoing, wire.session.wantsReconnection, isOver)
        }
        // Without the lock, which who wakes up is going to want.
        if notifies { shared.notify() }
        logger.write(notices)
        return result
    }

    private mutating func receiveAll() throws(ZeroMQError) {
        while try dealer.receive(into: frame) {
            hasReceived = true
            let (header, payload) = FramePayload.split(frame.bytes)
            unfinished?.finish()
            let hasPiece = frame.hasMore ? try dealer.receive(into: piece) : false
            let now = Deadline.now
            do throws(MessageError) {
                let message = try LearnerMessage(decoding: header)
                shared.withLock { $0.session.receive(message, payload ?? (hasPiece ? piece.bytes : nil), at: now) }
            } catch {
                shared.withLock { wire in
                    if error.code == .newerLearner {
                        wire.session.cannotFollow(error)
                    } else {
                        wire.session.receiveGarbage(error.message)
                    }
                }
            }
            if hasPiece { while piece.hasMore { guard try dealer.receive(into: piece) else { break } } }
        }
    }

    /// - Returns: false when the socket takes no more.
    private mutating func send(_ item: ActorSession.Outgoing) throws(ZeroMQError) -> Bool {
        header.write(item.message)
        if let payload = item.payload { header.append(payload: payload) }
        let sending = try header.withBytes { bytes throws(ZeroMQError) in try dealer.send(bytes, more: item.hasFrames) }
        guard sending == .sent else { return false }
        guard item.hasFrames, let block = item.block else { return true }
        var start = 0
        while start < item.byteCount {
            let end = min(item.byteCount, start + WireLimits.frameByteCount)
            let part = UnsafeRawBufferPointer(rebasing: block.bytes[start..<end])
            guard try dealer.send(part, of: block, more: end < item.byteCount) == .sent else { return false }
            start = end
        }
        return true
    }
}
