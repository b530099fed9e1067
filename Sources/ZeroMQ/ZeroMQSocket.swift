import CZeroMQ
import Glibc

/// A socket. It belongs to one thread at a time, which the compiler sees to: it can't be copied and isn't `Sendable`.
package struct ZeroMQSocket: ~Copyable {
    package enum Kind: Sendable {
        case router, dealer, pair, reply

        var raw: Int32 {
            switch self {
            case .router: ZMQ_ROUTER
            case .dealer: ZMQ_DEALER
            case .pair: ZMQ_PAIR
            case .reply: ZMQ_REP
            }
        }
    }

    /// What became of a frame that was to be sent.
    package enum Sending: Sendable {
        case sent
        /// The peer takes no more for now.
        case wouldBlock
        /// ROUTER: there is no such peer (any more).
        case unreachable
    }

    let raw: UnsafeMutableRawPointer
    private let context: ZeroMQContext

    package init(_ kind: Kind, _ context: ZeroMQContext) throws(ZeroMQError) {
        guard let raw = zmq_socket(context.raw, kind.raw) else { throw .last("make a socket") }
        self.raw = raw
        self.context = context
    }

    /// Closes it. Messages that are not sent yet linger as long as the option says.
    ///
    /// Its monitor, if it has one, hears nothing more: libzmq's thread would wait for ever to tell one that is gone.
    deinit {
        zmq_socket_monitor(raw, nil, 0)
        zmq_close(raw)
    }

    /// - Throws: `EADDRINUSE`, `EADDRNOTAVAIL`, `EINVAL` …
    package func bind(_ address: String) throws(ZeroMQError) {
        guard zmq_bind(raw, address) == 0 else { throw .last("bind \(address)") }
    }

    /// Begins to connect; whether it succeeds, the monitor tells.
    package func connect(_ address: String) throws(ZeroMQError) {
        guard zmq_connect(raw, address) == 0 else { throw .last("connect to \(address)") }
    }

    /// The address it is bound to, with the port the system chose.
    package var lastEndpoint: String {
        var bytes = [CChar](repeating: 0, count: 512)
        var count = bytes.count
        guard zmq_getsockopt(raw, ZMQ_LAST_ENDPOINT, &bytes, &count) == 0 else { return "" }
        return String(decoding: bytes.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    // MARK: Frames, all without waiting

    /// Sends a copy of `bytes`.
    package func send(_ bytes: UnsafeRawBufferPointer, more: Bool) throws(ZeroMQError) -> Sending {
        while true {
            if zmq_send(raw, bytes.baseAddress, bytes.count, ZMQ_DONTWAIT | (more ? ZMQ_SNDMORE : 0)) >= 0 {
                return .sent
            }
            if let outcome = try Self.outcome() { return outcome }
        }
    }

    /// Sends a copy of a piece of `bytes`.
    package func send(_ bytes: [UInt8], _ piece: Range<Int>, more: Bool) throws(ZeroMQError) -> Sending {
        try bytes.withUnsafeBytes { bytes in
            Result { () throws(ZeroMQError) in
                try send(UnsafeRawBufferPointer(rebasing: bytes[piece]), more: more)
            }
        }.get()
    }

    package func send(_ bytes: [UInt8], more: Bool) throws(ZeroMQError) -> Sending {
        try send(bytes, bytes.indices, more: more)
    }

    /// Sends `bytes` without copying them; they belong to `owner`, which is let go on any thread when they are out.
    package func send(
        _ bytes: UnsafeRawBufferPointer, of owner: any AnyObject & Sendable, more: Bool
    ) throws(ZeroMQError) -> Sending {
        var message = zmq_msg_t()
        let reference = Unmanaged.passRetained(owner as AnyObject)
        let code = zmq_msg_init_data(
            &message, UnsafeMutableRawPointer(mutating: bytes.baseAddress), bytes.count,
            { _, reference in Unmanaged<AnyObject>.fromOpaque(reference!).release() }, reference.toOpaque())
        guard code == 0 else {
            reference.release()
            throw .last("send \(bytes.count) bytes")
        }
        while true {
            if zmq_msg_send(&message, raw, ZMQ_DONTWAIT | (more ? ZMQ_SNDMORE : 0)) >= 0 { return .sent }
            do throws(ZeroMQError) {
                guard let outcome = try Self.outcome() else { continue }
                zmq_msg_close(&message)
                return outcome
            } catch {
                zmq_msg_close(&message)
                throw error
            }
        }
    }

    /// What the last failure means; nil: try again.
    private static func outcome() throws(ZeroMQError) -> Sending? {
        switch zmq_errno() {
        case EINTR: nil
        case EAGAIN: .wouldBlock
        case EHOSTUNREACH: .unreachable
        default: throw .last("send")
        }
    }

    /// Receives the next frame.
    /// - Returns: false when there is none now.
    package func receive(into message: borrowing ZeroMQMessage) throws(ZeroMQError) -> Bool {
        while true {
            if zmq_msg_recv(message.raw, raw, ZMQ_DONTWAIT) >= 0 { return true }
            switch zmq_errno() {
            case EINTR: continue
            case EAGAIN: return false
            default: throw .last("receive")
            }
        }
    }
}
