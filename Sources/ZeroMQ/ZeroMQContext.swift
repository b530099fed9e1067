import CZeroMQ
import Glibc

/// libzmq's I/O thread and what belongs to it. One is enough for a process.
///
/// `@unchecked Sendable`: libzmq's contexts may be used by all threads.
package final class ZeroMQContext: @unchecked Sendable {
    let raw: UnsafeMutableRawPointer

    /// - Throws: when the system has no thread or file descriptor left for it.
    package init() throws(ZeroMQError) {
        guard let raw = zmq_ctx_new() else { throw .last("make a ZeroMQ context") }
        self.raw = raw
        zmq_ctx_set(raw, ZMQ_MAX_SOCKETS, 4096)
    }

    /// Ends all that its sockets do: every call to one fails from now on.
    package func shutDown() { zmq_ctx_shutdown(raw) }

    /// Waits until the sockets' lingering messages are out; every socket keeps this alive until it is closed.
    deinit { while zmq_ctx_term(raw) != 0, zmq_errno() == EINTR {} }
}

/// The number of files this process may have open.
package enum FileLimit {
    /// Raises it to what the system allows. At the limit, libzmq's listener would spin and let nobody in.
    /// - Returns: the limit now.
    @discardableResult
    package static func raise() -> UInt64 {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return 0 }
        if limit.rlim_cur < limit.rlim_max {
            limit.rlim_cur = limit.rlim_max
            setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        }
        return UInt64(limit.rlim_cur)
    }
}
