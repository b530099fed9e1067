package import Logging
package import StarlingExperience
package import StarlingKeys
package import StarlingMessages
package import StarlingThreads
import StarlingZeroMQ

/// An actor's end over TCP: one DEALER on a thread of its own, a new one for every session.
///
/// The role's state is shared by that thread and the loop's, each holding its lock for moments: a turn whose credit and
/// parameters are here needs no other thread.
package final class ZeroMQActorLink: ActorLink {
    private let shared: Shared<ActorWire>
    private let wakeUp: WakeUp
    private let pool: BlockPool
    private let compression: BlockShrinker
    private var thread: NamedThread?

    /// Starts the session thread, which connects and goes on trying.
    /// - Parameters:
    ///   - key: what a learner with keys wants to see; it then must be the one that the key names.
    ///   - giveUpAfter: seconds without a learner after which it fails; nil: never.
    ///   - joined: told the name of each run it joins, on the session thread.
    /// - Throws: `badAddress`.
    package init(
        learner address: String, key: ActorKey? = nil, offer: ActorOffer, giveUpAfter: Double?, logger: Logger,
        joined: @escaping @Sendable (String) -> Void = { _ in }
    ) throws(TransportError) {
        let address = try Address(address)
        FileLimit.raise()
        let shared = Shared(ActorWire(ActorSession(offer: offer)))
        let pool = BlockPool(capacity: offer.outboxByteBudget)
        compression = BlockShrinker(isLocal: address.isLoopback)
        do throws(ZeroMQError) {
            let wakeUp = try WakeUp()
            let context = try ZeroMQContext()
            (self.shared, self.wakeUp, self.pool) = (shared, wakeUp, pool)
            thread = NamedThread("session") {
                var port = ActorPort(address, key, context, wakeUp, shared, giveUpAfter, logger, joined)
                port.run()
            }
        } catch {
            throw TransportError(.system, "can't start to look for a learner: \(error)", cause: error)
        }
    }

    deinit { stop() }

    package func nextTurn(wanting unrolls: Int, before deadline: Deadline) -> ActorTurn? {
        shared.wait(until: deadline) { wire in
            let turn = wire.session.nextTurn(wanting: unrolls, at: .now)
            if wire.session.hasNews { wire.wake(self.wakeUp) }
            return turn
        }
    }

    package func send(_ round: [CompletedUnroll]) {
        let mode = shared.withLock { $0.session.compression }
        let packed = round.map { unroll in
            let checksum = Digest.of(unroll.block.bytes)
            let small = compression.compress(unroll.block, mode, pool)
            return Outbox.Entry(
                header: unroll.header, block: small?.0 ?? unroll.block, checksum: checksum, compressedByteCount: small?.count ?? 0)
        }
        change { session in
            for entry in packed { session.send(entry) }
            session.sendWhatMay()
        }
    }

    package func send(_ report: EvaluationReport) { change { $0.send(report) } }
    package func send(_ failure: EvaluationFailure) { change { $0.send(failure) } }
    package var wantsToInterrupt: Bool { shared.withLock { $0.session.wantsToInterrupt } }
    package func giveBack(unrolls: Int) { change { $0.giveBack(unrolls: unrolls) } }
    package func forgetParameters(unfit: ParameterSnapshot?) { change { $0.forgetParameters(unfit: unfit) } }
    package func decline(_ reason: String) { change { $0.decline(reason) } }
    package func report(steps: UInt64, _ times: ActorTimes) {
        shared.withLock { ($0.session.steps, $0.session.times) = (steps, times) }
    }

    package func drain(before deadline: Deadline) {
        change { $0.beginDraining() }
        _ = shared.wait(until: deadline) { wire -> Bool? in
            wire.session.isDrained ? true : nil
        }
        change { $0.finishDraining() }
        stop()
    }

    package func makeBlock(byteCount: Int) -> UnrollBlock { pool.makeBlock(byteCount: byteCount) }

    private func change(_ body: (inout ActorSession) -> Void) {
        shared.withLock { wire in
            body(&wire.session)
            if wire.session.hasNews { wire.wake(wakeUp) }
        }
    }

    private func stop() {
        guard let thread else { return }
        shared.withLock { $0.isStopped = true }
        wakeUp.signal()
        thread.join()
        self.thread = nil
    }
}

/// What the loop's and the session thread share.
struct ActorWire {
    var session: ActorSession
    var isStopped = false
    /// The session thread was woken and has not looked yet.
    var isWoken = false

    init(_ session: ActorSession) { self.session = session }

    mutating func wake(_ wakeUp: WakeUp) {
        guard !isWoken else { return }
        isWoken = true
        wakeUp.signal()
    }
}
