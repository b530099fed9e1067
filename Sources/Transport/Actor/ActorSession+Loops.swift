import StarlingExperience
import StarlingMessages
import StarlingThreads

extension ActorSession {
    /// What a session knows of one of the loops that take turns from it.
    struct Loop {
        /// What it was told to work for.
        var assignment: Assignment?
        /// Whose parameters it has.
        var handedOver: Announcement?
        /// Unrolls it was allowed to step and has not sent.
        fileprivate(set) var reserved = 0
        /// When it began its round, and seconds that the last one took; nil before the first.
        var roundBegan: Deadline?
        var roundSeconds: Double?
        /// It waits for a turn.
        fileprivate(set) var isAwaiting = false
        /// It knows of the learner's goodbye.
        var heardFarewell = false
        // What it told last.
        var steps: UInt64 = 0
        var times = ActorTimes()
    }

    /// A loop waits for a turn, or all of them for the end.
    var isAwaited: Bool { isDraining || awaitingCount > 0 }

    /// A loop may step some more.
    mutating func reserve(_ count: Int, for loop: Int) {
        loops[loop].reserved += count
        reserved += count
    }

    /// It has sent some, or will not: at most those that it had.
    mutating func release(_ count: Int, of loop: Int) {
        let count = min(count, loops[loop].reserved)
        loops[loop].reserved -= count
        reserved -= count
    }

    /// A loop waits for a turn, or has one.
    mutating func noteAwaiting(_ isAwaiting: Bool, _ loop: Int) {
        guard loops[loop].isAwaiting != isAwaiting else { return }
        loops[loop].isAwaiting = isAwaiting
        awaitingCount += isAwaiting ? 1 : -1
    }

    /// All of the loops.
    var steps: UInt64 { loops.reduce(0) { $0 &+ $1.steps } }
    var times: ActorTimes { loops.reduce(into: ActorTimes()) { $0 &+= $1.times } }

    /// A loop tells what it has done.
    mutating func report(of loop: Int = 0, steps: UInt64, _ times: ActorTimes) {
        (loops[loop].steps, loops[loop].times) = (steps, times)
    }
}
