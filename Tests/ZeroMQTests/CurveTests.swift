import Glibc
import StarlingZeroMQ
import Testing

@Suite("CURVE")
struct CurveTests {
    let context: ZeroMQContext
    let server: CurveKeyPair
    let client: CurveKeyPair

    init() throws {
        context = try ZeroMQContext()
        server = try .make()
        client = try .make()
    }

    func router() throws -> ZeroMQSocket {
        var options = ZeroMQOptions()
        options.curve = .server(server, domain: "test")
        let socket = try ZeroMQSocket(.router, context)
        try socket.set(options)
        try socket.bind("tcp://127.0.0.1:*")
        return socket
    }

    /// A socket on its way, with the monitor that watches it.
    struct Client: ~Copyable {
        let socket: ZeroMQSocket
        let monitor: ZeroMQMonitor
    }

    func dealer(_ endpoint: String, _ curve: ZeroMQOptions.Curve?) throws -> Client {
        var options = ZeroMQOptions()
        options.reconnects = false
        options.curve = curve
        let socket = try ZeroMQSocket(.dealer, context)
        try socket.set(options)
        let monitor = try ZeroMQMonitor(of: socket, named: "dealer", context)
        try socket.connect(endpoint)
        return Client(socket: socket, monitor: monitor)
    }

    @Test("Who is admitted has a name on every message of a ROUTER, and a descriptor")
    func admitted() throws {
        let port = try AccessPort(context)
        let router = try router()
        let dealer = try dealer(router.lastEndpoint, .client(client, server: server.publicKey))
        let question = try eventually { try port.next() }
        let request = try #require(question)
        #expect(request.domain == "test" && request.address == "127.0.0.1" && request.key == client.publicKey)
        try port.admit(request, as: "rack7")
        let sending = try dealer.socket.send([1, 2], more: false)
        #expect(sending == .sent)
        let message = ZeroMQMessage()
        let came = try eventually { try router.receive(into: message) ? true : nil }
        #expect(came == true)
        let hasHeader = try router.receive(into: message)
        let (count, user) = (message.count, message.user)
        #expect(hasHeader && count == 2 && user == "rack7")
        let number = message.descriptor
        let descriptor = try #require(number)
        var address = sockaddr_in()
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let code = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getpeername(descriptor, $0, &size) }
        }
        #expect(code == 0)
    }

    @Test("Who is refused is told, at once")
    func refused() throws {
        let port = try AccessPort(context)
        let router = try router()
        let dealer = try dealer(router.lastEndpoint, .client(client, server: server.publicKey))
        let question = try eventually { try port.next() }
        try port.refuse(try #require(question))
        let outcome = try fault(dealer.monitor)
        #expect(outcome == .notAdmitted)
        _ = try dealer.socket.send([1], more: false)
        let frame = try router.frame()
        #expect(frame == nil)
    }

    @Test("Without an AccessPort nobody comes in, whatever key they have")
    func nobodyAnswers() throws {
        let router = try router()
        let dealer = try dealer(router.lastEndpoint, .client(client, server: server.publicKey))
        // It may be over before this.
        _ = try dealer.socket.send([1], more: false)
        let outcome = try fault(dealer.monitor)
        #expect(outcome != nil)
        usleep(100_000)
        let frame = try router.frame()
        #expect(frame == nil)
    }

    @Test("With another server's key the handshake is broken off")
    func otherServer() throws {
        let port = try AccessPort(context)
        let router = try router()
        let watch = try ZeroMQMonitor(of: router, named: "router", context)
        let dealer = try dealer(router.lastEndpoint, .client(client, server: client.publicKey))
        let outcome = try fault(dealer.monitor)
        #expect(outcome == .brokenOff)
        let seen = try fault(watch)
        #expect(seen == .keysDiffer)
        let asked = try port.next() != nil
        #expect(!asked)
    }

    @Test("Keys as text and back; what is no key is none")
    func text() throws {
        #expect(CurveKey(text: server.secretKey.text) == server.secretKey)
        #expect(server.publicKey.text.utf8.count == 40)
        for text in ["", "abc", String(repeating: "~", count: 40), server.publicKey.text + "0"] {
            #expect(CurveKey(text: text) == nil)
        }
        #expect(server.publicKey.fingerprint.count == 19 && "\(server)".contains(server.secretKey.fingerprint) == false)
    }

    private func fault(_ monitor: borrowing ZeroMQMonitor) throws -> ZeroMQMonitor.HandshakeFault? {
        for _ in 0..<2500 {
            while let event = try monitor.next() { if case .handshakeFailed(let fault) = event { return fault } }
            usleep(2000)
        }
        return nil
    }
}
