import Foundation
import Glibc
import Logging
import StarlingLaunchActor
import StarlingThreads
import Synchronization

/// The actor processes of one `starling train`. One that ends by itself is started again, later each time; when they
/// keep ending, that is a failure.
final class ActorProcesses: Sendable {
    private let executable: ActorExecutable
    private let learner: String
    private let key: String?
    private let arguments: [String]
    private let logger: Logger
    private let log: LogOptions
    /// Takes the lines that actors write.
    private let say: @Sendable (String) -> Void
    /// Set when all are to end; the moment after which force is used.
    private let deadline = Mutex<Deadline?>(nil)
    private let watcher = Mutex<NamedThread?>(nil)
    private let fault = Mutex<String?>(nil)

    /// Why there is no use in going on; nil while there is.
    var failure: String? { fault.withLock { $0 } }

    /// Ends in a row, each soon after its start, after which an actor's program is taken to be broken.
    private static let patience = 3

    /// - Parameters:
    ///   - key: the key file of all of them; nil where the learner has no keys.
    ///   - arguments: further ones.
    init(
        _ executable: ActorExecutable, learner: String, key: String? = nil, count: Int, arguments: [String] = [], logger: Logger,
        log: LogOptions,
        say: @escaping @Sendable (String) -> Void
    ) throws {
        self.executable = executable
        self.learner = learner
        self.key = key
        self.arguments = arguments
        self.logger = logger
        self.log = log
        self.say = say
        let slots = try (0..<count).map {
            Slot(
                number: $0,
                process: try ActorProcess(executable, learner: learner, key: key, number: $0, further: arguments, log: log))
        }
        let thread = NamedThread("children") { [self] in watch(slots) }
        watcher.withLock { $0 = thread }
    }

    /// Waits for all actors to end as the learner told them to; ends by force what is left at the deadline.
    func end(before deadline: Deadline) {
        self.deadline.withLock { $0 = deadline }
        watcher.withLock { $0.take() }?.join()
    }

    /// The place of one actor, which outlives its process.
    private struct Slot {
        let number: Int
        var process: ActorProcess?
        var started = Deadline.now
        /// How the last process ended, while the next waits for its time.
        var ending: String?
        var restart: Deadline?
        /// Ends in a row, each soon after its start.
        var quickEnds = 0
    }

    private func watch(_ started: [Slot]) {
        var slots = started
        while true {
            let deadline = deadline.withLock { $0 }
            for index in slots.indices { attend(&slots[index], isEnding: deadline != nil) }
            if let deadline {
                if slots.allSatisfy({ $0.process == nil }) { return }
                if deadline.isPast { kill(&slots) }
            }
            usleep(5_000)
        }
    }

    private func attend(_ slot: inout Slot, isEnding: Bool) {
        if let ending = slot.process?.attend(say) {
            let words = slot.process?.lastWords ?? ""
            slot.ending = "actor-\(slot.number) (process \(slot.process?.identifier ?? 0)) ended \(ending)"
            slot.process = nil
            slot.quickEnds = Deadline.now.seconds(since: slot.started) < 1 ? slot.quickEnds + 1 : 1
            if ending.isLasting {
                fault.withLock { $0 = "\(slot.ending!); its last words: \(words)" }
            } else if slot.quickEnds > Self.patience {
                let cause = words.isEmpty ? "is \(executable.path) broken?" : "its last words: \(words)"
                fault.withLock { $0 = "\(slot.ending!), the last of \(slot.quickEnds) times in a row; \(cause)" }
            } else {
                // The learner's goodbye ends actors too, and then there is nothing to start: hence the pause.
                slot.restart = .after(seconds: 0.5 * Double(1 << (slot.quickEnds - 1)))
            }
        } else if let restart = slot.restart, restart.isPast, !isEnding {
            slot.restart = nil
            slot.started = .now
            logger.warning("\(slot.ending ?? "actor-\(slot.number) did not start"); starting it again")
            do {
                slot.process = try ActorProcess(
                    executable, learner: learner, key: key, number: slot.number, further: arguments, log: log)
            } catch {
                logger.error("\(error)")
                slot.restart = .after(seconds: 5)
            }
        }
    }

    private func kill(_ slots: inout [Slot]) {
        for index in slots.indices {
            guard let process = slots[index].process else { continue }
            logger.info(
                "actor-\(slots[index].number) (process \(process.identifier)) is still in a step of its environment: it is ended by force, and nothing that is stored is lost"
            )
            slots[index].process?.kill(say)
            slots[index].process = nil
        }
    }
}
