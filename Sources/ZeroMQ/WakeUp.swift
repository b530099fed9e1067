import CZeroMQ
import Glibc

/// Wakes a thread that waits in `ZeroMQPoll`, from any other thread: an eventfd.
package final class WakeUp: Sendable {
    let descriptor: Int32

    /// - Throws: when no file descriptor is left.
    package init() throws(ZeroMQError) {
        descriptor = eventfd(0, Int32(EFD_NONBLOCK) | Int32(EFD_CLOEXEC))
        guard descriptor >= 0 else { throw ZeroMQError(code: errno, call: "make an eventfd") }
    }

    deinit { close(descriptor) }

    package func signal() {
        var one: UInt64 = 1
        _ = write(descriptor, &one, 8)
    }

    /// Takes all signals so far.
    package func clear() {
        var count: UInt64 = 0
        _ = read(descriptor, &count, 8)
    }
}

/// Waits for whatever comes first.
package enum ZeroMQPoll {
    /// Returns when `wakeUp` is signalled or already was, or after `milliseconds`.
    package static func wait(_ wakeUp: WakeUp, milliseconds: Int) {
        var items = [item(wakeUp)]
        zmq_poll(&items, 1, milliseconds)
    }

    /// Returns when there is something to receive, when `wakeUp` is signalled, or after `milliseconds`.
    package static func wait(_ socket: borrowing ZeroMQSocket, _ wakeUp: WakeUp, milliseconds: Int) {
        var items = [item(socket), item(wakeUp)]
        zmq_poll(&items, 2, milliseconds)
    }

    /// Returns when there is something to receive from one of the sockets, when `wakeUp` is signalled, or after
    /// `milliseconds`. Signals of the system (EINTR) may end it early.
    package static func wait(
        _ first: borrowing ZeroMQSocket, _ second: borrowing ZeroMQSocket, _ wakeUp: WakeUp, milliseconds: Int
    ) {
        withUnsafeTemporaryAllocation(of: zmq_pollitem_t.self, capacity: 3) { items in
            items.initializeElement(at: 0, to: item(first))
            items.initializeElement(at: 1, to: item(second))
            items.initializeElement(at: 2, to: item(wakeUp))
            zmq_poll(items.baseAddress, 3, milliseconds)
        }
    }

    private static func item(_ socket: borrowing ZeroMQSocket) -> zmq_pollitem_t {
        zmq_pollitem_t(socket: socket.raw, fd: 0, events: Int16(ZMQ_POLLIN), revents: 0)
    }

    private static func item(_ wakeUp: WakeUp) -> zmq_pollitem_t {
        zmq_pollitem_t(socket: nil, fd: wakeUp.descriptor, events: Int16(ZMQ_POLLIN), revents: 0)
    }
}
