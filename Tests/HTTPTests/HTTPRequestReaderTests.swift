import StarlingHTTP
import Testing

@Suite struct HTTPRequestReaderTests {
    private func readings(_ text: String) -> [HTTPRequestReader.Reading] {
        var reader = HTTPRequestReader()
        reader.append(text.utf8)
        var readings: [HTTPRequestReader.Reading] = []
        while true {
            let reading = reader.next()
            readings.append(reading)
            guard case .request = reading else { return readings }
        }
    }

    private func status(_ text: String) -> Int? {
        guard case .refused(let response)? = readings(text).last else { return nil }
        return response.status.code
    }

    @Test func aRequestIsReadHoweverItIsCut() {
        let text = "GET /metrics?a=1&b=x%20y+z HTTP/1.1\r\nHost: localhost:5580\r\nAccept: text/plain\r\naccept: */*\r\n\r\nrest"
        let wanted = HTTPRequestReader.Reading.request(
            HTTPRequest(
                path: "/metrics", query: ["a": "1", "b": "x y z"], headers: ["host": "localhost:5580", "accept": "text/plain, */*"]))
        for cut in 0...text.utf8.count {
            var reader = HTTPRequestReader()
            reader.append(Array(text.utf8)[..<cut])
            var first = reader.next()
            reader.append(Array(text.utf8)[cut...])
            if first == .incomplete { first = reader.next() }
            #expect(first == wanted, "cut at \(cut)")
        }
    }

    @Test func severalRequestsInOnePieceAreReadOneAfterTheOther() {
        let one = "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n"
        let readings = readings(one + one + "GET /x HTTP/1.0\r\n\r\nGET")
        #expect(readings.count == 4 && readings[0] == readings[1] && readings[3] == .incomplete)
        #expect(readings[2] == .request(HTTPRequest(path: "/x", keepsAlive: false)))
    }

    @Test(arguments: [
        ("POST / HTTP/1.1\r\nHost: a\r\n\r\n", 405), ("get / HTTP/1.1\r\nHost: a\r\n\r\n", 405), ("GET / HTTP/1.1\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400), ("GET  / HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        ("GET / HTTP/2\r\nHost: a\r\n\r\n", 505),
        ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505), ("GET http://a/ HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        ("GET * HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello", 413),
        ("GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 413),
        ("GET / HTTP/1.1\r\nHost : a\r\n\r\n", 400), ("GET / HTTP/1.1\r\nHost: a\r\n folded\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: a\nX: b\r\n\r\n", 400),
        ("GET /\u{0} HTTP/1.1\r\nHost: a\r\n\r\n", 400), ("GET /?a=%zz HTTP/1.1\r\nHost: a\r\n\r\n", 400), ("\r\n\r\n", 400),
        ("\u{16}\u{3}\u{1}\u{2}\r\n\r\n", 400), ("GET /\(String(repeating: "a", count: 3000)) HTTP/1.1\r\nHost: a\r\n\r\n", 414),
        ("GET / HTTP/1.1\r\nHost: a\r\nX: \(String(repeating: "a", count: 9000))\r\n\r\n", 431), (String(repeating: "a", count: 9000), 431),
    ])
    func whatIsNoRequestIsRefused(text: String, code: Int) { #expect(status(text) == code, "\(text.prefix(60))") }

    /// Whatever comes, in whatever pieces, it neither crashes nor keeps more than a head.
    @Test func garbageOfAllKindsIsRefusedOrWaitedFor() {
        var generator = SystemRandomNumberGenerator()
        let good = Array("GET /metrics?a=1 HTTP/1.1\r\nHost: localhost\r\nAccept: */*\r\n\r\n".utf8)
        for _ in 0..<5000 {
            var bytes = good
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                let place = Int.random(in: 0..<bytes.count, using: &generator)
                if Bool.random(using: &generator) {
                    bytes[place] = .random(in: 0...255, using: &generator)
                } else {
                    bytes.remove(at: place)
                }
            }
            var reader = HTTPRequestReader()
            reader.append(bytes)
            reading: for _ in 0..<10 {
                switch reader.next() {
                case .request(let request): #expect(request.path.hasPrefix("/"))
                case .refused(let response): #expect((400...505).contains(response.status.code)); break reading
                case .incomplete: break reading
                }
            }
        }
    }

    @Test func addressesAreReadAsPeopleWriteThem() {
        #expect(HTTPAddress("0.0.0.0:80") == HTTPAddress(host: "0.0.0.0", port: 80))
        #expect(HTTPAddress("[::1]:80") == HTTPAddress(host: "::1", port: 80) && HTTPAddress("[::1]:80")!.isLoopback)
        #expect(HTTPAddress("5580") == HTTPAddress(port: 5580) && HTTPAddress(":5580") == HTTPAddress(port: 5580))
        #expect(HTTPAddress("http://localhost:1/") == HTTPAddress(host: "localhost", port: 1) && HTTPAddress("*:1")!.host == "0.0.0.0")
        for bad in ["", "a", "a:b", "1.2.3.4:99999", "::1:80", "a b:1", "x@y:1", "a/b:1", "-1"] {
            #expect(HTTPAddress(bad) == nil, "\(bad)")
        }
        #expect(!HTTPAddress("10.0.0.1:1")!.isLoopback && HTTPAddress("127.9.9.9:1")!.isLoopback)
    }

    @Test func cookiesAreFoundByTheirWholeName() {
        let request = HTTPRequest(path: "/", headers: ["cookie": "a=1; starling-1=x=y ;starling-12=z"])
        #expect(request.cookie("starling-1") == "x=y" && request.cookie("starling-12") == "z" && request.cookie("starling") == nil)
    }
}
