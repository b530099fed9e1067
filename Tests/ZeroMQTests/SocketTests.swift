import Glibc
import StarlingZeroMQ
import Testing

/// Asks again and again, at most for 5 seconds: nothing here waits inside libzmq.
func eventually<Value>(_ body: () throws -> Value?) rethrows -> Value? {
    for _ in 0..<2500 {
        if let value = try body() { return value }
        usleep(2000)
    }
    return nil
}

extension ZeroMQSocket {
    /// The next frame's bytes and whether more follow.
    func frame() throws -> (bytes: [UInt8], more: Bool)? {
        let message = ZeroMQMessage()
        guard try receive(into: message) else { return nil }
        return (message.withBytes { [UInt8]($0) }, message.hasMore)
    }
}

final class Owner: Sendable {
    let bytes: [UInt8] = Array(repeating: 7, count: 100_000)
    let onRelease: @Sendable () -> Void
    init(_ onRelease: @escaping @Sendable () -> Void) { self.onRelease = onRelease }
    deinit { onRelease() }
}

@Suite("Sockets")
struct SocketTests {
    let context: ZeroMQContext

    init() throws { context = try ZeroMQContext() }

    func router() throws -> ZeroMQSocket {
        var options = ZeroMQOptions()
        options.routerIsMandatory = true
        options.maximumFrameByteCount = 200_000
        let socket = try ZeroMQSocket(.router, context)
        try socket.set(options)
        try socket.bind("tcp://127.0.0.1:*")
        return socket
    }

    func dealer(_ endpoint: String) throws -> ZeroMQSocket {
        var options = ZeroMQOptions()
        options.reconnects = false
        let socket = try ZeroMQSocket(.dealer, context)
        try socket.set(options)
        try socket.connect(endpoint)
        return socket
    }

    @Test("Frames go there and back, in order")
    func frames() throws {
        let router = try router()
        let dealer = try dealer(router.lastEndpoint)
        #expect(try dealer.send([1, 2, 3], more: true) == .sent)
        #expect(try dealer.send([], more: true) == .sent)
        #expect(try dealer.send([4, 5, 6, 7], 1..<3, more: false) == .sent)
        let peer = try #require(try eventually { try router.frame() })
        #expect(peer.bytes.count == 5 && peer.bytes[0] == 0 && peer.more)
        #expect(try #require(try router.frame()) == ([1, 2, 3], true))
        #expect(try #require(try router.frame()) == ([], true))
        #expect(try #require(try router.frame()) == ([5, 6], false))
        #expect(try router.frame() == nil)
        #expect(try router.send(peer.bytes, more: true) == .sent)
        #expect(try router.send([9], more: false) == .sent)
        #expect(try #require(try eventually { try dealer.frame() }) == ([9], false))
    }

    @Test("Sending to nobody is told")
    func unreachable() throws {
        let router = try router()
        #expect(try router.send([0, 1, 2, 3, 4], more: true) == .unreachable)
        // And the next message is not harmed by it.
        let dealer = try dealer(router.lastEndpoint)
        #expect(try dealer.send([1], more: false) == .sent)
        let peer = try #require(try eventually { try router.frame() })
        _ = try router.frame()
        #expect(try router.send(peer.bytes, more: true) == .sent)
        #expect(try router.send([2], more: false) == .sent)
        #expect(try #require(try eventually { try dealer.frame() }).bytes == [2])
    }

    @Test("Bytes that are not copied are let go when they are out")
    func withoutCopying() throws {
        let router = try router()
        let dealer = try dealer(router.lastEndpoint)
        let released = WakeCount()
        do {
            let owner = Owner { released.add() }
            let sending = try owner.bytes.withUnsafeBytes { try dealer.send($0, of: owner, more: false) }
            #expect(sending == .sent)
        }
        _ = try #require(try eventually { try router.frame() })
        #expect(try #require(try router.frame()).bytes == Array(repeating: 7, count: 100_000))
        #expect(eventually { released.value == 1 ? true : nil } == true)
    }

