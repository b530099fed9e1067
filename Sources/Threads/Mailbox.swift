/// A bounded queue between two threads. Every wait has a deadline.
///
/// `@unchecked Sendable`: all state is behind the lock.
public final class Mailbox<Message: Sendable>: @unchecked Sendable {
    private let condition = Condition()
    private var messages: [Message?]
    private var head = 0
    private var filled = 0
    private var isClosed = false

    /// - Parameter capacity: messages that it has room for.
    public init(capacity: Int) {
        precondition(capacity > 0, "a mailbox needs room for at least one message")
        messages = Array(repeating: nil, count: capacity)
    }

    /// Messages waiting.
    public var count: Int { locked { filled } }

    /// Puts a message in if there is room and the mailbox is open.
    /// - Returns: false when it was full or closed.
    @discardableResult
    public func offer(_ message: Message) -> Bool {
        locked {
            guard !isClosed, filled < messages.count else { return false }
            messages[(head + filled) % messages.count] = message
            filled += 1
            condition.notify()
            return true
        }
    }

    /// Puts a message in, waiting for room.
    /// - Returns: false when the deadline passed first or the mailbox was closed.
    @discardableResult
    public func put(_ message: Message, before deadline: Deadline) -> Bool {
        locked {
            while !isClosed, filled == messages.count { guard condition.wait(until: deadline) else { return false } }
            guard !isClosed else { return false }
            messages[(head + filled) % messages.count] = message
            filled += 1
            condition.notify()
            return true
        }
    }

    /// The oldest message, or nil when none came before the deadline or the mailbox is closed and empty.
    public func take(before deadline: Deadline) -> Message? {
        locked {
            while filled == 0 { guard !isClosed, condition.wait(until: deadline) else { return nil } }
            return removeFirst()
        }
    }

    /// The oldest message, if there is one now.
    public func poll() -> Message? { locked { filled == 0 ? nil : removeFirst() } }

    /// Lets nothing more in and wakes everybody who waits. What is inside can still be taken.
    public func close() {
        locked {
            isClosed = true
            condition.notify()
        }
    }

    private func removeFirst() -> Message {
        let message = messages[head]!
        messages[head] = nil
        head = (head + 1) % messages.count
        filled -= 1
        condition.notify()
        return message
    }

    private func locked<Result>(_ body: () -> Result) -> Result {
        condition.lock()
        defer { condition.unlock() }
        return body()
    }
}
