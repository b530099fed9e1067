import StarlingHTTP
import StarlingProcessSupport
import StarlingWeb
import Testing

/// Who is let in, and what those get who are not.
@Suite(.serialized) struct DoorTests {
    private static let secret = "correct-horse-battery-staple"

    private func withDoor(token: AccessToken? = nil, _ body: @escaping @Sendable (UInt16, RunWatch) throws -> Void) async throws {
        try await onThread {
            let watch = RunWatch(facts)
            let door = try Door(HTTPAddress(port: 0), token: token, watch)
            defer { door.close() }
            try body(door.address.port, watch)
        }
    }

    private func status(_ path: String, _ port: UInt16, _ headers: String...) -> String {
        String((WebClient.get(path, port: port, headers: headers) ?? "").dropFirst(9).prefix(3))
    }

    @Test func probesSayHowItIs() async throws {
        try await withDoor { port, watch in
            #expect(status("/livez", port) == "200" && status("/readyz", port) == "503")
            #expect(WebClient.get("/readyz", port: port)?.contains("starting") == true)
            watch.begin(after: RunBefore())
            #expect(status("/livez", port) == "200" && status("/readyz", port) == "200")
            watch.end()
            #expect(status("/livez", port) == "200" && status("/readyz", port) == "503")
        }
    }

    @Test func pathsThatAreNoneAreNotFound() async throws {
        try await withDoor { port, _ in
            for path in [
                "/../../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "//etc/passwd", "/metrics/", "/metrics/..", "/favicon.ico", "/secret",
            ] {
                #expect(status(path, port) == "404", "\(path)")
            }
            #expect(status("/metrics", port) == "200" && status("/metrics?x=1", port) == "200")
            for file in ["/", "/page.css", "/page.js", "/charts.js", "/latents.js", "/icon.svg", "/history"] {
                #expect(status(file, port) == "200", "\(file)")
            }
            let page = try #require(WebClient.get("/", port: port))
            #expect(page.contains("Content-Security-Policy: default-src 'none'") && !page.contains("http://") && !page.contains("https://"))
        }
    }

    /// A name that a web site has given this machine.
    @Test func otherNamesThanThisMachinesAreNotAnsweredTo() async throws {
        try await onThread {
            let door = try Door(HTTPAddress(port: 0), token: nil, RunWatch(facts))
            defer { door.close() }
            func status(_ host: String) throws -> String {
                let client = try WebClient(port: door.address.port)
                client.send("GET /metrics HTTP/1.1\r\nHost: \(host)\r\nConnection: close\r\n\r\n")
                return String(client.receive().dropFirst(9).prefix(3))
            }
            for host in ["localhost", "localhost:\(door.address.port)", "127.0.0.1:80", "[::1]:5580", "[::1]"] {
                #expect(try status(host) == "200", "\(host)")
            }
            for host in ["evil.example", "evil.example:5580", "10.0.0.1", "localhost.evil.example", ""] {
                #expect(try status(host) == "421", "\(host)")
            }
        }
    }

    @Test func withoutTheTokenNothingIsTold() async throws {
        try await withDoor(token: AccessToken(Self.secret)) { port, watch in
            let secret = Self.secret
            watch.begin(after: RunBefore())
            watch.record(fullReport())
            for path in ["/", "/metrics", "/nowhere"] {
                for headers in [
                    [], ["Authorization: Bearer \(secret)x"], ["Authorization: Bearer \(secret.dropLast())"], ["Authorization: Bearer"],
                    ["Authorization: Basic \(secret)"], ["Cookie: starling-\(port)=x"], ["Cookie: starling=\(secret)"],
                ] {
                    let answer = try #require(WebClient.get(path, port: port, headers: headers))
                    #expect(
                        answer.hasPrefix("HTTP/1.1 401") && answer.contains("WWW-Authenticate: Bearer") && !answer.contains("cartpole"),
                        "\(headers)")
                }
            }
            #expect(status("/?token=wrong", port) == "401" && status("/?token=", port) == "401")
            #expect(status("/livez", port) == "200" && status("/readyz", port) == "200")
            #expect(
                status("/metrics", port, "Authorization: Bearer \(secret)") == "200"
                    && status("/metrics", port, "authorization: bearer \(secret)") == "200")
            // Behind a proxy it has another name.
            let cookie = try #require(WebClient.get("/?token=\(secret)", port: port))
            #expect(cookie.hasPrefix("HTTP/1.1 303") && cookie.contains("Location: /\r\n") && cookie.contains("HttpOnly; SameSite=Strict"))
            #expect(status("/metrics", port, "Cookie: a=b; starling-\(port)=\(secret)") == "200")
            let metrics = try #require(WebClient.get("/metrics", port: port, headers: ["Authorization: Bearer \(secret)"]))
            #expect(metrics.contains("starling_frames_total") && !metrics.contains(secret))
        }
    }

    @Test func aTokenIsALineThatCannotBeGuessed() {
        for bad in [
            "", "short", String(repeating: "a", count: 15), "with blanks in it and more", "two\nlines-of-letters-and-more",
            String(repeating: "a", count: 2000),
        ] {
            #expect(AccessToken(bad) == nil, "\(bad.prefix(30))")
        }
        let token = AccessToken(AccessToken.random() + "\r\n")
        #expect(token != nil && AccessToken.random() != AccessToken.random())
        #expect(
            AccessToken("abcdefghijklmnop")!.matches("abcdefghijklmnop") && !AccessToken("abcdefghijklmnop")!.matches("abcdefghijklmnopq"))
        #expect(!AccessToken("abcdefghijklmnop")!.matches(""))
    }
}
