import Glibc

/// Where to listen, as a user may write it: `127.0.0.1:5580`, `[::1]:5580`, `0.0.0.0:5580`, `localhost:5580`, `:5580` or `5580` for this
/// machine's loopback. Port 0 is one that the system chooses.
package struct HTTPAddress: Hashable, Sendable {
    package let host: String
    package let port: UInt16

    package init(host: String = "127.0.0.1", port: UInt16) { (self.host, self.port) = (host, port) }

    /// - Returns: nil where the text is no address.
    package init?(_ text: String) {
        let bare = text.hasPrefix("http://") ? text.dropFirst(7) : text[...]
        let place = bare.hasSuffix("/") ? bare.dropLast() : bare
        let colon = place.lastIndex(of: ":")
        guard let port = UInt16(colon.map { place[place.index(after: $0)...] } ?? place) else { return nil }
        var host = String(colon.map { place[..<$0] } ?? "")
        if host.hasPrefix("["), host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) } else if host.contains(":") { return nil }
        switch host {
        case "": host = "127.0.0.1"
        case "*": host = "0.0.0.0"
        default: break
        }
        guard host.utf8.allSatisfy({ $0 > 32 && $0 < 127 && $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: "@") }) else { return nil }
        self.init(host: host, port: port)
    }

    /// Only programs of this machine reach it.
    package var isLoopback: Bool { Self.isLoopback(host) }

    /// Whether a name or number stands for this machine as it sees itself.
    package static func isLoopback(_ host: String) -> Bool {
        var number = in_addr()
        if inet_pton(AF_INET, host, &number) == 1 { return UInt32(bigEndian: number.s_addr) >> 24 == 127 }
        return host == "localhost" || host == "::1"
    }

    /// `127.0.0.1:5580`
    package var text: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}

/// Why nobody can be listened to.
package struct HTTPError: Error, CustomStringConvertible {
    /// The port has another owner.
    package let isPortTaken: Bool
    package let description: String

    init(_ address: HTTPAddress, code: Int32) {
        isPortTaken = code == EADDRINUSE
        description = "can't listen at \(address.text): \(String(cString: strerror(code)))"
    }

    init(_ address: HTTPAddress, unresolved code: Int32) {
        isPortTaken = false
        description = "can't listen at \(address.text): \(String(cString: gai_strerror(code)))"
    }
}

/// A socket that takes connections.
final class HTTPListener: Sendable {
    let descriptor: Int32
    let port: UInt16

    init(_ address: HTTPAddress) throws(HTTPError) {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV
        var found: UnsafeMutablePointer<addrinfo>?
        let code = getaddrinfo(address.host, "\(address.port)", &hints, &found)
        guard code == 0, let entry = found else { throw HTTPError(address, unresolved: code) }
        defer { freeaddrinfo(found) }
        let type = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
        let descriptor = socket(entry.pointee.ai_family, type, 0)
        guard descriptor >= 0 else { throw HTTPError(address, code: errno) }
        var one: Int32 = 1
        // The port of a learner that was just killed is free again.
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &one, 4)
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let bound = withUnsafeMutableBytes(of: &storage) { bytes in
            let name = bytes.baseAddress!.assumingMemoryBound(to: sockaddr.self)
            return bind(descriptor, entry.pointee.ai_addr, entry.pointee.ai_addrlen) == 0 && listen(descriptor, 64) == 0
                && getsockname(descriptor, name, &length) == 0
        }
        guard bound else {
            let code = errno
            close(descriptor)
            throw HTTPError(address, code: code)
        }
        // Both families have it in the same place.
        self.descriptor = descriptor
        port = withUnsafeBytes(of: &storage) { UInt16(bigEndian: $0.loadUnaligned(fromByteOffset: 2, as: UInt16.self)) }
    }

    /// A connection that waits; nil where there is none.
    func accept() -> Int32? {
        let connection = Glibc.accept(descriptor, nil, nil)
        guard connection >= 0 else { return nil }
        _ = fcntl(connection, F_SETFD, FD_CLOEXEC)
        _ = fcntl(connection, F_SETFL, O_NONBLOCK)
        return connection
    }

    deinit { close(descriptor) }
}
