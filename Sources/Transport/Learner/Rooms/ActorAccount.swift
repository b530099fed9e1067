package import StarlingExperience
package import StarlingMessages
package import StarlingThreads

/// What the learner knows of one incarnation of an actor's unrolls in this run.
package final class ActorAccount {
    var identity: ActorIdentity
    var role: ActorRole
    /// What the actor was built from, as its last HELLO said.
    var build = ""
    /// The connection with its session, nil while there is none.
    var connection: Connection?
    /// The run begins behind this sequence: earlier unrolls belong to another run.
    var baseline: UInt64
    /// All unrolls up to here were taken over, or skipped.
    package internal(set) var cursor: UInt64
    /// Those of them that were skipped.
    var skipped: UInt64 = 0
    /// All unrolls up to here are in the journal, or there is none: what the actor may forget.
    var stored: UInt64
    /// The newest complete unroll it told of.
    var produced: UInt64
    /// Said goodbye, was shut out by a newer incarnation, or was silent for too long.
    var isClosed = false
    /// Why it was closed.
    var leaving: String?
    /// It told that it can't do the run's work, and why.
    var unsupported: String?
    /// Unrolls of it that passed all checks, and that the training could not use.
    var unusable = 0
    /// The furthest that any session of it was granted: more it can't have completed.
    var grantedThrough: UInt64
    /// A learner before this one may have taken more over than is known here; said once.
    var mayClaimLoss = true
    /// Its joining is in the books, which it is from its first unroll on.
    var isInBooks = false
    /// Which of all closings this was.
    var closing: UInt64 = 0
    /// Its connection was lost a moment ago; it is expected back.
    var isAway = false
    var lastHeard: Deadline
    /// The last that it told of.
    var times = ActorTimes()
    /// Nanoseconds that its loop has waited, as its last unroll told; 0: it doesn't tell.
    var waiting: UInt64 = 0

    var acknowledged: UInt64 { cursor - baseline - skipped }
    /// Complete and not taken over.
    var open: UInt64 { produced - cursor }

    package init(identity: ActorIdentity, role: ActorRole, baseline: UInt64, produced: UInt64, at now: Deadline) {
        self.identity = identity
        self.role = role
        self.baseline = baseline
        (cursor, stored) = (baseline, baseline)
        self.produced = produced
        grantedThrough = produced
        lastHeard = now
    }

    /// An account of an earlier learner; its actor is expected back unless it left.
    convenience init(_ book: LedgerBooks.Account, _ identity: ActorIdentity, at now: Deadline) {
        self.init(identity: identity, role: .act, baseline: book.baseline, produced: book.produced, at: now)
        (cursor, stored, skipped) = (book.cursor, book.cursor, book.skipped)
        isInBooks = true
        (isClosed, leaving) = (book.leaving != nil, book.leaving)
    }

    /// Takes note of what it tells of itself, as far as that can be.
    func note(_ counts: ActorCounts) {
        produced = max(produced, min(counts.produced, grantedThrough), cursor)
        waiting = max(waiting, counts.times.waiting)
        // Experience tells no more than that.
        if counts.times.total > counts.times.waiting, counts.times.total > times.total { times = counts.times }
    }
    func advance(to sequence: UInt64) {
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
