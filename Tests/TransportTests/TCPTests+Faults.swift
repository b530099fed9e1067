import Glibc
import StarlingExperience
import StarlingMessages
import StarlingThreads
import StarlingTransport
import Testing

/// Ends that go, break or come back.
extension TCPTests {
    @Test("Connections are cut again and again; nothing is lost and nothing trained twice")
    func cutConnection() async throws {
        try await onThread {
            let learner = try ZeroMQLearnerLink(bind: "tcp://127.0.0.1:*", build: "test", logger: quiet)
            let port = try #require(UInt16(learner.endpoint.split(separator: ":").last!))
            learner.open(try makeOffer())
            var update: UInt64 = 1
            learner.publish(makeSnapshot(update))
            let actors = (0..<2).map { ActorThread(learner.endpoint, makeActorOffer("a\($0)")) }
            for round in 1...6 {
                #expect(train(learner, 200, from: &update, before: .after(seconds: 60)) >= 200)
                // Both are cut in the middle of their work, and how many sessions there were is known.
                let areThere = train(learner, from: &update) {
                    learner.overview.actingActors == 2 && countConnections(toPort: port) == 2
                }
                let before = learner.overview.sessionsEver
                #expect(areThere && cutConnections(toPort: port) == 2, "round \(round)")
                #expect(train(learner, from: &update) { learner.overview.sessionsEver >= before + 2 }, "round \(round)")
            }
            #expect(train(learner, from: &update) { learner.overview.actingActors == 2 })
            learner.finish(.finished, before: .after(seconds: 3))
            for actor in actors { actor.join() }
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
                #expect(train(learner, 100, from: &update, before: .after(seconds: 60)) >= 100)
                goes.stop()
                #expect(train(learner, 100, from: &update, before: .after(seconds: 60)) >= 100)
            }
            learner.finish(.finished, before: .after(seconds: 3))
            stays.join()
            #expect(learner.overview.ledger.isBalanced)
        }
    }

    @Test("A connection that ends after the goodbye is no disconnect, however long the loop takes to hear of it")
    func endAfterGoodbye() async throws {
        try await onThread {
            let learner = try ZeroMQLearnerLink(bind: "tcp://127.0.0.1:*", build: "test", logger: quiet)
            learner.open(try makeOffer())
            learner.publish(makeSnapshot(1))
            let lines = Lines()
            let loop = Loop(
                try ZeroMQActorLink(learner: learner.endpoint, offer: makeActorOffer(), giveUpAfter: nil, logger: lines.logger))
            while loop.sent == 0 { loop.turn(before: .after(seconds: 5)) }
            // The loop takes no turn meanwhile.
            learner.finish(.finished, before: .after(seconds: 3))
            usleep(300_000)
            #expect(!lines.contains("no session"), "\(lines.all)")
            #expect(loop.turn() && loop.farewells == [.finished])
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
            #expect(train(learner, 100, from: &update, before: .after(seconds: 60)) >= 100)
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
                let trained = train(learner, 100, generation: generation, from: &update, before: .after(seconds: 60))
                #expect(trained >= 100, "generation \(generation)")
                #expect(learner.overview.ledger.isBalanced)
                // Generation 1 and 3 end like a crash: without a goodbye.
                if generation == 2 { learner.finish(.restarting, before: .after(seconds: 3)) }
                guard generation == 4 else { continue }
                expectSessions(learner, 2)
                learner.finish(.finished, before: .after(seconds: 3))
                for actor in actors { actor.join() }
                let ledger = learner.overview.ledger
                #expect(ledger.isBalanced && ledger.outbox == 0 && ledger.pending == 0)
                #expect(ledger.produced == actors.map(\.sent).reduce(0, +), "\(ledger)")
                #expect(actors.allSatisfy { $0.farewells.last == .finished && $0.error == nil })
            }
        }
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

    /// Binds where another link was a moment ago.
    func bindAgain(at endpoint: String) throws -> ZeroMQLearnerLink {
        let deadline = Deadline.after(seconds: 5)
        while !deadline.isPast {
            if let link = try? ZeroMQLearnerLink(bind: endpoint, build: "test", logger: quiet) { return link }
            usleep(20_000)
        }
        return try ZeroMQLearnerLink(bind: endpoint, build: "test", logger: quiet)
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
            #expect(train(learner, 400, from: &update, before: .after(seconds: 60)) >= 400)
            learner.finish(.finished, before: .after(seconds: 3))
            actor.join()
            #expect(learner.overview.ledger.isBalanced)
        }
    }
}
