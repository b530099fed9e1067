package import Logging
package import StarlingExperience
package import StarlingKeys
package import StarlingMessages
package import StarlingThreads
import StarlingZeroMQ

/// One loop's end of an actor's link over TCP.
package final class ZeroMQActorLink: ActorLink {
    private let wiring: ZeroMQActorWiring
    private let loop: Int
    private let compression: BlockShrinker

    init(_ wiring: ZeroMQActorWiring, loop: Int) {
        (self.wiring, self.loop) = (wiring, loop)
        compression = BlockShrinker(isLocal: wiring.isLocal)
    }

    /// Of an actor whose offer has one loop: see `ZeroMQActorWiring`.
    package convenience init(
        learner address: String, key: ActorKey? = nil, offer: ActorOffer, giveUpAfter: Double?, logger: Logger,
        joined: @escaping @Sendable (String) -> Void = { _ in }
    ) throws(TransportError) {
        self.init(
            try ZeroMQActorWiring(
                learner: address, key: key, offer: offer, giveUpAfter: giveUpAfter, logger: logger, joined: joined), loop: 0)
    }

    /// Ends an actor whose offer has one loop: see `ZeroMQActorWiring`.
    package func drain(before deadline: Deadline) { wiring.drain(before: deadline) }

    package func nextTurn(wanting unrolls: Int, before deadline: Deadline) -> ActorTurn? {
        wiring.wait(until: deadline) { [loop] in $0.nextTurn(of: loop, wanting: unrolls, at: .now) }
    }

    package func send(_ round: [CompletedUnroll]) {
        let mode = wiring.read { $0.compression }
        let packed = round.map { unroll in
            let checksum = Digest.of(unroll.block.bytes)
            let small = compression.compress(unroll.block, mode, wiring.pool)
            return Outbox.Entry(
                header: unroll.header, block: small?.0 ?? unroll.block, checksum: checksum, compressedByteCount: small?.count ?? 0)
        }
        wiring.change { session in
            for entry in packed { session.send(entry, of: loop) }
            session.sendWhatMay()
        }
    }

    package func send(_ report: EvaluationReport) { wiring.change { $0.send(report) } }
    package func send(_ failure: EvaluationFailure) { wiring.change { $0.send(failure) } }
    package var wantsToInterrupt: Bool { wiring.read { $0.wantsToInterrupt } }
    package func giveBack(unrolls: Int) { wiring.change { $0.giveBack(of: loop, unrolls: unrolls) } }
    package func forgetParameters(unfit: ParameterSnapshot?) { wiring.change { $0.forgetParameters(of: loop, unfit: unfit) } }
    package func decline(_ reason: String) { wiring.change { $0.decline(reason, by: loop) } }
    package func report(steps: UInt64, _ times: ActorTimes) { wiring.report(of: loop, steps: steps, times) }
    package func makeBlock(byteCount: Int) -> UnrollBlock { wiring.pool.makeBlock(byteCount: byteCount) }
}
