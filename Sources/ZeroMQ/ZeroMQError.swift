import CZeroMQ
import Glibc

/// A failed call of libzmq.
package struct ZeroMQError: Error, Hashable, CustomStringConvertible {
    /// `errno` of the call.
    package var code: Int32
    /// What was tried, on what.
    package var call: String

    package init(code: Int32, call: String) {
        self.code = code
        self.call = call
    }

    /// The error that libzmq left behind on this thread.
    static func last(_ call: String) -> ZeroMQError { ZeroMQError(code: zmq_errno(), call: call) }

    package var isAddressInUse: Bool { code == EADDRINUSE }
    package var description: String { "\(call): \(String(cString: zmq_strerror(code)))" }
}
