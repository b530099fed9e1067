import CZeroMQ
import Glibc
import StarlingThreads
import Synchronization

/// What happens to a socket's connections.
package struct ZeroMQMonitor: ~Copyable {
    package enum Event: Hashable, Sendable {
        /// This end connected; ZMTP's handshake begins.
        case connected(descriptor: Int32)
        /// TCP and ZMTP handshakes are done.
        case handshakeSucceeded
        /// The next `disconnected` is of the same connection.
        case handshakeFailed(HandshakeFault)
        /// A peer connected; this is the connection's descriptor.
        case accepted(descriptor: Int32)
        /// A connection attempt failed, or a connection's descriptor was closed.
        case closed
        case disconnected(descriptor: Int32)
        /// A connection could not be let in; `code` is an `errno`.
        case acceptFailed(code: Int32)
    }

    /// Why two ends don't come together.
    package enum HandshakeFault: Hashable, Sendable {
        /// The other end left or was silent for too long before it was done; its cause is not told.
        case brokenOff
        /// One end has keys and the other has none.
        case mechanismsDiffer
        /// What came can't be decrypted: the keys don't belong together.
        case keysDiffer
        /// The server doesn't let this client in.
        case notAdmitted
        /// It isn't ZMTP.
        case notZeroMQ
    }

    package let socket: ZeroMQSocket
    private let frame = ZeroMQMessage()

    /// Watches `watched` from now on. Each watched socket needs a name of its own within the context.
    package init(of watched: borrowing ZeroMQSocket, named name: String, _ context: ZeroMQContext) throws(ZeroMQError) {
        let events =
            ZMQ_EVENT_CONNECTED | ZMQ_EVENT_ACCEPTED | ZMQ_EVENT_HANDSHAKE_SUCCEEDED | ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL
            | ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL
            | ZMQ_EVENT_HANDSHAKE_FAILED_AUTH | ZMQ_EVENT_CLOSED | ZMQ_EVENT_DISCONNECTED | ZMQ_EVENT_ACCEPT_FAILED
        let address = "inproc://monitor-\(name)"
        guard zmq_socket_monitor(watched.raw, address, events) == 0 else { throw .last("monitor a socket") }
        let pair = try ZeroMQSocket(.pair, context)
        try pair.connect(address)
        socket = pair
    }

    /// The next event, nil when there is none now.
    package func next() throws(ZeroMQError) -> Event? {
        while try socket.receive(into: frame) {
            let event = frame.withBytes { bytes in
                bytes.count >= 6 ? Self.event(bytes) : nil
            }
            // The second frame is the address.
            while frame.hasMore { guard try socket.receive(into: frame) else { break } }
            if let event { return event }
        }
        return nil
    }

    /// Ends the watching of a socket, which has to be done before it is closed where it has thousands of connections: libzmq's thread
    /// waits for room for what it tells of their ends, and holds meanwhile what ending and closing need. So that is read beside.
    package func end(of watched: borrowing ZeroMQSocket) {
        let end = End(of: watched)
        let thread = NamedThread("monitor") { end.perform() }
        while !end.isDone {
            while ((try? next()) ?? nil) != nil {}
            usleep(1000)
        }
        thread.join()
    }

    /// `@unchecked Sendable`: this call of libzmq's may come from any thread, and the socket outlives it.
    private final class End: @unchecked Sendable {
        private let watched: UnsafeMutableRawPointer
        private let done = Atomic<Bool>(false)

        init(of socket: borrowing ZeroMQSocket) { watched = socket.raw }

        var isDone: Bool { done.load(ordering: .acquiring) }

        func perform() {
            zmq_socket_monitor(watched, nil, 0)
            done.store(true, ordering: .releasing)
        }
    }

    private static func event(_ bytes: UnsafeRawBufferPointer) -> Event? {
        let kind = Int32(bytes.loadUnaligned(as: UInt16.self))
        let value = bytes.loadUnaligned(fromByteOffset: 2, as: Int32.self)
        return switch kind {
        case ZMQ_EVENT_HANDSHAKE_SUCCEEDED: .handshakeSucceeded
        case ZMQ_EVENT_CLOSED: .closed
        case ZMQ_EVENT_DISCONNECTED: .disconnected(descriptor: value)
        case ZMQ_EVENT_ACCEPTED: .accepted(descriptor: value)
        case ZMQ_EVENT_CONNECTED: .connected(descriptor: value)
        case ZMQ_EVENT_ACCEPT_FAILED: .acceptFailed(code: value)
        case ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL: .handshakeFailed(.brokenOff)
        case ZMQ_EVENT_HANDSHAKE_FAILED_AUTH: .handshakeFailed(.notAdmitted)
        case ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL:
            switch value {
            case ZMQ_PROTOCOL_ERROR_ZMTP_MECHANISM_MISMATCH: .handshakeFailed(.mechanismsDiffer)
            case ZMQ_PROTOCOL_ERROR_ZMTP_CRYPTOGRAPHIC, ZMQ_PROTOCOL_ERROR_ZMTP_KEY_EXCHANGE: .handshakeFailed(.keysDiffer)
            default: .handshakeFailed(.notZeroMQ)
            }
        default: nil
        }
    }
}
