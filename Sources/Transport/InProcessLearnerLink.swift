package import StarlingExperience
package import StarlingMessages
package import StarlingThreads

/// The learner's end of an `InProcessPair`.
package final class InProcessLearnerLink: LearnerLink {
    private let wire: InProcessWire

    init(_ wire: InProcessWire) { self.wire = wire }

    package func open(_ offer: LearnerOffer) {
        wire.learner.open(offer, at: InProcessWire.now)
        wire.pump()
    }

    package func next(before deadline: Deadline) -> LearnerEvent? {
        if wire.learner.events.isEmpty { wire.pump() }
        return wire.learner.takeEvent()
    }

    package func settle(_ unrolls: [ReceivedUnroll], _ fate: Fate) { wire.learner.settle(unrolls, fate) }
    package func settle(_ unroll: ReceivedUnroll, _ fate: Fate) { wire.learner.settle(unroll, fate) }
    package func publish(_ snapshot: ParameterSnapshot) { wire.learner.publish(snapshot) }

    package func evaluate(_ request: EvaluationRequest, _ snapshot: ParameterSnapshot) {
        wire.learner.evaluate(request, snapshot)
    }

    package func finish(_ farewell: Farewell, before deadline: Deadline) {
        wire.pump()
        wire.learner.part(farewell)
        wire.pump()
        // The actors' loops run on this thread, so none is in the middle of an unroll.
        for index in wire.actors.indices where wire.actors[index].farewell != nil {
            wire.actors[index].answerFarewell()
        }
        wire.pump()
        wire.learner.closeBooks()
        wire.writeNotices()
    }

    package var overview: TransportOverview {
        var overview = wire.learner.overview
        overview.bytesIn = wire.bytesIn
        overview.bytesOut = wire.bytesOut
        return overview
    }
}
