package import Logging
package import StarlingExperience
package import StarlingThreads

/// An actor's end over TCP: one DEALER on a thread of its own, a new one for every session.
package final class ZeroMQActorLink: ActorLink {
    /// Starts the session thread, which connects and goes on trying.
    /// - Parameter giveUpAfter: seconds without a learner after which it fails; nil: never.
    /// - Throws: `badAddress`.
    package init(learner address: String, offer: ActorOffer, giveUpAfter: Double?, logger: Logger) throws(TransportError) {
    }

    package func nextTurn(wanting unrolls: Int, before deadline: Deadline) -> ActorTurn? { nil }
    package func send(_ block: UnrollBlock, _ header: UnrollHeader) {}
    package func send(_ report: EvaluationReport) {}
    package func giveBack(unrolls: Int) {}
    package func report(steps: UInt64) {}
    package func drain(before deadline: Deadline) {}
    package func makeBlock(byteCount: Int) -> UnrollBlock { UnrollBlock(byteCount: byteCount) }
}
