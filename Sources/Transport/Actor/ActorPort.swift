import Logging
import StarlingKeys
import StarlingThreads
import StarlingZeroMQ

/// The loop of an actor's session thread: makes connections, one after another, and carries messages while they hold.
struct ActorPort: ~Copyable {
    private static let shortestDelay = 0.1
    private static let longestDelay = 5.0
    /// Between tries of an actor that can't do the learner's work.
    private static let lastingDelay = 60.0

    private let address: Address
    private let key: ActorKey?
    private let context: ZeroMQContext
    private let wakeUp: WakeUp
    private let shared: Shared<ActorWire>
    private let giveUpAfter: Double?
    private let logger: Logger
    private let joined: @Sendable (String) -> Void
    private var connectionCount = 0
    private var delay = ActorPort.shortestDelay
    private var retryAt = Deadline.now
    /// When a learner was last there.
    private var lastContact = Deadline.now
    private var log: RetryLog

    init(
        _ address: Address, _ key: ActorKey?, _ context: ZeroMQContext, _ wakeUp: WakeUp, _ shared: Shared<ActorWire>,
        _ giveUpAfter: Double?, _ logger: Logger, _ joined: @escaping @Sendable (String) -> Void
    ) {
        self.address = address
        self.key = key
        self.context = context
        self.wakeUp = wakeUp
        self.shared = shared
        self.giveUpAfter = giveUpAfter
        self.logger = logger
        self.joined = joined
        log = RetryLog(address.text, giveUpAfter: giveUpAfter)
    }

    /// Until the link is stopped.
    mutating func run() {
        while !shared.withLock({ $0.isStopped }) {
            let wants = shared.withLock { wire in
                wire.isWoken = false
                return wire.session.wantsConnection
            }
            if wants, retryAt.isPast { connect() }
            if wants { giveUpIfDue() }
            write()
            let pause = wants ? min(retryAt.remainingSeconds, 0.25) : 0.25
            if !shared.withLock({ $0.isStopped }) {
                ZeroMQPoll.wait(wakeUp, milliseconds: Int((pause * 1000).rounded(.up)))
            }
            wakeUp.clear()
        }
    }

    /// Makes a connection and serves it to its end.
    private mutating func connect() {
        connectionCount += 1
        shared.withLock { $0.session.beginConnecting() }
        let end: ActorConnection.End
        do throws(ZeroMQError) {
            var connection = try ActorConnection(address, key, "dealer-\(connectionCount)", context, wakeUp, shared, logger, joined)
            end = try connection.serve()
            connection.close()
        } catch {
            end = ActorConnection.End(disconnect: Disconnect("\(error)"), hadContact: false, hadSession: false)
        }
        let isParted = shared.withLock { wire in
            wire.session.disconnected()
            return wire.session.isParted
        }
        shared.notify()
        let isLasting = end.disconnect?.isLasting ?? false
        // A learner whose work can't be done is as good as none.
        if end.hadContact, !isLasting { lastContact = .now }
        if end.hadSession, !isLasting {
            delay = Self.shortestDelay
            log.succeeded()
        }
        // Actors that lost the same learner don't all come back at once.
        let pause = delay * Double.random(in: 0.75...1)
        retryAt = .after(seconds: pause)
        delay = min(isLasting ? Self.lastingDelay : Self.longestDelay, 2 * delay)
        // A learner that said goodbye ends the connection too.
        if !isParted, let disconnect = end.disconnect, let line = log.failed(disconnect, nextTryIn: pause) { logger.write([line]) }
    }

    private func giveUpIfDue() {
        guard let giveUpAfter, Deadline.now.seconds(since: lastContact) > giveUpAfter else { return }
        shared.withLock {
            $0.session.fail(
                TransportError(.gaveUp, log.farewell(after: giveUpAfter)))
        }
        shared.notify()
    }

    private func write() {
        let notices = shared.withLock { wire in
            defer { wire.session.notices.removeAll() }
            return wire.session.notices
        }
        logger.write(notices)
    }
}
