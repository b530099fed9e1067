package import StarlingExperience
package import StarlingMessages
package import StarlingThreads

/// The learner's end of an `InProcessPair`.
package final class InProcessLearnerLink: LearnerLink {
    private let wire: InProcessWire

    init(_ wire: InProcessWire) { self.wire = wire }

    package func open(_ offer: LearnerOffer, after past: RunPast, journal: (any UnrollJournal)?) {
        precondition(journal == nil, "what depends on the calls alone can't wait for a disk")
        wire.learner.open(offer, after: past, at: InProcessWire.now)
        wire.pump()
    }

    package func ticket(ofReplayed index: UInt64) -> UInt64? { wire.learner.ticket(ofReplayed: index) }
    package func abandonUntaken() -> Int { wire.learner.abandonUntaken() }
    package var settledBooks: LedgerBooks { wire.learner.settledBooks }
    package var books: LedgerBooks { wire.learner.books }
    package func covered(through index: UInt64) { wire.learner.stored(through: index) }

    /// Names of the actors in the wait queue for credit, longest waiting first.
    package var creditQueue: [String] { wire.learner.creditQueue }
    /// Puts them into the order of an earlier `creditQueue`.
    package func queueForCredit(inOrderOf instances: [String]) { wire.learner.queueForCredit(inOrderOf: instances) }

    package func next(before deadline: Deadline) -> LearnerEvent? {
        if wire.learner.events.isEmpty { wire.pump() }
        return wire.learner.takeEvent(at: InProcessWire.now)
    }

    package func settle(_ unrolls: [ReceivedUnroll], _ fate: Fate) { wire.learner.settle(unrolls, fate) }
    package func settle(_ unroll: ReceivedUnroll, _ fate: Fate) { wire.learner.settle(unroll, fate) }
    package func settleUnusable(_ unroll: ReceivedUnroll, _ fault: String) { wire.learner.settleUnusable(unroll, fault) }
    package func setBatch(unrolls: Int) { wire.learner.setBatch(unrolls: unrolls) }
    package var pressure: CreditPressure { wire.learner.credit.pressure }
    package func endTraining() { wire.learner.endTraining() }
    package func publish(_ snapshot: ParameterSnapshot, trainedOn unrolls: [ReceivedUnroll]) {
        wire.learner.publish(snapshot)
        wire.learner.settle(unrolls, .trained)
    }

    package func evaluate(_ request: EvaluationRequest, _ snapshot: ParameterSnapshot) {
        wire.learner.evaluate(request, snapshot)
    }

    package func cancelEvaluation(_ identifier: UInt64) { wire.learner.cancelEvaluation(identifier) }

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

    package func actors(atMost count: Int) -> [ActorOverview] { wire.learner.actors(atMost: count) }

    package var overview: TransportOverview {
        var overview = wire.learner.overview
        overview.bytesIn = wire.bytesIn
        overview.bytesOut = wire.bytesOut
        return overview
    }
}
