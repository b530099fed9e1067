package import StarlingExperience
import StarlingThreads

/// How an actor does: what its health line and file tell.
package struct ActorCondition: Hashable, Sendable {
    package enum State: String, Sendable {
        /// Looks for a learner, or is greeting one.
        case connecting
        /// Has a session.
        case working
        /// Hands over what is left.
        case draining
        /// Refused, gave up, or done.
        case over
    }

    package var state: State
    /// Empty before the first.
    package let run: String
    package let threads: Int
    /// That it acts with, or would.
    package let parameters: ParameterVersion?
    /// Environment steps, and unrolls that it completed, since it started.
    package let steps: UInt64
    package let unrolls: UInt64
    /// Unrolls that no learner has acknowledged.
    package let outbox: Int
    /// Of all its loops.
    package let times: ActorTimes
    /// Seconds since a word of the learner; nil without a session.
    package let silence: Double?
}

extension ActorSession {
    func condition(at now: Deadline) -> ActorCondition {
        let state: ActorCondition.State =
            switch phase {
            case .over: .over
            case _ where isDraining: .draining
            case .working: .working
            case .disconnected, .greeting, .parted: .connecting
            }
        return ActorCondition(
            state: state, run: assignment?.run ?? "", threads: loops.count, parameters: parameters?.version, steps: steps,
            unrolls: produced, outbox: outbox.count, times: times, silence: phase == .working ? now.seconds(since: lastHeard) : nil)
    }
}
