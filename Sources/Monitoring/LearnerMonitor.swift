package import StarlingLearning
package import StarlingThreads

/// Something that is told how the learner gets on. It is called on one thread, in order, and may take its time:
/// the learner doesn't wait for it.
package protocol LearnerMonitor: Sendable {
    func record(_ report: LearnerReport)
    /// No report follows.
    func finish()
}

/// Hands reports from the learner's thread to the monitors on a thread of their own.
package final class Monitors: Sendable {
    private enum Message: Sendable {
        case report(LearnerReport)
        case end
    }

    private let mailbox = Mailbox<Message>(capacity: 256)
    private let finished = Mailbox<Bool>(capacity: 1)
    private let thread: NamedThread

    package init(_ monitors: [any LearnerMonitor]) {
        thread = NamedThread("monitors") { [mailbox, finished] in
            waiting: while true {
                switch mailbox.take(before: .after(seconds: 60)) {
                case .report(let report): for monitor in monitors { monitor.record(report) }
                case .end: break waiting
                case nil: continue
                }
            }
            for monitor in monitors { monitor.finish() }
            finished.offer(true)
        }
    }

    /// Passes a report on without waiting.
    /// - Returns: false when the monitors are so far behind that it was dropped.
    @discardableResult
    package func send(_ report: LearnerReport) -> Bool { mailbox.offer(.report(report)) }

    /// Lets the monitors work off what was sent and ends them. Call it once, at the end. A terminal or disk that stands
    /// still is left behind after the deadline.
    /// - Returns: whether everything was written.
    @discardableResult
    package func finish(before deadline: Deadline) -> Bool {
        guard mailbox.put(.end, before: deadline), finished.take(before: deadline) == true else { return false }
        thread.join()
        return true
    }
}
