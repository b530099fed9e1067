import Glibc

/// A bounded queue between two threads. Every wait has a deadline.
///
/// `@unchecked Sendable`: all state is behind the mutex.
public final class Mailbox<Message: Sendable>: @unchecked Sendable {
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private let changed: UnsafeMutablePointer<pthread_cond_t>
    private var messages: [Message?]
    private var head = 0
    private var filled = 0
    private var isClosed = false

    public init(capacity: Int) {
        precondition(capacity > 0, "a mailbox needs room for at least one message")
        messages = Array(repeating: nil, count: capacity)
        mutex = .allocate(capacity: 1)
        changed = .allocate(capacity: 1)
        pthread_mutex_init(mutex, nil)
        var attributes = pthread_condattr_t()
        pthread_condattr_init(&attributes)
        pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        pthread_cond_init(changed, &attributes)
        pthread_condattr_destroy(&attributes)
    }

    deinit {
        pthread_cond_destroy(changed)
        pthread_mutex_destroy(mutex)
        changed.deallocate()
        mutex.deallocate()
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
            pthread_cond_broadcast(changed)
            return true
        }
    }

    /// Puts a message in, waiting for room.
    /// - Returns: false when the deadline passed first or the mailbox was closed.
    @discardableResult
    public func put(_ message: Message, before deadline: Deadline) -> Bool {
        locked {
            while !isClosed, filled == messages.count { guard wait(until: deadline) else { return false } }
            guard !isClosed else { return false }
            messages[(head + filled) % messages.count] = message
            filled += 1
            pthread_cond_broadcast(changed)
            return true
        }
    }

    /// The oldest message, or nil when none came before the deadline or the mailbox is closed and empty.
    public func take(before deadline: Deadline) -> Message? {
        locked {
            while filled == 0 { guard !isClosed, wait(until: deadline) else { return nil } }
            return removeFirst()
        }
    }

    /// The oldest message, if there is one now.
    public func poll() -> Message? { locked { filled == 0 ? nil : removeFirst() } }

    /// Lets nothing more in and wakes everybody who waits. What is inside can still be taken.
    public func close() {
        locked {
            isClosed = true
            pthread_cond_broadcast(changed)
        }
    }

    private func removeFirst() -> Message {
        let message = messages[head]!
        messages[head] = nil
        head = (head + 1) % messages.count
        filled -= 1
        pthread_cond_broadcast(changed)
        return message
    }

    /// False when the deadline has passed.
    private func wait(until deadline: Deadline) -> Bool {
        var time = timespec(
            tv_sec: Int(deadline.nanoseconds / 1_000_000_000), tv_nsec: Int(deadline.nanoseconds % 1_000_000_000))
        return pthread_cond_timedwait(changed, mutex, &time) != ETIMEDOUT
    }

    private func locked<Result>(_ body: () -> Result) -> Result {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return body()
    }
}
