import Glibc
import StarlingExperience
package import StarlingKeys
package import StarlingMessages
import StarlingThreads
import StarlingZeroMQ

/// Looks at a learner from outside, step by step, as one who may connect but is no actor: it gets no session, no credit,
/// and changes nothing. For one thread.
package final class LearnerProbe {
    /// A step that failed: what was found, and how to mend it.
    package struct Failure: Error, Hashable {
        package var finding: String
        package var remedy: String
        /// Another try may find out more.
        package var isVague = false

        package init(finding: String, remedy: String) { (self.finding, self.remedy) = (finding, remedy) }
    }

    private static let connectSeconds = 4.0
    private static let handshakeSeconds = 7.0
    private static let answerSeconds = 5.0

    private let address: Address
    private let key: ActorKey?
    private let build: String
    private let dealer: ZeroMQSocket
    private let monitor: ZeroMQMonitor
    private let wakeUp: WakeUp
    private let frame = ZeroMQMessage()
    private let piece = ZeroMQMessage()
    private var isDone = false
    private var nextIdentifier: UInt64 = 1

    /// - Throws: `badAddress`.
    package init(learner text: String, key: ActorKey?, build: String) throws(TransportError) {
        address = try Address(text)
        (self.key, self.build) = (key, build)
        do throws(ZeroMQError) {
            var options = ZeroMQOptions()
            options.reconnects = false
            options.maximumFrameByteCount = Int64(WireLimits.frameByteCount)
            options.allowsIPv6 = address.isIPv6
            if let key { options.curve = .client(key.pair, server: key.learner) }
            let context = try ZeroMQContext()
            wakeUp = try WakeUp()
            let socket = try ZeroMQSocket(.dealer, context)
            try socket.set(options)
            monitor = try ZeroMQMonitor(of: socket, named: "probe", context)
            dealer = socket
        } catch {
            throw TransportError(.system, "can't look for a learner: \(error)", cause: error)
        }
    }

    package var host: String { address.host }
    package var port: String { address.port }

    /// The host's addresses as numbers.
    package func resolve() throws(Failure) -> [String] {
        let name = address.isIPv6 ? String(address.host.dropFirst().dropLast()) : address.host
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        let code = getaddrinfo(name, address.port, &hints, &list)
        guard code == 0 else {
            throw Failure(
                finding: "\(name) has no address (\(String(cString: gai_strerror(code))))",
                remedy: "mind the spelling, use the learner's IP address, or enter the name in DNS or /etc/hosts")
        }
        defer { freeaddrinfo(list) }
        var texts: [String] = []
        var next = list
        while let entry = next {
            var host = [CChar](repeating: 0, count: 64)
            getnameinfo(
                entry.pointee.ai_addr, entry.pointee.ai_addrlen, &host, socklen_t(host.count), nil, 0, NI_NUMERICHOST)
            texts.append(String(decoding: host.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self))
            next = entry.pointee.ai_next
        }
        return texts
    }

    /// Waits for TCP.
    /// - Returns: the seconds it took.
    package func reach() throws(Failure) -> Double {
        let start = Deadline.now
        do throws(ZeroMQError) { try dealer.connect(address.text) } catch {
            throw Failure(finding: "\(error)", remedy: "an address looks like tcp://host:5555")
        }
        let event = try event(before: .after(seconds: Self.connectSeconds)) {
            if case .connected = $0 { true } else { $0 == .closed }
        }
        guard case .connected? = event else { throw unreachable() }
        return Deadline.now.seconds(since: start)
    }

    /// Waits for both ends to agree on protocol and keys.
    package func authenticate() throws(Failure) {
        let event = try event(before: .after(seconds: Self.handshakeSeconds)) { event in
            switch event {
            case .handshakeSucceeded, .handshakeFailed, .disconnected, .closed: true
            case .connected, .accepted, .acceptFailed: false
            }
        }
        switch event {
        case .handshakeSucceeded?: return
        case .handshakeFailed(let fault)?:
            let disconnect = HandshakeRefusal.disconnect(fault, key)
            var failure = Failure(finding: disconnect.finding, remedy: disconnect.remedy)
            // A learner that wants a key may cut the connection before it has said so.
            failure.isVague = fault == .brokenOff
            throw failure
        case nil:
            throw Failure(
                finding: "somebody accepts the connection and says nothing",
                remedy: "see what listens at port \(address.port) there (ss -ltnp); a learner that hangs or is stopped says nothing either")
        default:
            throw Failure(
                finding: "the connection was closed in the middle of the handshake",
                remedy: "see the learner's log: it names the cause of every refusal")
        }
    }

    /// Asks the learner about itself.
    /// - Returns: the answer, and the seconds it took.
    package func ask() throws(Failure) -> (answer: ProbeAnswer, seconds: Double) {
        let identifier = nextIdentifier
        nextIdentifier += 1
        let start = Deadline.now
        try send(.probe(Probe(protocolVersion: WireLimits.protocolVersion, build: build, identifier: identifier)))
        while let message = try next(before: start.advanced(seconds: Self.answerSeconds)) {
            guard case .probeAnswer(let answer) = message, answer.identifier == identifier else { continue }
            return (answer, Deadline.now.seconds(since: start))
        }
        throw Failure(
            finding: "the learner doesn't answer in \(Int(Self.answerSeconds)) s",
            remedy: "it hangs, is stopped, or is of a version before PROBE: see its log, and build both from the same sources")
    }

    /// Fetches the learner's newest parameters once.
    /// - Returns: bytes and seconds; nil when newer ones took their place on the way.
    package func fetch(_ announcement: Announcement) throws(Failure) -> (byteCount: Int, seconds: Double)? {
        let size = Int(announcement.byteCount)
        let start = Deadline.now
        var (asked, received, open) = (0, 0, 0)
        while received < size {
            while open < 4, asked < size {
                let count = min(WireLimits.frameByteCount, size - asked)
                try send(
                    .pull(Pull(session: 0, version: announcement.version, offset: UInt64(asked), count: UInt32(count))))
                asked += count
                open += 1
            }
            switch try next(before: .after(seconds: Self.answerSeconds)) {
            case .weights(let header)? where header.of == announcement:
                received += Int(header.count)
                open -= 1
            case .weightsGone?, .handshakeRequest?: return nil
            case nil:
                throw Failure(
                    finding: "parameters stop coming after \(received) of \(size) bytes",
                    remedy: "large packets may get lost on the way (try ip link set dev DEVICE mtu 1400), or the learner hangs")
            default: continue
            }
        }
        return (size, Deadline.now.seconds(since: start))
    }

    // MARK: The connection

    private func send(_ message: ActorMessage) throws(Failure) {
        let sending = try? dealer.send(message.encoded(), more: false)
        guard case .sent? = sending else { throw Self.broken }
    }

    /// The next message; nil when none comes in time.
    private func next(before deadline: Deadline) throws(Failure) -> LearnerMessage? {
        while true {
            guard let isThere = try? receive() else { throw Self.broken }
            if isThere {
                guard let message = frame.withBytes({ try? LearnerMessage(decoding: $0) }) else {
                    throw Failure(
                        finding: "the learner sent what can't be read", remedy: "build both from the same sources")
                }
                guard case .refuse(let refusal) = message else { return message }
                throw Failure(finding: refusal.reason, remedy: refusal.remedy)
            }
            while let event = (try? monitor.next()) ?? nil {
                if case .disconnected = event { isDone = true }
                if event == .closed { isDone = true }
            }
            if isDone { throw Self.broken }
            if deadline.isPast { return nil }
            ZeroMQPoll.wait(dealer, monitor.socket, wakeUp, milliseconds: milliseconds(to: deadline))
        }
    }

    /// Takes a whole message, whose header is then in `frame`.
    private func receive() throws(ZeroMQError) -> Bool {
        guard try dealer.receive(into: frame) else { return false }
        if frame.hasMore, try dealer.receive(into: piece) {
            while piece.hasMore { guard try dealer.receive(into: piece) else { break } }
        }
        return true
    }

    private static let broken = Failure(
        finding: "the connection broke",
        remedy: "see the learner's log: did it end, or refuse this one?")

    private func event(
        before deadline: Deadline, _ isWanted: (ZeroMQMonitor.Event) -> Bool
    ) throws(Failure) -> ZeroMQMonitor.Event? {
        while true {
            while let event = (try? monitor.next()) ?? nil { if isWanted(event) { return event } }
            if deadline.isPast { return nil }
            ZeroMQPoll.wait(monitor.socket, wakeUp, milliseconds: milliseconds(to: deadline))
        }
    }

    private func milliseconds(to deadline: Deadline) -> Int { min(250, Int(deadline.remainingSeconds * 1000) + 1) }

    /// Why TCP doesn't come about: libzmq doesn't say, a try of our own does.
    private func unreachable() -> Failure {
        let place = "\(address.host):\(address.port)"
        switch TCPTrial.error(address, seconds: 2) {
        case ECONNREFUSED:
            return Failure(
                finding: "nobody listens at \(place)",
                remedy: "start the learner there, on this port, and on an address that others reach: --bind tcp://0.0.0.0:\(address.port)")
        case ETIMEDOUT, nil:
            return Failure(
                finding: "\(place) doesn't answer",
                remedy:
                    "open TCP port \(address.port) in the firewall of the learner's machine, and in those between; is it running at all?")
        case let code?:
            return Failure(
                finding: "no way to \(place): \(String(cString: strerror(code)))",
                remedy: "mind the address; check this machine's network (ip route get \(address.host))")
        }
    }
}

/// A TCP connection for the sake of its error.
private enum TCPTrial {
    /// - Returns: `errno`; nil when it connected.
    static func error(_ address: Address, seconds: Int) -> Int32? {
        let name = address.isIPv6 ? String(address.host.dropFirst().dropLast()) : address.host
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(name, address.port, &hints, &list) == 0, let entry = list else { return ENETUNREACH }
        defer { freeaddrinfo(list) }
        let descriptor = socket(entry.pointee.ai_family, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0)
        guard descriptor >= 0 else { return errno }
        defer { close(descriptor) }
        if connect(descriptor, entry.pointee.ai_addr, entry.pointee.ai_addrlen) == 0 { return nil }
        guard errno == EINPROGRESS else { return errno }
        var ready = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        guard poll(&ready, 1, Int32(seconds * 1000)) > 0 else { return ETIMEDOUT }
        var code: Int32 = 0
        var size = socklen_t(MemoryLayout<Int32>.size)
        getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &code, &size)
        return code == 0 ? nil : code
    }
}
