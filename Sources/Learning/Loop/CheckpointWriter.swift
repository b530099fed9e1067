import StarlingExperience
import StarlingThreads

/// Stores captures on a thread of its own, one after the other: the training doesn't wait for a disk.
///
/// One capture may be under way, and one more wait behind it. Every one comes back with a word of what became of it, so
/// that its memory is given up by the thread that took it.
final class CheckpointWriter {
    /// What the loop's user does to store a capture.
    typealias Store = @Sendable (TrainingCapture, CheckpointRole) throws -> Void

    /// A capture on its way.
    struct Order: Sendable {
        let capture: TrainingCapture
        let role: CheckpointRole
        let handedOver: Deadline
    }

    /// What became of it.
    struct Word: Sendable {
        let order: Order
        /// Why it was not stored.
        let fault: String?
        /// That the disk took.
        let seconds: Double
    }

    private enum Message: Sendable {
        case store(Order)
        case end
    }

    private let store: Store
    private let orders = Mailbox<Message>(capacity: 3)
    private let words = Mailbox<Word>(capacity: 2)
    private var thread: NamedThread?
    /// Under way, oldest first.
    private(set) var waiting: [Order] = []

    init(_ store: @escaping Store) { self.store = store }

    deinit { end() }

    var isBusy: Bool { !waiting.isEmpty }

    /// Hands a capture over and returns at once.
    /// - Precondition: at most one other is under way.
    func begin(_ capture: TrainingCapture, as role: CheckpointRole) {
        precondition(waiting.count < 2, "a third checkpoint at a time")
        let order = Order(capture: capture, role: role, handedOver: .now)
        waiting.append(order)
        thread =
            thread
            ?? NamedThread("checkpoints") { [orders, words, store] in
                Self.serve(orders, words, store)
            }
        orders.offer(.store(order))
    }

    /// What became of the oldest one; nil when that isn't known yet.
    func poll() -> Word? { noted(words.poll()) }

    /// The same, waiting for it until the deadline.
    func take(before deadline: Deadline) -> Word? { noted(words.take(before: deadline)) }

    private func noted(_ word: Word?) -> Word? {
        if word != nil { waiting.removeFirst() }
        return word
    }

    /// Ends the thread. One that still writes is left to the end of the process.
    func end() {
        guard let thread else { return }
        self.thread = nil
        orders.offer(.end)
        if !isBusy { thread.join() }
    }

    private static func serve(_ orders: Mailbox<Message>, _ words: Mailbox<Word>, _ store: Store) {
        while true {
            guard let message = orders.take(before: .after(seconds: 60)) else { continue }
            guard case .store(let order) = message else { return }
            let start = Deadline.now
            var fault: String?
            do {
                try store(order.capture, order.role)
            } catch { fault = "\(error)" }
            words.offer(Word(order: order, fault: fault, seconds: Deadline.now.seconds(since: start)))
        }
    }
}

/// What a checkpoint is of a run.
package enum CheckpointRole: Hashable, Sendable {
    /// A state to go on from.
    case usual
    /// The best of those that were evaluated on the way.
    case best
    /// What the run ends with.
    case final
}
