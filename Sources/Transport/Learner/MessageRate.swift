package import StarlingThreads

/// Tells whether messages come so fast that it pays to let some gather. Taken as they come, each few of them would cost
/// this thread a sleep, libzmq's a call that wakes it, and the trainer's another: more than what is done with them.
package struct MessageRate {
    /// Messages in a millisecond from which on it pays. Unrolls that go back and forth one at a time never come so fast.
    static let heavyCount = 32.0
    /// Microseconds in which they gather then: a fraction of what an acknowledgement may wait for company.
    static let gatheringMicroseconds: UInt32 = 200

    private var count = 0
    private var start: Deadline
    package private(set) var isHeavy = false

    package init(at now: Deadline) { start = now }

    /// So many messages were taken since the last call.
    package mutating func note(_ taken: Int, at now: Deadline) {
        count += taken
        let milliseconds = 1000 * now.seconds(since: start)
        guard milliseconds >= 1 else { return }
        isHeavy = Double(count) >= Self.heavyCount * milliseconds
        (count, start) = (0, now)
    }
}
