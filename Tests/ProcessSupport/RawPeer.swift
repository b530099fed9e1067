import Glibc

/// A client that speaks ZMTP 3.0 by hand, so that it can say what libzmq never would.
package final class RawPeer {
    package let descriptor: Int32

    /// Connects and shakes hands as a DEALER.
    /// - Parameter routingIdentity: the one it gives itself; empty: none.
    package init(port: UInt16, routingIdentity: [UInt8] = []) throws {
        guard let descriptor = connectToLoopback(port) else { throw Missing("no connection") }
        self.descriptor = descriptor
        var patience = timeval(tv_sec: 2, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        // Greeting: signature, version 3.0, mechanism NULL, no server, filler.
        var greeting: [UInt8] = [0xFF] + Array(repeating: 0, count: 8) + [0x7F, 3, 0] + Array("NULL".utf8)
        greeting += Array(repeating: 0, count: 64 - greeting.count)
        var ready: [UInt8] = [5] + Array("READY".utf8)
        for (name, value) in [("Socket-Type", Array("DEALER".utf8)), ("Identity", routingIdentity)] {
            ready += [UInt8(name.utf8.count)] + Array(name.utf8) + [0, 0, 0, UInt8(value.count)] + value
        }
        guard write(greeting), write([0x04, UInt8(ready.count)] + ready) else { throw Missing("no handshake") }
        // What comes before the other end's READY is out, is for it a word too many.
        let answer = try read(64 + 2)
        _ = try read(Int(answer[65]))
    }

    private func read(_ count: Int) throws -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        guard recv(descriptor, &bytes, count, Int32(MSG_WAITALL)) == count else { throw Missing("no handshake") }
        return bytes
    }

    deinit { close(descriptor) }

    /// - Returns: false when the connection is gone.
    package func sendFrame(_ bytes: [UInt8], more: Bool) -> Bool {
        var header: [UInt8] = [2 | (more ? 1 : 0)]
        for shift in stride(from: UInt64(56), through: 0, by: -8) {
            header.append(UInt8(truncatingIfNeeded: UInt64(bytes.count) >> shift))
        }
        return write(header + bytes)
    }

    /// Whether the other end is gone by now.
    package var isCut: Bool {
        var buffer = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = recv(descriptor, &buffer, buffer.count, Int32(MSG_DONTWAIT))
            if count <= 0 { return count == 0 || errno != EAGAIN }
        }
    }

    /// What the other end says until it is gone, or says nothing for 2 s.
    package func readToEnd() -> [UInt8] {
        var all: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = recv(descriptor, &buffer, buffer.count, 0)
            guard count > 0 else { return all }
            all += buffer[..<count]
        }
    }

    private func write(_ bytes: [UInt8]) -> Bool {
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes { send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            guard count > 0 else { return false }
            sent += count
        }
        return true
    }
}
