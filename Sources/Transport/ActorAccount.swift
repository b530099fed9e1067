import StarlingExperience
import StarlingMessages
import StarlingThreads

/// What the learner knows of one incarnation of an actor's unrolls in this run.
struct ActorAccount {
    var identity: ActorIdentity
    var role: ActorRole
    /// The connection with its session, nil while there is none.
    var connection: Connection?
    /// The run begins behind this sequence: earlier unrolls belong to another run.
    var baseline: UInt64
    /// All unrolls up to here were taken over, or skipped.
    var cursor: UInt64
    /// Those of them that were skipped.
    var skipped: UInt64 = 0
    /// The newest complete unroll it told of.
    var produced: UInt64
    /// Said goodbye, was shut out by a newer incarnation, or was silent for too long.
    var isClosed = false
    /// Its connection was lost a moment ago; it is expected back.
    var isAway = false
    var lastHeard: Deadline
    /// The last that it told of.
    var times = ActorTimes()

    var acknowledged: UInt64 { cursor - baseline - skipped }
    /// Complete and not taken over.
    var open: UInt64 { produced - cursor }

    mutating func note(_ counts: ActorCounts) {
        produced = max(produced, counts.produced, cursor)
        // Experience comes without.
        if counts.times.total > times.total { times = counts.times }
    }
    mutating func advance(to sequence: UInt64) {
        cursor = sequence
        produced = max(produced, cursor)
    }

    /// Adds its part to the actors' side of the ledger. Sums wrap: a peer may claim anything, but must not stop us.
    func add(to ledger: inout Ledger) {
        ledger.produced &+= produced - baseline
        ledger.acknowledged &+= acknowledged
        ledger.dropped &+= skipped
        if isClosed { ledger.lostWithActor &+= open } else { ledger.outbox &+= open }
    }
}
