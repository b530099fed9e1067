import Foundation
import StarlingEnvironments
import StarlingExperience
import StarlingMessages
import StarlingZeroMQ

/// A client that speaks the wire itself and so may say what no actor of ours would. For one thread.
final class Stranger {
    let name: String
    private(set) var welcome: Welcome?
    private(set) var refusal: Refusal?
    private(set) var status: SessionStatus?
    /// The newest parameters that were told, with their tag.
    private(set) var newest: Announcement?
    /// What it was asked to play and does not answer.
    private(set) var evaluations: [EvaluationRequest] = []
    /// Bytes of parameters that came.
    private(set) var parameterByteCount = 0
    /// Sequence of the newest unroll that was sent.
    private(set) var sent: UInt64 = 0
    private(set) var steps: UInt64 = 0
    private let socket: ZeroMQSocket
    private let frame = ZeroMQMessage()

    /// Connects and says HELLO.
    init(
        _ port: Int, _ name: String, incarnation: UInt64 = 1, role: ActorRole = .act, build: String = "stranger",
        environments: [EnvironmentSpec] = EnvironmentRegistry.builtIn.entries.map(\.spec)
    ) throws {
        self.name = name
        socket = try ZeroMQSocket(.dealer, Self.context.get())
        var options = ZeroMQOptions()
        options.reconnects = false
        options.sendHighWaterMark = 0
        // A last word gets out.
        options.lingerMilliseconds = 1000
        try socket.set(options)
        try socket.connect("tcp://127.0.0.1:\(port)")
        say(
            .hello(
                Hello(
                    protocolVersion: WireLimits.protocolVersion, build: build, instance: name, incarnation: incarnation,
                    role: role, run: 0, ordinal: nil, runBaseline: 0, firstUnacknowledged: 1, counts: ActorCounts(),
                    environments: environments)))
    }

    /// One I/O thread for a whole crowd of them.
    private static let context = Result { try ZeroMQContext() }

    // MARK: Saying

    /// Sends a message. Whoever was cut off speaks to nobody.
    func say(_ message: ActorMessage, _ block: [UInt8]? = nil) {
        guard (try? socket.send(message.encoded(), more: block != nil)) == .sent, let block else { return }
        _ = try? socket.send(block, more: false)
    }

    var session: UInt64 { welcome?.status.session ?? 0 }

    /// - Parameter isStepping: says so.
    func ping(produced: UInt64? = nil, isStepping: Bool = false) {
        if isStepping { steps += 1 }
        say(.ping(session: session, ActorCounts(produced: produced ?? sent, sentThrough: sent, steps: steps)))
    }

    /// - Parameter produced: what it says to have completed, if that is not what it sent.
    func leave(produced: UInt64? = nil) {
        say(.bye(session: session, ActorCounts(produced: produced ?? sent, sentThrough: sent, steps: steps)))
    }

    /// Asks for the first piece of the newest parameters.
    func pull() {
        guard let newest else { return }
        let count = UInt32(min(newest.byteCount, UInt64(WireLimits.frameByteCount)))
        say(.pull(Pull(session: session, version: newest.version, offset: 0, count: count)))
    }

    /// Sends the next unroll, whatever it is.
    func send(_ unroll: Unroll) {
        sent += 1
        steps += UInt64(unroll.layout.stepCount)
        var header = unroll.header
        header.sequence = sent
        say(
            .experience(
                ExperienceHeader(
                    session: session, counts: ActorCounts(produced: sent, sentThrough: sent, steps: steps), unroll: header,
                    byteCount: UInt32(unroll.block.count), checksum: unroll.block.withUnsafeBytes(Digest.of))),
            unroll.block)
    }

    /// Sends an unroll without counting it: nobody will acknowledge it.
    func sendInVain(_ unroll: Unroll) {
        let (sent, steps) = (sent, steps)
        send(unroll)
        (self.sent, self.steps) = (sent, steps)
    }

    // MARK: Listening

    /// Takes all that has come.
    func listen() {
        while (try? socket.receive(into: frame)) == true {
            let message = try? frame.withBytes { try LearnerMessage(decoding: $0) }
            var isPiece = false
            while frame.hasMore, (try? socket.receive(into: frame)) == true { isPiece = true }
            if isPiece { parameterByteCount += frame.count }
            if let message { take(message) }
        }
    }

    private func take(_ message: LearnerMessage) {
        switch message {
        case .welcome(let welcome):
            self.welcome = welcome
            take(welcome.status)
        case .status(let status): take(status)
        case .weights(let header): note(header.of)
        case .refuse(let refusal): self.refusal = refusal
        case .evaluate(_, let request, _): evaluations.append(request)
        default: break
        }
    }

    private func take(_ status: SessionStatus) {
        self.status = status
        if let newest = status.newest { note(newest) }
    }

    private func note(_ announcement: Announcement) {
        if newest.map({ announcement.version > $0.version }) ?? true { newest = announcement }
    }

    /// Listens until something holds.
    /// - Returns: false when it doesn't in that time.
    func waits(seconds: Double, _ condition: (Stranger) -> Bool) -> Bool {
        eventually(within: seconds) {
            self.listen()
            return condition(self)
        }
    }

    /// Unrolls that it may send.
    var credit: Int {
        guard let welcome, let status else { return 0 }
        return Int(status.creditLimit) / Unroll.layout(of: welcome).byteCount - Int(sent)
    }

    var invalidUnrolls: UInt64 { status?.invalidUnrolls ?? 0 }
}
