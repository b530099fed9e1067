import Glibc
import StarlingHTTP
import StarlingProcessSupport
import StarlingThreads
import Testing

/// A server and clients that mean it no good.
@Suite(.serialized) struct HTTPServerTests {
    private static let big = [UInt8](repeating: 97, count: 8 << 20)

    private func withServer(_ body: @escaping @Sendable (HTTPServer) throws -> Void) async throws {
        try await onThread {
            let server = try HTTPServer(HTTPAddress(port: 0)) { request in
                switch request.path {
                case "/big": .response(HTTPResponse(.ok, type: "text/plain", Self.big))
                case "/events": .events(headers: [], first: Array("data: first\n\n".utf8))
                default: .response(.line(.ok, "hello \(request.path)"))
                }
            }
            defer { server.stop() }
            try body(server)
        }
    }

    @Test func requestsAreAnsweredAndTheConnectionStays() async throws {
        try await withServer { server in
            let client = try WebClient(port: server.port)
            for path in ["/a", "/b"] {
                client.send("GET \(path) HTTP/1.1\r\nHost: a\r\n\r\n")
                let answer = client.receive(until: "hello \(path)\n")
                #expect(
                    answer.hasPrefix("HTTP/1.1 200 OK\r\n") && answer.contains("Content-Length: 9\r\n") && answer.contains("keep-alive"))
            }
            client.send("HEAD /c HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            let head = client.receive()
            #expect(head.contains("Content-Length: 9\r\n") && head.hasSuffix("\r\n\r\n"))
            let many = try WebClient(port: server.port)
            many.send(String(repeating: "GET /d HTTP/1.1\r\nHost: a\r\n\r\n", count: 50) + "GET /last HTTP/1.0\r\n\r\n")
            let answers = many.receive()
            #expect(answers.split(separator: "hello /d").count == 51 && answers.hasSuffix("hello /last\n"))
        }
    }

    @Test func aRefusalIsReadEvenByWhoGoesOnSending() async throws {
        try await withServer { server in
            let client = try WebClient(port: server.port)
            client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 400000\r\n\r\n" + String(repeating: "x", count: 50_000))
            #expect(client.receive().hasPrefix("HTTP/1.1 405"))
            let endless = try WebClient(port: server.port)
            endless.send("GET / HTTP/1.1\r\nHost: a\r\nX: ")
            for _ in 0..<10 { endless.send(String(repeating: "x", count: 1000)) }
            #expect(endless.receive().hasPrefix("HTTP/1.1 431"))
        }
    }

    @Test func whoTricklesAHeadIsGivenUp() async throws {
        try await withServer { server in
            let client = try WebClient(port: server.port)
            let start = Deadline.now
            while client.send("G"), Deadline.now.seconds(since: start) < 15 { usleep(200_000) }
            #expect((4...12).contains(Deadline.now.seconds(since: start)))
        }
    }

    @Test func idleClientsMakeRoomForOthers() async throws {
        try await withServer { server in
            let idle = try (0..<3 * HTTPServer.connectionLimit).map { _ in try WebClient(port: server.port) }
            for client in idle { client.send("GET / HT") }
            #expect(WebClient.get("/x", port: server.port)?.hasSuffix("hello /x\n") == true)
            withExtendedLifetime(idle) {}
        }
    }

    @Test func whoTakesNoAnswerHoldsUpNobody() async throws {
        try await withServer { server in
            let slow = try (0..<8).map { _ in try WebClient(port: server.port) }
            for client in slow { client.send("GET /big HTTP/1.1\r\nHost: a\r\n\r\n") }
            usleep(100_000)
            let start = Deadline.now
            #expect(WebClient.get("/x", port: server.port)?.hasSuffix("hello /x\n") == true)
            #expect(Deadline.now.seconds(since: start) < 1)
            withExtendedLifetime(slow) {}
        }
    }

    @Test func eventsGoToAllWhoWantThemAndNotMoreThanThereMayBe() async throws {
        try await withServer { server in
            let request = "GET /events HTTP/1.1\r\nHost: a\r\n\r\n"
            let clients = try (0..<HTTPServer.streamLimit).map { _ in try WebClient(port: server.port) }
            for client in clients { client.send(request) }
            for client in clients { #expect(client.receive(until: "data: first\n\n").contains("text/event-stream")) }
            #expect(eventually(within: 5) { server.streamCount == HTTPServer.streamLimit })
            let one = try WebClient(port: server.port)
            one.send(request)
            #expect(one.receive().hasPrefix("HTTP/1.1 503"))
            server.publish(Array("data: second\n\n".utf8))
            for client in clients { #expect(client.receive(until: "second\n\n").contains("data: second")) }
        }
    }

    @Test func aViewerThatReadsNothingIsGivenUp() async throws {
        try await withServer { server in
            let viewer = try WebClient(port: server.port)
            viewer.send("GET /events HTTP/1.1\r\nHost: a\r\n\r\n")
            _ = viewer.receive(until: "first")
            #expect(eventually(within: 5) { server.streamCount == 1 })
            let event = Array("data: \(String(repeating: "x", count: 500_000))\n\n".utf8)
            #expect(
                eventually(within: 10) {
                    server.publish(event)
                    return server.streamCount == 0
                })
        }
    }

    @Test func aTakenPortIsToldAndAStoppedServersIsFree() async throws {
        try await onThread {
            let first = try HTTPServer(HTTPAddress(port: 0)) { _ in .response(.line(.ok, "first")) }
            #expect(throws: HTTPError.self) { try HTTPServer(HTTPAddress(port: first.port)) { _ in .response(.line(.ok, "")) } }
            first.stop()
            let second = try HTTPServer(HTTPAddress(port: first.port)) { _ in .response(.line(.ok, "second")) }
            #expect(WebClient.get("/", port: second.port)?.hasSuffix("second\n") == true)
            second.stop()
            #expect(WebClient.get("/", port: second.port) == nil)
            #expect(throws: HTTPError.self) { try HTTPServer(HTTPAddress(host: "203.0.113.1", port: 0)) { _ in .response(.line(.ok, "")) } }
        }
    }
}
