import StarlingExperience
import StarlingMessages
import StarlingThreads

/// An actor with a session at one moment, for people.
package struct ActorOverview: Hashable, Sendable {
    package enum State: String, Sendable {
        case working
        /// Has no credit.
        case waiting
        /// Holds credit and sends nothing for longer than others need.
        case idle
        /// Plays greedy episodes only.
        case evaluating
    }

    /// `KEY/INSTANCE`, or the instance where there are no keys.
    package var name: String
    package var state: State
    /// Loops that step environments.
    package var threads: Int
    /// Unrolls since its incarnation began: taken over, complete and not taken over, granted and not arrived.
    package var acknowledged: UInt64
    package var outbox: UInt64
    package var credit: Int
    /// Share of its time that it has waited for credit or parameters since it started; NaN before it has told.
    package var waits: Double
    /// Seconds since it was heard.
    package var silence: Double
}

extension LearnerSessions {
    /// Those with a session, by their names; no more than so many.
    package func actors(atMost count: Int) -> [ActorOverview] {
        let known = sessions.values.sorted { $0.identity.instance < $1.identity.instance }
        return known.prefix(count).map { session in
            let times = session.account.times
            let state: ActorOverview.State =
                session.role == .evaluate ? .evaluating : session.isIdle ? .idle : session.outstanding == 0 ? .waiting : .working
            return ActorOverview(
                name: session.identity.instance, state: state, threads: session.threads, acknowledged: session.account.acknowledged,
                outbox: session.account.open, credit: session.outstanding,
                waits: times.total > 0 ? Double(times.waiting) / Double(times.total) : .nan,
                silence: max(0, clock.seconds(since: session.lastHeard)))
        }
    }
}
