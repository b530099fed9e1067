import CZeroMQ

/// One received frame. It is used again and again: receiving into it lets go of what it held.
package struct ZeroMQMessage: ~Copyable {
    let raw: UnsafeMutablePointer<zmq_msg_t>

    package init() {
        raw = .allocate(capacity: 1)
        zmq_msg_init(raw)
    }

    deinit {
        zmq_msg_close(raw)
        raw.deallocate()
    }

    package var count: Int { zmq_msg_size(raw) }
    /// Further frames of the same message follow.
    package var hasMore: Bool { zmq_msg_more(raw) != 0 }

    /// What the `AccessPort` called the sender. A ROUTER's first frame has lost it (libzmq 4.3.4): ask a later one.
    package var user: String? { zmq_msg_gets(raw, "User-Id").map { String(cString: $0) } }
    /// The file descriptor of the connection it came over, which may be closed by now. Not of a ROUTER's first frame.
    package var descriptor: Int32? {
        let number = zmq_msg_get(raw, ZMQ_SRCFD)
        return number >= 0 ? number : nil
    }

    /// The frame's bytes, which have no particular alignment, until something else is received into it.
    package var bytes: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: zmq_msg_data(raw), count: zmq_msg_size(raw))
    }

    /// Lends the frame's bytes.
    package func withBytes<Result, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try body(bytes)
    }
}
