import Glibc
package import StarlingExperience
package import StarlingThreads
import Synchronization

/// When a record counts as stored.
package enum JournalSync: String, CaseIterable, Sendable {
    /// There is no journal: what a killed learner had acknowledged and not trained on is lost.
    case none
    /// The operating system has it: nothing is lost when the learner dies, something may be when the machine does.
    case os
    /// The disk has it.
    case disk
}

/// A run's journal: segments that only grow, written by a thread of its own, group by group. Whoever appends never
/// waits; what can't be written waits here and is tried again every second.
package final class Journal: Sendable {
    /// A line for the log.
    package enum Word: Sendable {
        case warning(String)
        case info(String)
    }

    struct Inbox {
        var entries: [JournalEntry] = []
        var isClosing = false
        /// What checkpoints cover: the newest needs no record up to here, the oldest no segment.
        var newestPosition: UInt64 = 0
        var oldestPosition: UInt64 = 0
    }

    /// What others want to know.
    package struct Status: Sendable {
        /// Bytes of all segments.
        package var byteCount = 0
        /// Why nothing can be stored now; nil while it can.
        package var fault: String?
        /// A checkpoint would help.
        package var wantsCheckpoint = false
    }

    private let inbox = Mutex(Inbox())
    private let bell = Mailbox<Bool>(capacity: 1)
    private let ended = Mailbox<Bool>(capacity: 1)
    private let shownStatus = Mutex(Status())
    private let uncovered: Mutex<UncoveredRecords>
    private let listener = Mutex<Listener?>(nil)

    /// A closure that went in and out of a generic mutex by itself would get a wrapping more each time.
    private struct Listener: Sendable {
        let stored: @Sendable (UInt64) -> Void
    }

    /// Whoever waits for an acknowledgement can wait so long for company: one write then stores many.
    private static let groupMicroseconds: UInt32 = 1000

    private let thread = Mutex<NamedThread?>(nil)
    private let settings: Settings

    package struct Settings: Sendable {
        package var sync: JournalSync
        /// Bytes of all segments together.
        package var byteBudget: Int
        /// Checkpoints that are kept: segments live until the oldest covers them.
        package var checkpointsKept: Int
        package var run: UInt64
        package var generation: UInt32
        /// Nothing counts as stored once another learner has begun.
        package var fence: RunFence?

        package init(
            sync: JournalSync, byteBudget: Int, checkpointsKept: Int, run: UInt64, generation: UInt32, fence: RunFence? = nil
        ) {
            self.sync = sync
            self.byteBudget = byteBudget
            self.checkpointsKept = checkpointsKept
            self.run = run
            self.generation = generation
            self.fence = fence
        }

        /// A segment is given back as a whole, so a budget holds several.
        var segmentByteCount: Int { min(64 << 20, max(64 << 10, byteBudget / 16)) }
        /// Bytes after which a checkpoint is due, so that the budget is never full: the segments of all intervals between
        /// those that are kept, and one more, fit.
        var checkpointByteCount: Int { byteBudget / (checkpointsKept + 2) }
    }

    private let files: JournalFiles
    private let tell: @Sendable (Word) -> Void

    /// - Parameters:
    ///   - lastIndices: last index of the segments that are there, as a `JournalTail` tells.
    ///   - tell: takes lines for the log, on the journal's thread.
    package init(
        _ files: JournalFiles, _ settings: Settings, lastIndices: [UInt64: UInt64] = [:],
        tell: @escaping @Sendable (Word) -> Void
    ) {
        precondition(settings.sync != .none, "a journal that stores nothing")
        self.files = files
        self.settings = settings
        self.tell = tell
        uncovered = Mutex(UncoveredRecords(runByteCount: settings.checkpointByteCount / 64))
        let writer = JournalWriter(files, settings, lastIndices)
        shownStatus.withLock { $0.byteCount = writer.byteCount }
        let box = WriterBox(writer)
        thread.withLock { $0 = NamedThread("journal") { [self] in serve(box.writer) } }
    }

    /// Has `stored` called with the index up to which everything is stored.
    package func start(stored: @escaping @Sendable (UInt64) -> Void) { listener.withLock { $0 = Listener(stored: stored) } }

    /// Takes entries, in the order of their indices, to be stored.
    package func append(_ entries: [JournalEntry]) {
        inbox.withLock { $0.entries.append(contentsOf: entries) }
        bell.offer(true)
    }

    /// A checkpoint was stored: records up to `newest` need not be written any more, and segments up to `oldest`, which
    /// the oldest checkpoint that is kept covers, are removed.
    package func checkpointed(newest: UInt64, oldest: UInt64) {
        inbox.withLock { inbox in
            inbox.newestPosition = max(inbox.newestPosition, newest)
            inbox.oldestPosition = max(inbox.oldestPosition, oldest)
        }
        uncovered.withLock { $0.covered(through: newest) }
        shownStatus.withLock { $0.wantsCheckpoint = isCheckpointDue(fault: nil) }
        bell.offer(true)
    }

    package var status: Status { shownStatus.withLock { $0 } }

    /// Stores what is left and ends the thread. What can't be stored by the deadline is told and given up.
    package func close(before deadline: Deadline) {
        inbox.withLock { $0.isClosing = true }
        bell.offer(true)
        guard ended.take(before: deadline) == true else {
            tell(.warning("the journal's disk stands still; what it has not taken is not stored"))
            return
        }
        thread.withLock { $0.take() }?.join()
    }

    /// `@unchecked Sendable`: handed to the journal's thread once.
    private struct WriterBox: @unchecked Sendable {
        let writer: JournalWriter
        init(_ writer: JournalWriter) { self.writer = writer }
    }

    private func serve(_ writer: JournalWriter) {
        var waiting: [JournalEntry] = []
        var isHeldUp = false
        while true {
            let bellDeadline = Deadline.after(seconds: 1)
            if waiting.isEmpty {
                if bell.take(before: bellDeadline) == true { usleep(Self.groupMicroseconds) }
            } else {
                // Something is in the way: a word of a checkpoint may clear it, time may.
                while !bellDeadline.isPast, !inbox.withLock({ $0.isClosing || $0.newestPosition > writer.newestPosition }) {
                    _ = bell.take(before: bellDeadline)
                }
            }
            let isClosing = inbox.withLock { inbox in
                waiting.append(contentsOf: inbox.entries)
                inbox.entries.removeAll(keepingCapacity: true)
                writer.newestPosition = inbox.newestPosition
                writer.oldestPosition = inbox.oldestPosition
                return inbox.isClosing
            }
            writer.release()
            let fault = store(&waiting, writer)
            if let fault, !isHeldUp {
                tell(.warning("the journal stores nothing now: \(fault); \(waiting.count) entries wait, and acknowledgements with them"))
            } else if fault == nil, isHeldUp {
                tell(.info("the journal stores again"))
            }
            isHeldUp = fault != nil
            show(writer, fault)
            if isClosing, waiting.isEmpty || fault != nil {
                writer.end()
                if !waiting.isEmpty { tell(.warning("\(waiting.count) entries were not stored in the journal")) }
                ended.offer(true)
                return
            }
        }
    }

    /// Writes as much as can be written.
    /// - Returns: what is in the way.
    private func store(_ waiting: inout [JournalEntry], _ writer: JournalWriter) -> String? {
        guard !waiting.isEmpty else { return nil }
        let listener = listener.withLock { $0 }
        var done = 0
        defer { if done > 0 { waiting.removeFirst(done) } }
        var fault: String?
        while done < waiting.count, fault == nil {
            let last: UInt64?
            do throws(JournalFault) {
                let count = try writer.write(waiting[done...])
                done += count
                last = waiting[done - 1].index
            } catch {
                fault = error.message
                // A checkpoint covers these: they are as good as stored.
                let start = done
                while done < waiting.count, waiting[done].index <= writer.newestPosition { done += 1 }
                last = done > start ? waiting[done - 1].index : nil
                if done == waiting.count { fault = nil }
            }
            if let last { listener?.stored(last) }
        }
        return fault
    }

    private func show(_ writer: JournalWriter, _ fault: String?) {
        uncovered.withLock {
            $0.wrote(writer.takeWritten(), through: writer.lastIndex)
            $0.lost(through: writer.lostThrough)
        }
        shownStatus.withLock { status in
            status.byteCount = writer.byteCount
            status.fault = fault
            status.wantsCheckpoint = isCheckpointDue(fault: fault)
        }
    }

    /// Whether a checkpoint would help: the journal grows large, holds nothing more, or has lost what it held.
    private func isCheckpointDue(fault: String?) -> Bool {
        fault != nil || uncovered.withLock { $0.areLost || $0.byteCount > settings.checkpointByteCount }
    }
}
