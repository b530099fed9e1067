package import StarlingExperience
package import StarlingMessages
package import StarlingThreads

/// An actor's end of an `InProcessPair`.
package final class InProcessActorLink: ActorLink {
    private let wire: InProcessWire
    private let index: Int

    init(_ wire: InProcessWire, _ index: Int) { (self.wire, self.index) = (wire, index) }

    package func nextTurn(wanting unrolls: Int, before deadline: Deadline) -> ActorTurn? {
        while true {
            if let turn = wire.actors[index].nextTurn(wanting: unrolls, at: InProcessWire.now) { return turn }
            guard wire.pump() else { return nil }
        }
    }

    package func send(_ round: [CompletedUnroll]) {
        for unroll in round {
            wire.actors[index].send(
                Outbox.Entry(header: unroll.header, block: unroll.block, checksum: Digest.of(unroll.block.bytes)))
        }
        wire.actors[index].sendWhatMay()
    }

    package func send(_ report: EvaluationReport) { wire.actors[index].send(report) }
    package func send(_ failure: EvaluationFailure) { wire.actors[index].send(failure) }
    package var wantsToInterrupt: Bool { wire.actors[index].wantsToInterrupt }
    package func giveBack(unrolls: Int) { wire.actors[index].giveBack(unrolls: unrolls) }

    package func forgetParameters(unfit: ParameterSnapshot?) {
        wire.actors[index].forgetParameters(unfit: unfit)
    }

    /// Learner and actor are of one build here, and there is no other learner to wait for: the turns go on, so that the
    /// loop waits for parameters that fit.
    package func decline(_ reason: String) {}

    /// Unrolls completed, if nothing is begun or unacknowledged; else nil.
    package var producedAtRest: UInt64? { wire.actors[index].producedAtRest }

    package func report(steps: UInt64, _ times: ActorTimes) {
        wire.actors[index].report(steps: steps, times)
    }

    package func makeBlock(byteCount: Int) -> UnrollBlock { wire.pool.makeBlock(byteCount: byteCount) }
}
