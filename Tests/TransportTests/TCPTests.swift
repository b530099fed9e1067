import Glibc
import StarlingExperience
import StarlingMessages
import StarlingThreads
import StarlingTransport
import Testing

@Suite("Over TCP", .serialized)
struct TCPTests {
    @Test("Thousands of unrolls of several actors, and every one has its fate")
    func thousands() async throws {
        try await onThread {
            let learner = try ZeroMQLearnerLink(bind: "tcp://127.0.0.1:*", build: "test", logger: quiet)
            let early = ActorThread(learner.endpoint, makeActorOffer("early"))
            guard case .environmentOffered(testEnvironment)? = learner.next(before: .after(seconds: 60)) else {
                throw Unexpected("no environment was offered")
            }
            learner.open(try makeOffer())
            var update: UInt64 = 1
            learner.publish(makeSnapshot(update))
            let actors = [early] + (0..<3).map { ActorThread(learner.endpoint, makeActorOffer("a\($0)")) }
            #expect(train(learner, 4000, from: &update, before: .after(seconds: 60)) >= 4000)
            learner.finish(.finished, before: .after(seconds: 3))
            for actor in actors { actor.join() }
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
                guard case .unroll(let unroll)? = learner.nextUnroll(before: .after(seconds: 60)) else {
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

    /// Waits until so many actors have a session.
    func expectSessions(_ learner: ZeroMQLearnerLink, _ count: Int) {
        let deadline = Deadline.after(seconds: 60)
        // Looked at once: a session that is believed in and gone may go from one look to the next.
        var sessions = 0
        while sessions != count, !deadline.isPast {
            sessions = learner.overview.sessions
            usleep(10_000)
        }
        #expect(sessions == count)
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
            let deadline = Deadline.after(seconds: 60)
            while report == nil, !deadline.isPast {
                if case .evaluation(let answer)? = learner.next(before: .after(seconds: 0.1)) { report = answer }
            }
            #expect(report?.identifier == 3 && report?.version == snapshot.version && report?.returns.count == 100)
            learner.finish(.finished, before: .after(seconds: 3))
            evaluator.join()
        }
    }

    @Test("An evaluation that is cancelled ends in the middle, and its actor acts again")
    func cancelledEvaluation() async throws {
        try await onThread {
            let learner = try ZeroMQLearnerLink(bind: "tcp://127.0.0.1:*", build: "test", logger: quiet)
            learner.open(try makeOffer())
            let snapshot = makeSnapshot(1)
            learner.publish(snapshot)
            let link = try ZeroMQActorLink(
                learner: learner.endpoint, offer: makeActorOffer(), giveUpAfter: nil, logger: quiet)
            let loop = Loop(link)
            let deadline = Deadline.after(seconds: 60)
            while loop.assignment == nil, !deadline.isPast { loop.turn(before: .after(seconds: 0.1)) }
            learner.evaluate(EvaluationRequest(identifier: 3, version: snapshot.version, episodes: 9, seed: 9), snapshot)
            var isPlaying = false
            while !isPlaying, !deadline.isPast {
                switch link.nextTurn(wanting: 1, before: .after(seconds: 0.1)) {
                case .evaluate?: isPlaying = true
                case .rollout(let count, let parameters)?:
                    loop.snapshot = parameters ?? loop.snapshot
                    link.giveBack(unrolls: count)
                default: break
                }
            }
            #expect(isPlaying && !link.wantsToInterrupt)
            learner.cancelEvaluation(3)
            while !link.wantsToInterrupt, !deadline.isPast { usleep(1_000) }
            #expect(link.wantsToInterrupt)
            loop.snapshot = loop.snapshot ?? snapshot
            while loop.sent == 0, !deadline.isPast { loop.turn(before: .after(seconds: 0.1)) }
            #expect(loop.sent > 0 && loop.evaluated.isEmpty)
            link.drain(before: .after(seconds: 3))
            learner.finish(.finished, before: .after(seconds: 3))
            #expect(learner.overview.ledger.garbage == 0)
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
            let deadline = Deadline.after(seconds: 60)
            while hasty.error == nil, !deadline.isPast { usleep(20_000) }
            #expect(hasty.error?.code == .gaveUp)
            #expect(hasty.error?.message.contains(endpoint) == true)
            #expect(patient.error == nil)
            let late = try ZeroMQLearnerLink(bind: endpoint, build: "test", logger: quiet)
            late.open(try makeOffer())
            var update: UInt64 = 1
            late.publish(makeSnapshot(update))
            #expect(train(late, 100, from: &update, before: .after(seconds: 60)) >= 100)
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
}