    @Test("The monitor tells of handshakes, lost connections and attempts that fail")
    func monitor() throws {
        let endpoint: String
        let watched: ZeroMQSocket
        do {
            let router = try router()
            endpoint = router.lastEndpoint
            let dealer = try ZeroMQSocket(.dealer, context)
            var options = ZeroMQOptions()
            options.reconnects = false
            try dealer.set(options)
            let monitor = try ZeroMQMonitor(of: dealer, named: "dealer", context)
            try dealer.connect(endpoint)
            guard case .connected(let descriptor)? = try eventually({ try monitor.next() }) else {
                Issue.record("not connected")
                return
            }
            #expect(try eventually { try monitor.next() } == .handshakeSucceeded)
            close(consume router)
            let event = try eventually { try monitor.next() }
            #expect(event == .disconnected(descriptor: descriptor) || event == .closed)
            watched = dealer
        }
        _ = consume watched
        let late = try ZeroMQSocket(.dealer, context)
        var options = ZeroMQOptions()
        options.reconnects = false
        try late.set(options)
        let monitor = try ZeroMQMonitor(of: late, named: "late", context)
        try late.connect(endpoint)
        #expect(try eventually { try monitor.next() } == .closed)
    }

    private func close(_ socket: consuming ZeroMQSocket) {}

    @Test("A frame over the limit cuts the connection")
    func frameLimit() throws {
        let router = try router()
        let dealer = try dealer(router.lastEndpoint)
        #expect(try dealer.send([1], more: false) == .sent)
        let peer = try #require(try eventually { try router.frame() })
        _ = try router.frame()
        #expect(try dealer.send(Array(repeating: 0, count: 200_034), more: false) == .sent)
        let outcome = try eventually { () -> ZeroMQSocket.Sending? in
            let sending = try router.send(peer.bytes, more: true)
            if sending == .sent { _ = try router.send([0], more: false) }
            return sending == .unreachable ? sending : nil
        }
        #expect(outcome == .unreachable)
        #expect(try router.frame() == nil)
    }

    @Test("An address in use says so")
    func inUse() throws {
        let first = try router()
        let second = try ZeroMQSocket(.router, context)
        do throws(ZeroMQError) {
            try second.bind(first.lastEndpoint)
            Issue.record("bound twice")
        } catch {
            #expect(error.isAddressInUse && error.description.contains("bind"))
        }
    }

    @Test("A wake-up ends a wait, also one that came before it")
    func wakeUp() throws {
        let router = try router()
        let dealer = try dealer(router.lastEndpoint)
        let wakeUp = try WakeUp()
        wakeUp.signal()
        wakeUp.signal()
        ZeroMQPoll.wait(router, dealer, wakeUp, milliseconds: 600_000)
        wakeUp.clear()
        ZeroMQPoll.wait(wakeUp, milliseconds: 0)
        wakeUp.signal()
        ZeroMQPoll.wait(wakeUp, milliseconds: 600_000)
    }

    /// libzmq's thread waits for room for what it tells, and holds meanwhile what closing the socket needs.
    @Test("A socket with more news than its monitor has room for can be closed all the same")
    func fullMonitor() throws {
        FileLimit.raise()
        let router = try router()
        let monitor = try ZeroMQMonitor(of: router, named: "full", context)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = try #require(UInt16(router.lastEndpoint.split(separator: ":").last ?? "")).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let strangers = (0..<3000).map { _ in
            let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            withUnsafePointer(to: &address) {
                _ = $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
                }
            }
            return descriptor
        }
        // Each is news, and there is room for 2000.
        usleep(500_000)
        for descriptor in strangers { Glibc.close(descriptor) }
        monitor.end(of: router)
    }

    @Test("The limit of files is the hard one")
    func fileLimit() {
        let limit = FileLimit.raise()
        #expect(limit > 0 && FileLimit.raise() == limit)
    }
}
