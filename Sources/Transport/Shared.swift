import StarlingThreads

/// A value that two threads use in turn, and on whose changes one of them can wait.
///
/// `@unchecked Sendable`: the value is only reached with the lock held.
final class Shared<Value>: @unchecked Sendable {
    private let condition = Condition()
    private var value: Value

    init(_ value: Value) { self.value = value }

    func withLock<Result>(_ body: (inout Value) -> Result) -> Result {
        condition.lock()
        defer { condition.unlock() }
        return body(&value)
    }

    /// Asks `body` now and after every `notify` until it has a result; nil when the deadline comes first.
    func wait<Result>(until deadline: Deadline, _ body: (inout Value) -> Result?) -> Result? {
        condition.lock()
        defer { condition.unlock() }
        while true {
            if let result = body(&value) { return result }
            guard condition.wait(until: deadline) else { return body(&value) }
        }
    }

    /// Wakes whoever waits.
    func notify() { condition.notify() }
}
