import Glibc
import Logging
import StarlingExperience
import StarlingThreads
import StarlingTransport

/// Tells how an actor does: a line in the log once a minute and, where it is wanted, a file that is never older than some
/// seconds. A thread of its own does it, so that it goes on where an environment hangs.
final class Health {
    /// Seconds between two files, and between two lines.
    static let fileSeconds = 2.0
    private static let lineSeconds = 60.0

    private let thread: NamedThread
    private let end = Mailbox<Void>(capacity: 1)

    /// - Parameters:
    ///   - path: of the file; nil: none.
    ///   - condition: asked on the thread.
    init(path: String?, logger: Logger, _ condition: @escaping @Sendable () -> ActorCondition) {
        thread = NamedThread("health") { [end] in
            var file = path.map { HealthFile(path: $0, logger: logger) }
            var progress = HealthProgress(condition(), at: .now)
            var line = Reminder(after: Self.lineSeconds)
            repeat {
                let (condition, now) = (condition(), Deadline.now)
                progress.note(condition, at: now)
                file?.write(progress.json(condition, at: now))
                guard line.remind(at: now) else { continue }
                if let line = progress.line(condition, at: now) { logger.info("\(line)") }
            } while end.take(before: .after(seconds: path == nil ? Self.lineSeconds : Self.fileSeconds)) == nil
            // Whatever its session was told last, the actor ends now.
            var last = condition()
            last.state = .over
            progress.note(last, at: .now)
            file?.write(progress.json(last, at: .now))
        }
    }

    func close() {
        end.offer(())
        thread.join()
    }
}

/// What has changed since an actor's health was told last.
struct HealthProgress {
    private var last: (steps: UInt64, waiting: UInt64, at: Deadline)
    /// When steps were seen to grow last.
    private var stepped: Deadline

    init(_ condition: ActorCondition, at now: Deadline) {
        last = (condition.steps, condition.times.waiting, now)
        stepped = now
    }

    private var seenSteps: UInt64 = 0

    mutating func note(_ condition: ActorCondition, at now: Deadline) {
        guard condition.steps != seenSteps else { return }
        (seenSteps, stepped) = (condition.steps, now)
    }

    /// Since the last line; nil where there is nothing to tell.
    mutating func line(_ condition: ActorCondition, at now: Deadline) -> String? {
        let seconds = now.seconds(since: last.at)
        defer { last = (condition.steps, condition.times.waiting, now) }
        guard condition.state == .working, seconds > 0 else { return nil }
        let rate = Double(condition.steps &- last.steps) / seconds
        let waits = Double(condition.times.waiting &- last.waiting) / 1e9 / seconds / Double(condition.threads)
        let threads = condition.threads == 1 ? "1 thread" : "\(condition.threads) threads"
        let parameters = condition.parameters.map { "parameters \($0)" } ?? "no parameters yet"
        return
            "health: \(Int(rate.rounded())) steps/s on \(threads), which wait \(Int((100 * min(1, waits)).rounded())) % of the time; \(parameters), \(condition.outbox) unrolls not acknowledged"
    }

    /// One object on one line.
    func json(_ condition: ActorCondition, at now: Deadline) -> String {
        let fields = [
            "\"time\":\(Int(Host.clock()))", "\"process\":\(getpid())", "\"state\":\"\(condition.state.rawValue)\"",
            "\"run\":\(JSONLog.quoted(condition.run))", "\"threads\":\(condition.threads)", "\"steps\":\(condition.steps)",
            "\"unrolls\":\(condition.unrolls)", "\"outbox\":\(condition.outbox)",
            "\"parameters\":\(condition.parameters.map { "\"\($0)\"" } ?? "null")",
            "\"seconds_since_step\":\(Int(now.seconds(since: stepped)))",
            "\"seconds_since_learner\":\(condition.silence.map { "\(Int($0))" } ?? "null")",
        ]
        return "{\(fields.joined(separator: ","))}\n"
    }
}

/// A file that is there whole or not at all.
private struct HealthFile {
    private let path: String
    private let logger: Logger
    private var failureIsTold = false

    init(path: String, logger: Logger) { (self.path, self.logger) = (path, logger) }

    /// Replaces it. Where it can't be written the actor goes on: told once.
    mutating func write(_ text: String) {
        let draft = path + ".new"
        let isWritten = Array(text.utf8).withUnsafeBytes { bytes in
            let file = open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
            guard file >= 0 else { return false }
            let count = Glibc.write(file, bytes.baseAddress, bytes.count)
            return Glibc.close(file) == 0 && count == bytes.count
        }
        guard isWritten, rename(draft, path) == 0 else {
            let reason = String(cString: strerror(errno))
            if !failureIsTold {
                logger.warning("can't write the health file \(path): \(reason); the actor goes on without it")
            }
            failureIsTold = true
            return
        }
        failureIsTold = false
    }
}
