import CZeroMQ
import Glibc

/// A TCP connection by its descriptor, which libzmq owns.
package enum TCPConnection {
    /// Bytes that libzmq has read from it, whether it has made messages of them or not; 0 when it can't be asked.
    package static func readByteCount(_ descriptor: Int32) -> UInt64 { starling_tcp_bytes_read(descriptor) }

    /// Ends it: libzmq, which can't be asked to, sees that it is gone and forgets what it had of it.
    package static func cut(_ descriptor: Int32) { shutdown(descriptor, Int32(SHUT_RDWR)) }
}
