import Glibc
import Logging
import StarlingExperience
import StarlingKeys
import StarlingMessages
import StarlingThreads
import StarlingTransport
import Synchronization
import Testing

/// Runs a body that blocks on a thread of its own, so that it holds none of the test library's few.
func onThread<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
    let thread = Mutex<NamedThread?>(nil)
    let result = await withCheckedContinuation { continuation in
        let started = NamedThread("test") { continuation.resume(returning: Result { try body() }) }
        thread.withLock { $0 = started }
    }
    thread.withLock { $0?.join() }
    return try result.get()
}

/// Ends the TCP connections of this process to a port, as a broken network would: neither end is asked.
func cutConnections(toPort port: UInt16) -> Int {
    var cut = 0
    for descriptor in 3..<65_536 as Range<Int32> {
        var address = sockaddr_in()
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let code = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getpeername(descriptor, $0, &size) }
        }
        guard code == 0, address.sin_family == sa_family_t(AF_INET), UInt16(bigEndian: address.sin_port) == port else {
            continue
        }
        shutdown(descriptor, Int32(SHUT_RDWR))
        cut += 1
    }
    return cut
}

/// An actor's loop on a thread of its own, until it is told to stop, is finished or fails.
final class ActorThread: Sendable {
    private let state = Mutex((stop: false, sent: UInt64(0), farewells: [Farewell](), error: TransportError?.none))
    private let thread = Mutex<NamedThread?>(nil)

    /// - Parameter drains: ends in order when stopped; else it just goes, like a killed process.
    init(
        _ endpoint: String, _ offer: ActorOffer, key: ActorKey? = nil, drains: Bool = true, giveUpAfter: Double? = nil,
        logger: Logger = quiet
    ) {
        let started = NamedThread("loop") { [self] in
            do {
                let link = try ZeroMQActorLink(learner: endpoint, key: key, offer: offer, giveUpAfter: giveUpAfter, logger: logger)
                let loop = Loop(link)
                while !state.withLock({ $0.stop }), loop.failure == nil, !loop.farewells.contains(.finished) {
                    loop.turn(before: .after(seconds: 0.05))
                    state.withLock { state in
                        (state.sent, state.farewells, state.error) = (loop.sent, loop.farewells, loop.failure)
                    }
                }
                if drains { link.drain(before: .after(seconds: 2)) }
            } catch {
                state.withLock { $0.error = error as? TransportError }
            }
        }
        thread.withLock { $0 = started }
    }

    var sent: UInt64 { state.withLock { $0.sent } }
    var farewells: [Farewell] { state.withLock { $0.farewells } }
    var error: TransportError? { state.withLock { $0.error } }

    func stop() {
        state.withLock { $0.stop = true }
        join()
    }

    func join() { thread.withLock { $0.take() }?.join() }
}

/// Trains on whatever comes until `count` unrolls are trained.
/// - Returns: how many were.
@discardableResult
func train(
    _ learner: ZeroMQLearnerLink, _ count: Int, generation: UInt32 = 1, from update: inout UInt64,
    before deadline: Deadline
) -> Int {
    var batch: [ReceivedUnroll] = []
    var trained = 0
    while trained < count, !deadline.isPast {
        guard case .unroll(let unroll)? = learner.next(before: .after(seconds: 0.1)) else { continue }
        batch.append(unroll)
        guard batch.count == 4 else { continue }
        learner.settle(batch, .trained)
        trained += batch.count
        batch = []
        update += 1
        learner.publish(makeSnapshot(update, generation: generation))
    }
    learner.settle(batch, .tooStale)
    return trained
}

/// Trains on until something holds.
/// - Returns: false when it doesn't after a minute.
func train(
    _ learner: ZeroMQLearnerLink, from update: inout UInt64, until holds: () throws -> Bool
) rethrows -> Bool {
    let deadline = Deadline.after(seconds: 60)
    while try !holds() {
        if deadline.isPast { return false }
        train(learner, 4, from: &update, before: .after(seconds: 0.1))
    }
    return true
}

extension ZeroMQLearnerLink {
    /// The next unroll, other events passed over.
    func nextUnroll(before deadline: Deadline) -> LearnerEvent? {
        while let event = next(before: deadline) { if case .unroll = event { return event } }
        return nil
    }
}
