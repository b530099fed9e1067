package import Logging
import StarlingExperience
package import StarlingKeys
import StarlingMessages
package import StarlingThreads
import StarlingZeroMQ
import Synchronization

/// An actor's end over TCP: one DEALER on a thread of its own, a new one for every session.
///
/// The role's state is shared by that thread and those of the loops, each holding its lock for moments: a turn whose credit
/// and parameters are here needs no other thread.
package final class ZeroMQActorWiring: Sendable {
    private let shared: Shared<ActorWire>
    private let wakeUp: WakeUp
    private let thread: Mutex<NamedThread?>
    let pool: BlockPool
    /// The learner is on the same machine.
    let isLocal: Bool

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
        pool = BlockPool(capacity: offer.outboxByteBudget)
        isLocal = address.isLoopback
        do throws(ZeroMQError) {
            let wakeUp = try WakeUp()
            let context = try ZeroMQContext()
            (self.shared, self.wakeUp) = (shared, wakeUp)
            thread = Mutex(
                NamedThread("session") {
                    var port = ActorPort(address, key, context, wakeUp, shared, giveUpAfter, logger, joined)
                    port.run()
                })
        } catch {
            throw TransportError(.system, "can't start to look for a learner: \(error)", cause: error)
        }
    }

    deinit { stop() }

    /// The end of one of the offer's loops, for its thread.
    package func link(ofLoop loop: Int) -> ZeroMQActorLink { ZeroMQActorLink(self, loop: loop) }

    /// How the actor does, for people.
    package var condition: ActorCondition { read { $0.condition(at: .now) } }

    /// Ends: waits for acknowledgements, says goodbye to the learner and closes. The loops must have ended.
    /// - Returns: unrolls that are not acknowledged.
    @discardableResult
    package func drain(before deadline: Deadline) -> Int {
        change { $0.beginDraining() }
        _ = shared.wait(until: deadline) { wire -> Bool? in
            wire.session.isDrained ? true : nil
        }
        let left = read { $0.outboxCount }
        change { $0.finishDraining() }
        stop()
        return left
    }

    func wait(until deadline: Deadline, _ turn: (inout ActorSession) -> ActorTurn?) -> ActorTurn? {
        shared.wait(until: deadline) { wire in
            let turn = turn(&wire.session)
            if wire.session.hasNews, wire.wantsSignal() { self.wakeUp.signal() }
            return turn
        }
    }

    func report(of loop: Int, steps: UInt64, _ times: ActorTimes) {
        shared.withLock { $0.session.report(of: loop, steps: steps, times) }
    }

    func read<Result>(_ body: (borrowing ActorSession) -> Result) -> Result { shared.withLock { body($0.session) } }

    func change(_ body: (inout ActorSession) -> Void) {
        let wakes = shared.withLock { wire in
            body(&wire.session)
            return wire.session.hasNews && wire.wantsSignal()
        }
        // Without the lock, which the thread that wakes up is going to want.
        if wakes { wakeUp.signal() }
    }

    private func stop() {
        guard let thread = thread.withLock({ $0.take() }) else { return }
        shared.withLock { $0.isStopped = true }
        wakeUp.signal()
        thread.join()
    }
}

/// What the threads of the loops and of the session share.
struct ActorWire {
    var session: ActorSession
    var isStopped = false
    /// The session thread was woken and has not looked yet.
    var isWoken = false

    init(_ session: ActorSession) { self.session = session }

    /// Whether the session thread is to be signalled: not if it was and has not looked yet.
    mutating func wantsSignal() -> Bool {
        defer { isWoken = true }
        return !isWoken
    }
}
