/// What became of every unroll of a run. It balances exactly at any moment:
///
/// - `produced = acknowledged + outbox + dropped + lostWithActor`
/// - `acknowledged = trained + tooStale + invalid + abandoned + pending + lostWithLearner`
///
/// Duplicates, garbage and unrolls over credit stand outside of both: they are counted each time they arrive.
package struct Ledger: Codable, Hashable, Sendable {
    // What actors say of their work.

    /// Unrolls that actors completed, as far as they told.
    package var produced: UInt64 = 0
    /// Unrolls the learner took over from actors; each gets exactly one fate.
    package var acknowledged: UInt64 = 0
    /// Complete, but not acknowledged: waiting at living actors or under way.
    package var outbox: UInt64 = 0
    /// Given up by actors before they were ever sent, because the learner that came was one of another run.
    package var dropped: UInt64 = 0
    /// Complete and not acknowledged when their actor ended.
    package var lostWithActor: UInt64 = 0

    // What the learner did with the acknowledged ones.

    /// Consumed once by the policy loss, or inserted once into replay.
    package var trained: UInt64 = 0
    /// Not trained because too many updates passed since their parameters.
    package var tooStale: UInt64 = 0
    /// Not trained because they broke a rule of the wire.
    package var invalid: UInt64 = 0
    /// Not trained because the learner stopped.
    package var abandoned: UInt64 = 0
    /// Without a fate as yet: in the queue, in the trainer's hands, or kept in the journal for the next start.
    package var pending: UInt64 = 0
    /// Acknowledged by a learner that died before their fate was stored. 0 with the journal on.
    package var lostWithLearner: UInt64 = 0

    // Outside of the equations.

    /// Unrolls that came once more.
    package var duplicates: UInt64 = 0
    /// Messages that could not be read, or that nobody of that state may send.
    package var garbage: UInt64 = 0
    /// Unrolls that came without credit and were left for a later try.
    package var overCredit: UInt64 = 0

    package init() {}

    /// `produced − (acknowledged + outbox + dropped + lostWithActor)`, 0 when the actors' side balances.
    package var actorImbalance: Int64 {
        Int64(bitPattern: produced &- acknowledged &- outbox &- dropped &- lostWithActor)
    }

    /// `acknowledged − (trained + tooStale + invalid + abandoned + pending + lostWithLearner)`, 0 when the learner's
    /// side balances.
    package var learnerImbalance: Int64 {
        let fates = trained &+ tooStale &+ invalid &+ abandoned &+ pending &+ lostWithLearner
        return Int64(bitPattern: acknowledged &- fates)
    }

    /// Adds another's numbers. Sums wrap: a peer may claim anything, but must not stop us.
    package mutating func add(_ other: Ledger) {
        produced &+= other.produced
        acknowledged &+= other.acknowledged
        outbox &+= other.outbox
        dropped &+= other.dropped
        lostWithActor &+= other.lostWithActor
        trained &+= other.trained
        tooStale &+= other.tooStale
        invalid &+= other.invalid
        abandoned &+= other.abandoned
        pending &+= other.pending
        lostWithLearner &+= other.lostWithLearner
        duplicates &+= other.duplicates
        garbage &+= other.garbage
        overCredit &+= other.overCredit
    }

    /// Both equations hold.
    package var isBalanced: Bool { actorImbalance == 0 && learnerImbalance == 0 }
}

/// What finally became of an acknowledged unroll.
package enum Fate: UInt8, Codable, Hashable, Sendable, CaseIterable {
    /// Consumed once by the policy loss, or inserted once into replay.
    case trained
    /// Too many updates passed since its parameters.
    case tooStale
    /// It broke a rule of the wire.
    case invalid
    /// The learner stopped before its turn came.
    case abandoned
}
