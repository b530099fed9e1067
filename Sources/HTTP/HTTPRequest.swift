/// What a client asks for: the head of a request without a body.
package struct HTTPRequest: Hashable, Sendable {
    package enum Method: String, Sendable {
        case get = "GET"
        case head = "HEAD"
    }

    package var method: Method
    /// As it was sent, without the query; it begins with "/".
    package var path: String
    /// Names and values, decoded; of several with one name the first.
    package var query: [String: String]
    /// By their names in small letters; several of one name are joined by commas.
    package var headers: [String: String]
    /// Whether the connection stays open for another request.
    package var keepsAlive: Bool

    package init(
        method: Method = .get, path: String, query: [String: String] = [:], headers: [String: String] = [:], keepsAlive: Bool = true
    ) {
        (self.method, self.path, self.query, self.headers, self.keepsAlive) = (method, path, query, headers, keepsAlive)
    }

    /// The value of a cookie; nil where there is none of the name.
    package func cookie(_ name: String) -> String? {
        for pair in (headers["cookie"] ?? "").split(separator: ";") {
            let parts = pair.split(separator: "=", maxSplits: 1)
            if parts.count == 2, String(parts[0]).trimmed == name { return String(parts[1]).trimmed }
        }
        return nil
    }
}

extension String {
    /// Without blanks at both ends.
    package var trimmed: String {
        func isBlank(_ character: Character) -> Bool { character == " " || character == "\t" }
        var text = Substring(self)
        while let first = text.first, isBlank(first) { text.removeFirst() }
        while let last = text.last, isBlank(last) { text.removeLast() }
        return String(text)
    }

    /// With `%XX` and `+` as in a query replaced; nil where that is no text.
    package var queryDecoded: String? {
        var bytes: [UInt8] = []
        var rest = utf8[...]
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "+"): bytes.append(UInt8(ascii: " "))
            case UInt8(ascii: "%"):
                guard rest.count >= 2, let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16) else { return nil }
                bytes.append(value)
                rest.removeFirst(2)
            default: bytes.append(byte)
            }
        }
        return String(validating: bytes, as: UTF8.self)
    }
}
