import CZeroMQ

/// Where libzmq asks whom to let in (ZAP, ZeroMQ's RFC 27): one question for every client that proved to have a key.
///
/// There is one a context, and it must be there before the sockets it guards.
package struct AccessPort: ~Copyable {
    /// One client that wants in.
    package struct Request: Sendable {
        /// The socket's `ZAP_DOMAIN`.
        package var domain: String
        /// The client's IP address.
        package var address: String
        /// The public key whose secret the client has; nil when it came without CURVE.
        package var key: CurveKey?
        fileprivate var identifier: [UInt8]
    }

    private let socket: ZeroMQSocket
    private let frame = ZeroMQMessage()

    package init(_ context: ZeroMQContext) throws(ZeroMQError) {
        let reply = try ZeroMQSocket(.reply, context)
        try reply.bind("inproc://zeromq.zap.01")
        socket = reply
    }

    /// Waits for a question, for `wakeUp` or for the time to be over.
    package func wait(_ wakeUp: WakeUp, milliseconds: Int) {
        ZeroMQPoll.wait(socket, wakeUp, milliseconds: milliseconds)
    }

    /// The next question, nil when there is none now. Each must be answered before the next is asked for.
    package func next() throws(ZeroMQError) -> Request? {
        guard try socket.receive(into: frame) else { return nil }
        var frames = [frame.withBytes { [UInt8]($0) }]
        while frame.hasMore, try socket.receive(into: frame) {
            // libzmq writes these frames itself; only the last ones come from the client.
            if frames.count < 8 { frames.append(frame.withBytes { [UInt8]($0) }) }
        }
        func text(_ index: Int) -> String { frames.count > index ? String(decoding: frames[index], as: UTF8.self) : "" }
        let isCurve = text(0) == "1.0" && text(5) == "CURVE" && frames.count > 6
        return Request(
            domain: text(2), address: text(3), key: isCurve ? frames[6].withUnsafeBytes { CurveKey($0) } : nil,
            identifier: frames.count > 1 ? frames[1] : [])
    }

    /// Lets the client in; messages of its connection then carry `user` as the property `User-Id`.
    package func admit(_ request: Request, as user: String) throws(ZeroMQError) {
        try answer(request, "200", "OK", user)
    }

    /// Keeps the client out and lets it know: status 400. (300 would leave it waiting without a word.)
    package func refuse(_ request: Request) throws(ZeroMQError) { try answer(request, "400", "not admitted", "") }

    private func answer(_ request: Request, _ status: String, _ reason: String, _ user: String) throws(ZeroMQError) {
        let frames = [Array("1.0".utf8), request.identifier, Array(status.utf8), Array(reason.utf8), Array(user.utf8), []]
        for (index, bytes) in frames.enumerated() { _ = try socket.send(bytes, more: index + 1 < frames.count) }
    }
}
