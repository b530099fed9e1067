import Glibc
import StarlingExperience
import StarlingThreads

/// Accounts for the time of an actor's loop. Reading a clock costs some ten nanoseconds, a call for the process's processor
/// time a microsecond: turns and unrolls are timed, of rows one in eight.
struct ActingClock {
    private(set) var times = ActorTimes()
    /// Where the present stretch began.
    private var mark = Deadline.now
    private var nextProcessorTime: Deadline

    /// - Parameter readsProcessorTime: the process's, which one of its loops tells.
    init(readsProcessorTime: Bool) { nextProcessorTime = Deadline(nanoseconds: readsProcessorTime ? 0 : .max) }

    /// The time since the last call belongs to `part`.
    mutating func account(for part: WritableKeyPath<ActorTimes, UInt64>) {
        let now = Deadline.now
        times[keyPath: part] &+= now.nanoseconds &- mark.nanoseconds
        mark = now
    }

    /// The time since the last call was a rollout's; the rest of it was stepping.
    mutating func account(for rollout: RolloutTimes) {
        let now = Deadline.now
        let total = now.nanoseconds &- mark.nanoseconds
        mark = now
        let transport = min(rollout.transport, total)
        let inference = min(rollout.inference, total - transport)
        times.transport &+= transport
        times.inference &+= inference
        times.stepping &+= total - transport - inference
    }

    /// What went wrong with environments since the process started.
    mutating func note(_ faults: EnvironmentFaults) { times.faults = faults }

    /// Asks for the process's processor time, ten times a second at most.
    mutating func readProcessorTime() {
        guard mark >= nextProcessorTime else { return }
        nextProcessorTime = mark.advanced(seconds: 0.1)
        var time = timespec()
        guard clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time) == 0 else { return }
        times.processor = UInt64(time.tv_sec) &* 1_000_000_000 &+ UInt64(time.tv_nsec)
    }
}

/// What a rollout took, in nanoseconds.
package struct RolloutTimes {
    package var inference: UInt64 = 0
    package var transport: UInt64 = 0
}
