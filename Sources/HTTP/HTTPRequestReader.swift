/// Makes requests of the bytes of a connection, however they are cut: RFC 9112, of it what a client without a body needs, and
/// strictly, because what two programs read differently is what attacks are made of.
package struct HTTPRequestReader: Sendable {
    /// Bytes of a head, at most, and of the target in it.
    package static let headLimit = 8192
    private static let targetLimit = 2048

    /// What was received and is of no request yet. Never more than `headLimit` and what was received last.
    private var buffer: [UInt8] = []
    /// So far there is no end of a head.
    private var searched = 0

    package init() {}

    /// Nothing of a request has come.
    package var isEmpty: Bool { buffer.isEmpty }

    package mutating func append(_ bytes: some Sequence<UInt8>) { buffer += bytes }

    package enum Reading: Hashable, Sendable {
        /// More has to come.
        case incomplete
        case request(HTTPRequest)
        /// The connection is good for nothing more.
        case refused(HTTPResponse)
    }

    /// The next request.
    package mutating func next() -> Reading {
        guard let end = endOfHead() else { return buffer.count > Self.headLimit ? Self.tooLarge : .incomplete }
        guard end <= Self.headLimit else { return Self.tooLarge }
        let head = buffer[..<(end - 4)]
        defer {
            buffer.removeFirst(end)
            searched = 0
        }
        return Self.parse(head)
    }

    private mutating func endOfHead() -> Int? {
        var place = max(0, searched - 3)
        while place + 4 <= buffer.count {
            if buffer[place] == 13, buffer[place + 1] == 10, buffer[place + 2] == 13, buffer[place + 3] == 10 { return place + 4 }
            place += 1
        }
        searched = buffer.count
        return nil
    }

    private static let tooLarge = refusal(.headTooLarge, "a request's head has at most \(headLimit) bytes")

    private static func refusal(_ status: HTTPResponse.Status, _ text: String, headers: [HTTPResponse.Header] = []) -> Reading {
        .refused(.line(status, text, headers: headers))
    }

    private static func parse(_ head: ArraySlice<UInt8>) -> Reading {
        // No control characters but the ends of lines and tabs, so that none is taken for the end of a line elsewhere.
        guard let text = String(validating: head, as: UTF8.self) else { return refusal(.badRequest, "a head is text") }
        let lines = text.split(separator: "\r\n", omittingEmptySubsequences: false)
        for line in lines where line.utf8.contains(where: { ($0 < 32 && $0 != 9) || $0 == 127 }) {
            return refusal(.badRequest, "there are control characters in the head")
        }
        let words = lines[0].split(separator: " ", omittingEmptySubsequences: false)
        guard words.count == 3 else { return refusal(.badRequest, "a request begins with a line like GET /metrics HTTP/1.1") }
        guard words[2] == "HTTP/1.1" || words[2] == "HTTP/1.0" else {
            return words[2].hasPrefix("HTTP/")
                ? refusal(.versionNotSupported, "this is HTTP/1.1")
                : refusal(.badRequest, "a request begins with a line like GET /metrics HTTP/1.1")
        }
        guard let headers = headers(lines.dropFirst()) else { return refusal(.badRequest, "a header is a name, a colon and a value") }
        guard let method = HTTPRequest.Method(rawValue: String(words[0])) else {
            return refusal(.methodNotAllowed, "only GET and HEAD are answered", headers: [.init("Allow", "GET, HEAD")])
        }
        guard headers["transfer-encoding"] == nil, headers["content-length"].map({ $0 == "0" }) ?? true else {
            return refusal(.contentTooLarge, "requests have no body here")
        }
        guard words[2] == "HTTP/1.0" || headers["host"].map({ !$0.contains(",") }) ?? false else {
            return refusal(.badRequest, "a request has one Host header")
        }
        guard words[1].utf8.count <= targetLimit else { return refusal(.targetTooLong, "a target has at most \(targetLimit) bytes") }
        let parts = words[1].split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts[0].hasPrefix("/"), let query = query(parts.count > 1 ? parts[1] : "") else {
            return refusal(.badRequest, "a target is a path that begins with / and a query")
        }
        let connection = headers["connection"]?.lowercased() ?? ""
        return .request(
            HTTPRequest(
                method: method, path: String(parts[0]), query: query, headers: headers,
                keepsAlive: words[2] == "HTTP/1.1" ? !connection.contains("close") : connection.contains("keep-alive")))
    }

    /// - Returns: nil where a line is none of a header.
    private static func headers(_ lines: ArraySlice<Substring>) -> [String: String]? {
        var headers: [String: String] = [:]
        for line in lines {
            guard let colon = line.firstIndex(of: ":") else { return nil }
            let name = line[..<colon].lowercased()
            // A blank before the colon, or at the beginning of a line that goes on with the one before, is what proxies read differently.
            guard !name.isEmpty, name.utf8.allSatisfy(isTokenByte) else { return nil }
            let value = String(line[line.index(after: colon)...]).trimmed
            headers[name] = headers[name].map { "\($0), \(value)" } ?? value
        }
        return headers
    }

    /// RFC 9110, 5.6.2, of a name in small letters.
    private static func isTokenByte(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
            || "!#$%&'*+-.^_`|~".utf8.contains(byte)
    }

    private static func query(_ text: Substring) -> [String: String]? {
        var query: [String: String] = [:]
        for pair in text.split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = String(parts[0]).queryDecoded, let value = (parts.count > 1 ? String(parts[1]) : "").queryDecoded else {
                return nil
            }
            if query[name] == nil { query[name] = value }
        }
        return query
    }
}
