/// What is answered.
package struct HTTPResponse: Hashable, Sendable {
    package struct Status: Hashable, Sendable {
        package let code: Int
        package let reason: String

        package static let ok = Status(code: 200, reason: "OK")
        package static let seeOther = Status(code: 303, reason: "See Other")
        package static let badRequest = Status(code: 400, reason: "Bad Request")
        package static let unauthorized = Status(code: 401, reason: "Unauthorized")
        package static let notFound = Status(code: 404, reason: "Not Found")
        package static let methodNotAllowed = Status(code: 405, reason: "Method Not Allowed")
        package static let contentTooLarge = Status(code: 413, reason: "Content Too Large")
        package static let targetTooLong = Status(code: 414, reason: "URI Too Long")
        package static let misdirected = Status(code: 421, reason: "Misdirected Request")
        package static let headTooLarge = Status(code: 431, reason: "Request Header Fields Too Large")
        package static let unavailable = Status(code: 503, reason: "Service Unavailable")
        package static let versionNotSupported = Status(code: 505, reason: "HTTP Version Not Supported")
    }

    package var status: Status
    package var headers: [Header]
    package var body: [UInt8]

    package struct Header: Hashable, Sendable {
        package var name: String
        package var value: String

        package init(_ name: String, _ value: String) { (self.name, self.value) = (name, value) }
    }

    package init(_ status: Status, type: String, headers: [Header] = [], _ body: [UInt8]) {
        self.status = status
        self.headers = [Header("Content-Type", type)] + headers
        self.body = body
    }

    /// A line for people.
    package static func line(_ status: Status, _ text: String, headers: [Header] = []) -> HTTPResponse {
        HTTPResponse(status, type: "text/plain; charset=utf-8", headers: headers, Array((text + "\n").utf8))
    }

    /// As it is sent.
    /// - Parameter withBody: false for the answer to HEAD.
    func bytes(keepsAlive: Bool, withBody: Bool) -> [UInt8] {
        let length = Header("Content-Length", "\(body.count)")
        return Self.head(status, headers + [length], keepsAlive: keepsAlive) + (withBody ? body : [])
    }

    /// The head of an answer without an end: events as they happen.
    static func eventStreamHead(_ headers: [Header]) -> [UInt8] {
        head(.ok, [Header("Content-Type", "text/event-stream")] + headers, keepsAlive: false)
    }

    private static func head(_ status: Status, _ headers: [Header], keepsAlive: Bool) -> [UInt8] {
        var text = "HTTP/1.1 \(status.code) \(status.reason)\r\n"
        for header in headers + [Header("Connection", keepsAlive ? "keep-alive" : "close")] {
            text += "\(header.name): \(header.value)\r\n"
        }
        return Array((text + "\r\n").utf8)
    }
}

/// How the server goes on after a request.
package enum HTTPAnswer: Sendable {
    case response(HTTPResponse)
    /// A stream of server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html) that begins with `first` and
    /// goes on with what is published, until one of both ends it.
    case events(headers: [HTTPResponse.Header], first: [UInt8])
}
