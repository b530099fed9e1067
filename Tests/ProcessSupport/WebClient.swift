import Glibc

/// A client of HTTP that sends what it is told, byte by byte, and reads what comes.
package final class WebClient {
    package let descriptor: Int32

    /// Connects to this machine.
    package init(port: UInt16) throws {
        guard let descriptor = connectToLoopback(port) else { throw Missing("no connection to port \(port)") }
        self.descriptor = descriptor
        var patience = timeval(tv_sec: 20, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
    }

    deinit { close(descriptor) }

    /// - Returns: false when the other end doesn't take it.
    @discardableResult
    package func send(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        return bytes.withUnsafeBytes { Glibc.send(descriptor, $0.baseAddress, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count }
    }

    /// Some bytes more; nil at the end, or when nothing comes for 20 s.
    package func receiveSome(atMost size: Int = 65_536) -> String? {
        var bytes = [UInt8](repeating: 0, count: size)
        let count = recv(descriptor, &bytes, size, 0)
        return count > 0 ? String(decoding: bytes[..<count], as: UTF8.self) : nil
    }

    /// All until the other end closes, or until a text has come.
    package func receive(until text: String? = nil) -> String {
        var all = ""
        while let more = receiveSome() {
            all += more
            if let text, all.contains(text) { break }
        }
        return all
    }

    /// What is answered to a GET, head and body; nil when nobody answers.
    package static func get(_ path: String, port: UInt16, headers: [String] = []) -> String? {
        guard let client = try? WebClient(port: port) else { return nil }
        let lines = ["GET \(path) HTTP/1.1", "Host: localhost", "Connection: close"] + headers
        client.send(lines.joined(separator: "\r\n") + "\r\n\r\n")
        let answer = client.receive()
        return answer.isEmpty ? nil : answer
    }
}
