import CZeroMQ
import Glibc

/// Options of a socket, set before it binds or connects.
package struct ZeroMQOptions: Sendable {
    /// Milliseconds that unsent messages survive the socket's end.
    package var lingerMilliseconds: Int32 = 0
    /// Bytes of a frame beyond which the connection is cut, but for some that encryption may add; −1: any.
    package var maximumFrameByteCount: Int64 = -1
    /// Messages that wait for a peer at most; 0: any number.
    package var sendHighWaterMark: Int32 = 1000
    package var receiveHighWaterMark: Int32 = 1000
    package var handshakeMilliseconds = 1000 * Int32(ZeroMQOptions.handshakeSeconds)
    package var connectMilliseconds: Int32 = 2000
    /// Interval, 0 for none, and patience of libzmq's own PING.
    package var heartbeatMilliseconds: Int32 = 3000
    package var heartbeatTimeoutMilliseconds: Int32 = 10_000
    /// Seconds without an answer of the other end's kernel after which a connection is taken for broken, asked for every third of that
    /// time when nothing else is said; 0: as long as the system waits.
    package var keepAliveSeconds: Int32 = 0
    /// Of the kernel, for sending.
    package var sendBufferByteCount: Int32 = 512 * 1024
    /// Connections that wait to be let in; the system's own bound (`net.core.somaxconn`) is seldom higher.
    package var backlog: Int32 = 4096
    /// Whether libzmq connects again by itself.
    package var reconnects = true
    /// Whether messages are taken before the handshake is done.
    package var queuesForConnection = true
    /// ROUTER: sending to nobody is told instead of dropped in silence.
    package var routerIsMandatory = false
    package var allowsIPv6 = false
    /// Keys, and who is whose server; nil: nobody proves anything.
    package var curve: Curve?

    /// This end's part in CURVE.
    package enum Curve: Sendable {
        /// Clients are asked about at the context's `AccessPort`, which must be there, under this domain.
        case server(CurveKeyPair, domain: String)
        case client(CurveKeyPair, server: CurveKey)
    }

    /// Seconds after which libzmq breaks a handshake off.
    package static let handshakeSeconds = 15.0

    package init() {}
}

extension ZeroMQSocket {
    package func set(_ options: ZeroMQOptions) throws(ZeroMQError) {
        try set(ZMQ_LINGER, options.lingerMilliseconds)
        let limit = options.maximumFrameByteCount
        try set(ZMQ_MAXMSGSIZE, limit < 0 ? limit : limit + Self.curveByteCount)
        try set(ZMQ_SNDHWM, options.sendHighWaterMark)
        try set(ZMQ_RCVHWM, options.receiveHighWaterMark)
        try set(ZMQ_HANDSHAKE_IVL, options.handshakeMilliseconds)
        try set(ZMQ_CONNECT_TIMEOUT, options.connectMilliseconds)
        try set(ZMQ_HEARTBEAT_IVL, options.heartbeatMilliseconds)
        try set(ZMQ_HEARTBEAT_TIMEOUT, options.heartbeatTimeoutMilliseconds)
        if options.keepAliveSeconds > 0 {
            try set(ZMQ_TCP_KEEPALIVE, Int32(1))
            try set(ZMQ_TCP_KEEPALIVE_IDLE, max(1, options.keepAliveSeconds / 3))
            try set(ZMQ_TCP_KEEPALIVE_INTVL, max(1, options.keepAliveSeconds / 3))
            try set(ZMQ_TCP_MAXRT, 1000 * options.keepAliveSeconds)
        }
        try set(ZMQ_SNDBUF, options.sendBufferByteCount)
        try set(ZMQ_BACKLOG, options.backlog)
        if !options.reconnects { try set(ZMQ_RECONNECT_IVL, Int32(-1)) }
        if !options.queuesForConnection { try set(ZMQ_IMMEDIATE, Int32(1)) }
        if options.routerIsMandatory { try set(ZMQ_ROUTER_MANDATORY, Int32(1)) }
        if options.allowsIPv6 { try set(ZMQ_IPV6, Int32(1)) }
        if let curve = options.curve { try set(curve) }
    }

    /// What CURVE adds to a frame: command name and nonce of 8 bytes each, 16 that authenticate it, 1 of flags. libzmq
    /// counts them against the limit.
    private static let curveByteCount: Int64 = 33

    /// How long unsent messages survive, changed just before the end.
    package func setLinger(milliseconds: Int32) { _ = try? set(ZMQ_LINGER, milliseconds) }

    private func set(_ curve: ZeroMQOptions.Curve) throws(ZeroMQError) {
        switch curve {
        case .server(let pair, let domain):
            try set(ZMQ_CURVE_SERVER, Int32(1))
            try set(ZMQ_CURVE_SECRETKEY, pair.secretKey.bytes)
            try set(ZMQ_ZAP_DOMAIN, Array(domain.utf8))
            // Without this, libzmq lets everybody in whenever nobody listens at the AccessPort.
            try set(ZMQ_ZAP_ENFORCE_DOMAIN, Int32(1))
        case .client(let pair, let server):
            try set(ZMQ_CURVE_SERVERKEY, server.bytes)
            try set(ZMQ_CURVE_PUBLICKEY, pair.publicKey.bytes)
            try set(ZMQ_CURVE_SECRETKEY, pair.secretKey.bytes)
        }
    }

    private func set(_ option: Int32, _ bytes: [UInt8]) throws(ZeroMQError) {
        guard zmq_setsockopt(raw, option, bytes, bytes.count) == 0 else {
            throw .last("set option \(option) (libzmq needs CURVE)")
        }
    }

    private func set<Value: FixedWidthInteger>(_ option: Int32, _ value: Value) throws(ZeroMQError) {
        var value = value
        guard zmq_setsockopt(raw, option, &value, MemoryLayout<Value>.size) == 0 else {
            throw .last("set option \(option) to \(value)")
        }
    }
}
