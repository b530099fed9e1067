import CZeroMQ
import Glibc

/// Waits for news of many sockets of one thread: epoll over their descriptors, because `zmq_poll` asks every socket at every call.
///
/// The descriptor of a socket tells of news once. Whoever is told goes on until the socket's `readiness` is what is known of it,
/// and does so after sending too: sending may take the news in.
package struct ReadySockets: ~Copyable {
    private let descriptor: Int32
    private let events: UnsafeMutableBufferPointer<epoll_event>

    /// - Throws: when no file descriptor is left.
    package init() throws(ZeroMQError) {
        descriptor = epoll_create1(Int32(EPOLL_CLOEXEC))
        guard descriptor >= 0 else { throw ZeroMQError(code: errno, call: "make an epoll instance") }
        events = .allocate(capacity: 256)
    }

    deinit {
        events.deallocate()
        close(descriptor)
    }

    /// Tells of a socket by a number.
    package func add(_ socket: borrowing ZeroMQSocket, as number: Int) throws(ZeroMQError) { try add(socket.descriptor, as: number) }

    /// Tells of a file, of which there is something to read or whose other end is closed.
    package func add(_ file: Int32, as number: Int) throws(ZeroMQError) {
        var event = epoll_event(events: UInt32(EPOLLIN.rawValue), data: epoll_data_t(u64: UInt64(number)))
        guard epoll_ctl(descriptor, EPOLL_CTL_ADD, file, &event) == 0 else { throw ZeroMQError(code: errno, call: "watch a descriptor") }
    }

    /// Before the socket ends.
    package func remove(_ socket: borrowing ZeroMQSocket) {
        var event = epoll_event()
        epoll_ctl(descriptor, EPOLL_CTL_DEL, socket.descriptor, &event)
    }

    /// Calls `body` with the numbers of up to 256 that have news, at the latest after `milliseconds`.
    package func wait(milliseconds: Int, _ body: (Int) -> Void) {
        let count = epoll_wait(descriptor, events.baseAddress, Int32(events.count), Int32(clamping: milliseconds))
        for event in events.prefix(Int(max(0, count))) { body(Int(event.data.u64)) }
    }
}

extension ZeroMQSocket {
    /// What can be done with a socket without waiting.
    package struct Readiness: Hashable, Sendable {
        package var receives: Bool
        /// Without `queuesForConnection` and with a high water mark of 0: it has a peer.
        package var sends: Bool
    }

    package var readiness: Readiness {
        let events: Int32 = option(ZMQ_EVENTS)
        return Readiness(receives: events & ZMQ_POLLIN != 0, sends: events & ZMQ_POLLOUT != 0)
    }

    /// The file that tells of news.
    var descriptor: Int32 { option(ZMQ_FD) }

    private func option(_ name: Int32) -> Int32 {
        var value: Int32 = 0
        var size = MemoryLayout<Int32>.size
        // Of these options only a socket that is closed, or a context that ends, makes it fail.
        guard zmq_getsockopt(raw, name, &value, &size) == 0 else { return 0 }
        return value
    }
}
