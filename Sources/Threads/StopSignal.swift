import Glibc
import Synchronization

/// Turns SIGINT and SIGTERM into a flag. Make it first thing in `main`: a signal is blocked in all threads only if it
/// was before the first of them.
public final class StopSignal: Sendable {
    private let received = Atomic<Int32>(0)
    private let isClosing = Atomic<Bool>(false)

    /// What comes so soon after the first signal is the same wish: supervisors tell a process and then its group.
    private static let repeatSeconds = 0.5

    /// Blocks the signals and starts the thread that takes them. Another signal, later, ends the process at once.
    public static func watch() -> StopSignal {
        let stop = StopSignal()
        var signals = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, SIGINT)
        sigaddset(&signals, SIGTERM)
        pthread_sigmask(SIG_BLOCK, &signals, nil)
        signal(SIGPIPE, SIG_IGN)
        let taken = signals
        let thread = NamedThread("signals") { [stop] in
            var signals = taken
            var pause = timespec(tv_sec: 0, tv_nsec: 100_000_000)
            var patience = Deadline.now
            while !stop.isClosing.load(ordering: .relaxed) {
                let number = sigtimedwait(&signals, nil, &pause)
                guard number > 0 else { continue }
                guard stop.received.load(ordering: .relaxed) != 0 else {
                    stop.received.store(number, ordering: .relaxed)
                    patience = .after(seconds: Self.repeatSeconds)
                    continue
                }
                if patience.isPast { _exit(128 + number) }
            }
        }
        stop.thread.withLock { $0 = thread }
        return stop
    }

    private let thread = Mutex<NamedThread?>(nil)

    private init() {}

    /// Whether a signal came, or somebody asked for the end.
    public var isRequested: Bool { received.load(ordering: .relaxed) != 0 }

    /// Whether it was SIGTERM, with which services are stopped and started again, and not somebody's Ctrl-C.
    public var isTermination: Bool { received.load(ordering: .relaxed) == SIGTERM }

    /// Asks for the end as SIGTERM does.
    public func request() { received.store(SIGTERM, ordering: .relaxed) }

    /// Ends the thread. The signals stay blocked.
    public func close() {
        isClosing.store(true, ordering: .relaxed)
        thread.withLock { $0.take() }?.join()
    }
}
