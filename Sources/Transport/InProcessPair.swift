package import Logging
package import StarlingExperience
package import StarlingMessages
package import StarlingThreads

/// A learner's end and any number of actors' ends in one thread, without sockets and without a clock: the same roles
/// as over ZeroMQ, pumped by whoever calls. What an end returns depends on the calls alone, so runs repeat exactly.
package final class InProcessPair {
    package let learner: InProcessLearnerLink
    package let actors: [InProcessActorLink]

    package init(actors offers: [ActorOffer], build: String, logger: Logger) {
        learner = InProcessLearnerLink()
        actors = offers.map { _ in InProcessActorLink() }
    }
}

package final class InProcessLearnerLink: LearnerLink {
    package func open(_ offer: LearnerOffer) {}
    package func next(before deadline: Deadline) -> LearnerEvent? { nil }
    package func settle(_ unrolls: [ReceivedUnroll], _ fate: Fate) {}
    package func settle(_ unroll: ReceivedUnroll, _ fate: Fate) {}
    package func publish(_ snapshot: ParameterSnapshot) {}
    package func evaluate(_ request: EvaluationRequest, _ snapshot: ParameterSnapshot) {}
    package func finish(_ farewell: Farewell, before deadline: Deadline) {}
    package var overview: TransportOverview { TransportOverview() }
}

package final class InProcessActorLink: ActorLink {
    package func nextTurn(wanting unrolls: Int, before deadline: Deadline) -> ActorTurn? { nil }
    package func send(_ block: UnrollBlock, _ header: UnrollHeader) {}
    package func send(_ report: EvaluationReport) {}
    package func giveBack(unrolls: Int) {}
    package func report(steps: UInt64) {}
    package func drain(before deadline: Deadline) {}
    package func makeBlock(byteCount: Int) -> UnrollBlock { UnrollBlock(byteCount: byteCount) }
}
