import Glibc

/// `tcp://host:port`, as a user may write it.
struct Address: Hashable {
    /// As libzmq wants it.
    var text: String
    var host: String
    /// A number, or `*` for one that the system chooses.
    var port: String

    /// - Throws: `badAddress` with an example of a good one.
    init(_ text: String) throws(TransportError) {
        let bare = text.hasPrefix("tcp://") ? String(text.dropFirst(6)) : text
        guard !bare.contains("://"), let colon = bare.lastIndex(of: ":") else { throw Self.fault(text) }
        host = String(bare[..<colon])
        port = String(bare[bare.index(after: colon)...])
        let isPort = port == "*" || (UInt16(port) ?? 0) > 0
        guard !host.isEmpty, isPort, !host.contains("/") else { throw Self.fault(text) }
        self.text = "tcp://\(host):\(port)"
    }

    private static func fault(_ text: String) -> TransportError {
        TransportError(
            .badAddress, "\"\(text)\" is no address; one looks like tcp://127.0.0.1:5555 (a host, a colon, a port)")
    }

    /// Only programs of this machine reach it.
    var isLoopback: Bool {
        var number = in_addr()
        if inet_pton(AF_INET, host, &number) == 1 { return UInt32(bigEndian: number.s_addr) >> 24 == 127 }
        return host == "localhost" || host == "[::1]"
    }
    var isIPv6: Bool { host.hasPrefix("[") }
    /// What to bind: libzmq takes no names of hosts there.
    var toBind: String { host == "localhost" ? "tcp://127.0.0.1:\(port)" : text }
}
