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
    for descriptor in 3..<1024 as Range<Int32> {
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
                let loop = Loop(
                    try ZeroMQActorLink(learner: endpoint, key: key, offer: offer, giveUpAfter: giveUpAfter, logger: logger))
                while !state.withLock({ $0.stop }), loop.failure == nil, !loop.farewells.contains(.finished) {
                    loop.turn(before: .after(seconds: 0.05))
                    state.withLock { state in
                        (state.sent, state.farewells, state.error) = (loop.sent, loop.farewells, loop.failure)
                    }
                }
                if drains { loop.link.drain(before: .after(seconds: 2)) }
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

@Suite("Over TCP", .serialized)
struct TCPTests {
    @Test("Thousands of unrolls of several actors, and every one has its fate")
    func thousands() async throws {
        try await onThread {
            let learner = try ZeroMQLearnerLink(bind: "tcp://127.0.0.1:*", build: "test", logger: quiet)
            let early = ActorThread(learner.endpoint, makeActorOffer("early"))
            guard case .environmentOffered(testEnvironment)? = learner.next(before: .after(seconds: 10)) else {
                throw Unexpected("no environment was offered")
            }
            learner.open(try makeOffer())
            var update: UInt64 = 1
            learner.publish(makeSnapshot(update))
            let actors = [early] + (0..<3).map { ActorThread(learner.endpoint, makeActorOffer("a\($0)")) }
            #expect(train(learner, 4000, from: &update, before: .after(seconds: 30)) >= 4000)
            learner.finish(.finished, before: .after(seconds: 3))
            actors.forEach { $0.join() }
            #expect(actors.allSatisfy { $0.farewells == [.finished] })
            let overview = learner.overview
            #expect(overview.ledger.isBalanced && overview.ledger.pending == 0 && overview.ledger.outbox == 0)
            #expect(overview.ledger.produced == actors.map(\.sent).reduce(0, +))
            #expect(overview.ledger.trained >= 4000 && overview.ledger.duplicates == 0 && overview.ledger.garbage == 0)
            #expect(overview.ledger.overCredit == 0 && overview.ledger.invalid == 0 && overview.bytesIn > 4000 * 500)
        }
    }

    @Test("Blocks and parameters of many frames")
    func largeFrames() async throws {
        try await onThread {
            let learner = try ZeroMQLearnerLink(bind: "127.0.0.1:*", build: "test", logger: quiet)
            let environment = EnvironmentSpec(
                name: "line", observation: ObservationSpec(shape: [5000]), action: .discrete(2))
            let offer = try makeOffer(environment: environment, steps: 20, byteBudget: 1 << 28)
            #expect(offer.layout.byteCount > 3 * 256 * 1024)
            learner.open(offer)
            let snapshot = makeSnapshot(1, byteCount: 5_000_000)
            learner.publish(snapshot)
            let actor = ActorThread(learner.endpoint, makeActorOffer("a", environments: [environment]))
            var digests: Set<UInt64> = []
            for _ in 0..<20 {
                guard case .unroll(let unroll)? = learner.nextUnroll(before: .after(seconds: 10)) else {
                    throw Unexpected("no unroll")
                }
                #expect(unroll.header.digest == snapshot.digest)
                #expect(UInt(bitPattern: unroll.block.base) % 64 == 0)
                digests.insert(Digest.of(unroll.block.bytes))
                learner.settle(unroll, .trained)
            }
            #expect(digests.count == 1)
            learner.finish(.finished, before: .after(seconds: 3))
            actor.join()
            #expect(learner.overview.ledger.isBalanced)
        }
    }

    @Test("Connections are cut again and again; nothing is lost and nothing trained twice")
    func cutConnection() async throws {
        try await onThread {
            let learner = try ZeroMQLearnerLink(bind: "tcp://127.0.0.1:*", build: "test", logger: quiet)
            let port = try #require(UInt16(learner.endpoint.split(separator: ":").last!))
            learner.open(try makeOffer())
            var update: UInt64 = 1
            learner.publish(makeSnapshot(update))
            let actors = (0..<2).map { ActorThread(learner.endpoint, makeActorOffer("a\($0)")) }
            var cuts = 0
            for _ in 0..<6 {
                #expect(train(learner, 200, from: &update, before: .after(seconds: 20)) >= 200)
                cuts += cutConnections(toPort: port)
            }
            #expect(cuts >= 6)
            expectSessions(learner, 2)
            #expect(train(learner, 200, from: &update, before: .after(seconds: 20)) >= 200)
            let overview = learner.overview
            #expect(overview.sessionsEver >= 8)
            // The learner may still believe in a connection that was cut last; soon it doesn't.
            let settled = Deadline.after(seconds: 15)
            while learner.overview.actingActors != 2, !settled.isPast { usleep(10_000) }
            #expect(learner.overview.actingActors == 2)
            learner.finish(.finished, before: .after(seconds: 3))
            actors.forEach { $0.join() }
            let ledger = learner.overview.ledger
            #expect(ledger.isBalanced && ledger.lostWithLearner == 0 && ledger.garbage == 0, "\(ledger)")
            #expect(ledger.produced == actors.map(\.sent).reduce(0, +), "\(ledger)")
        }
    }

    @Test("An actor that vanishes gives its credit up at once, in lockstep too")
    func vanishing() async throws {
        try await onThread {
            let learner = try ZeroMQLearnerLink(bind: "tcp://127.0.0.1:*", build: "test", logger: quiet)
            learner.open(try makeOffer(queuedBatches: 0))
            var update: UInt64 = 1
            learner.publish(makeSnapshot(update))
            let stays = ActorThread(learner.endpoint, makeActorOffer("stays"))
            for incarnation in 1...5 as ClosedRange<UInt64> {
                let goes = ActorThread(learner.endpoint, makeActorOffer("goes", incarnation: incarnation), drains: false)
                #expect(train(learner, 100, from: &update, before: .after(seconds: 10)) >= 100)
                goes.stop()
                #expect(train(learner, 100, from: &update, before: .after(seconds: 10)) >= 100)
            }
            learner.finish(.finished, before: .after(seconds: 3))
            stays.join()
            #expect(learner.overview.ledger.isBalanced)
        }
    }

    @Test("Credit in the hands of an actor that vanishes is not waited for")
    func vanishingWithCredit() async throws {
        try await onThread {
            let learner = try ZeroMQLearnerLink(bind: "tcp://127.0.0.1:*", build: "test", logger: quiet)
            learner.open(try makeOffer(queuedBatches: 0))
            var update: UInt64 = 1
            var goes: ZeroMQActorLink? = try ZeroMQActorLink(
                learner: learner.endpoint, offer: makeActorOffer("goes"), giveUpAfter: nil, logger: quiet)
            expectSessions(learner, 1)
            learner.publish(makeSnapshot(update))
            let deadline = Deadline.after(seconds: 10)
            var holdsCredit = false
            while !holdsCredit, !deadline.isPast {
                if case .rollout? = goes?.nextTurn(wanting: 4, before: .after(seconds: 1)) { holdsCredit = true }
            }
            #expect(holdsCredit && learner.overview.grantedUnrolls == 4)
            let stays = ActorThread(learner.endpoint, makeActorOffer("stays"))
            expectSessions(learner, 2)
            #expect(stays.sent == 0)
            goes = nil
            // Nothing else happens on the wire: the learner has to notice by itself.
            #expect(train(learner, 100, from: &update, before: .after(seconds: 10)) >= 100)
            learner.finish(.finished, before: .after(seconds: 3))
            stays.join()
            #expect(learner.overview.ledger.isBalanced)
        }
    }

    @Test("The learner restarts on its port; actors wait for it and go on")
    func restart() async throws {
        try await onThread {
            let endpoint = try ZeroMQLearnerLink(bind: "tcp://127.0.0.1:*", build: "test", logger: quiet).endpoint
            let actors = (0..<2).map { ActorThread(endpoint, makeActorOffer("a\($0)")) }
            for generation in 1...4 as ClosedRange<UInt32> {
                let learner = try bindAgain(at: endpoint)
                learner.open(try makeOffer(generation: generation))
                var update: UInt64 = 1
                learner.publish(makeSnapshot(update, generation: generation))
                let trained = train(learner, 100, generation: generation, from: &update, before: .after(seconds: 20))
                #expect(trained >= 100, "generation \(generation)")
                #expect(learner.overview.ledger.isBalanced)
                // Generation 1 and 3 end like a crash: without a goodbye.
                if generation == 2 { learner.finish(.restarting, before: .after(seconds: 3)) }
                guard generation == 4 else { continue }
                expectSessions(learner, 2)
                learner.finish(.finished, before: .after(seconds: 3))
                actors.forEach { $0.join() }
                let ledger = learner.overview.ledger
                #expect(ledger.isBalanced && ledger.outbox == 0 && ledger.pending == 0)
                #expect(ledger.produced == actors.map(\.sent).reduce(0, +), "\(ledger)")
                #expect(actors.allSatisfy { $0.farewells.last == .finished && $0.error == nil })
            }
        }
    }

    /// Waits until so many actors have a session.
    func expectSessions(_ learner: ZeroMQLearnerLink, _ count: Int) {
        let deadline = Deadline.after(seconds: 15)
        while learner.overview.sessions < count, !deadline.isPast { usleep(10_000) }
        #expect(learner.overview.sessions == count)
    }

    /// Binds where another link was a moment ago.
    func bindAgain(at endpoint: String) throws -> ZeroMQLearnerLink {
        let deadline = Deadline.after(seconds: 5)
        while !deadline.isPast {
            if let link = try? ZeroMQLearnerLink(bind: endpoint, build: "test", logger: quiet) { return link }
            usleep(20_000)
        }
        return try ZeroMQLearnerLink(bind: endpoint, build: "test", logger: quiet)
    }

    @Test("An actor told of a restart waits without pestering the learner that goes")
    func waitsForRestart() async throws {
        try await onThread {
            let learner = try ZeroMQLearnerLink(bind: "tcp://127.0.0.1:*", build: "test", logger: quiet)
            learner.open(try makeOffer())
            let actor = ActorThread(learner.endpoint, makeActorOffer("a"))
            let idle = try ZeroMQActorLink(
                learner: learner.endpoint, offer: makeActorOffer("idle"), giveUpAfter: nil, logger: quiet)
            expectSessions(learner, 2)
            // The idle one never comes to its boundary, so the learner waits for its part of the goodbye.
            learner.finish(.restarting, before: .after(seconds: 3))
            withExtendedLifetime(idle) {}
            #expect((1...10).contains(actor.farewells.count), "\(actor.farewells.count) goodbyes")
            actor.stop()
        }
    }

    @Test("Evaluations are played by the actor for them")
    func evaluation() async throws {
        try await onThread {
            let learner = try ZeroMQLearnerLink(bind: "tcp://127.0.0.1:*", build: "test", logger: quiet)
            learner.open(try makeOffer())
            let snapshot = makeSnapshot(1, byteCount: 700_000)
            let evaluator = ActorThread(learner.endpoint, makeActorOffer("e", role: .evaluate))
            learner.publish(snapshot)
            for update in 2...5 as ClosedRange<UInt64> { learner.publish(makeSnapshot(update)) }
            learner.evaluate(
                EvaluationRequest(identifier: 3, version: snapshot.version, episodes: 100, seed: 9), snapshot)
            var report: EvaluationReport?
            let deadline = Deadline.after(seconds: 10)
            while report == nil, !deadline.isPast {
                if case .evaluation(let answer)? = learner.next(before: .after(seconds: 0.1)) { report = answer }
            }
            #expect(report?.identifier == 3 && report?.version == snapshot.version && report?.returns.count == 100)
            learner.finish(.finished, before: .after(seconds: 3))
            evaluator.join()
        }
    }

    @Test("A port in use is named, and how to choose another")
    func portInUse() async throws {
        try await onThread {
            let learner = try ZeroMQLearnerLink(bind: "tcp://127.0.0.1:*", build: "test", logger: quiet)
            let port = learner.endpoint.split(separator: ":").last!
            do throws(TransportError) {
                _ = try ZeroMQLearnerLink(bind: learner.endpoint, build: "test", logger: quiet)
                Issue.record("bound twice")
            } catch {
                #expect(error.code == .portInUse)
                #expect(error.message.contains(port) && error.message.contains("--bind"))
            }
        }
    }

    @Test("No learner: tried again, given up only when asked to")
    func nobody() async throws {
        try await onThread {
            let learner = try ZeroMQLearnerLink(bind: "tcp://127.0.0.1:*", build: "test", logger: quiet)
            let endpoint = learner.endpoint
            learner.finish(.finished, before: .after(seconds: 1))
            let patient = ActorThread(endpoint, makeActorOffer("patient"))
            let hasty = ActorThread(endpoint, makeActorOffer("hasty"), giveUpAfter: 0.5)
            let deadline = Deadline.after(seconds: 10)
            while hasty.error == nil, !deadline.isPast { usleep(20_000) }
            #expect(hasty.error?.code == .gaveUp)
            #expect(hasty.error?.message.contains(endpoint) == true)
            #expect(patient.error == nil)
            let late = try ZeroMQLearnerLink(bind: endpoint, build: "test", logger: quiet)
            late.open(try makeOffer())
            var update: UInt64 = 1
            late.publish(makeSnapshot(update))
            #expect(train(late, 100, from: &update, before: .after(seconds: 15)) >= 100)
            late.finish(.finished, before: .after(seconds: 3))
            patient.join()
            hasty.join()
        }
    }

    @Test("A bad address says what a good one looks like", arguments: ["", "localhost", "tcp://", "tcp://h:x", "udp://h:1", "h:70000"])
    func addresses(_ text: String) throws {
        let error = #expect(throws: TransportError.self) {
            try ZeroMQActorLink(learner: text, offer: makeActorOffer(), giveUpAfter: nil, logger: quiet)
        }
        #expect(error?.code == .badAddress && error?.message.contains("tcp://127.0.0.1:5555") == true)
    }

    @Test("A listener that doesn't speak ZeroMQ, and garbage at the learner's port, harm nobody")
    func strangers() async throws {
        try await onThread {
            let learner = try ZeroMQLearnerLink(bind: "tcp://127.0.0.1:*", build: "test", logger: quiet)
            let port = try #require(UInt16(learner.endpoint.split(separator: ":").last!))
            learner.open(try makeOffer())
            var update: UInt64 = 1
            learner.publish(makeSnapshot(update))
            let actor = ActorThread(learner.endpoint, makeActorOffer("a"))
            for _ in 0..<20 {
                let stranger = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
                var address = sockaddr_in()
                address.sin_family = sa_family_t(AF_INET)
                address.sin_port = port.bigEndian
                address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
                _ = withUnsafePointer(to: &address) {
                    $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                        connect(stranger, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
                    }
                }
                let noise = (0..<200).map { _ in UInt8.random(in: 0...255) }
                _ = send(stranger, noise, noise.count, Int32(MSG_NOSIGNAL))
                close(stranger)
            }
            #expect(train(learner, 400, from: &update, before: .after(seconds: 10)) >= 400)
            learner.finish(.finished, before: .after(seconds: 3))
            actor.join()
            #expect(learner.overview.ledger.isBalanced)
        }
    }
}

extension ZeroMQLearnerLink {
    /// The next unroll, other events passed over.
    func nextUnroll(before deadline: Deadline) -> LearnerEvent? {
        while let event = next(before: deadline) { if case .unroll = event { return event } }
        return nil
    }
}
