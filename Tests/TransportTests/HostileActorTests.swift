import StarlingExperience
import StarlingMessages
import StarlingThreads
import StarlingTransport
import Testing

@Suite("Actors that do what they may not")
struct HostileActorTests {
    private func joined(_ offer: LearnerOffer? = nil) throws -> (Desk, session: UInt64) {
        let desk = Desk(try offer ?? makeOffer())
        desk.hello(1, "a")
        return (desk, try #require(desk.welcome(1)).status.session)
    }

    private func pull(_ desk: Desk, _ session: UInt64) -> Int {
        desk.learner.receive(
            .pull(Pull(session: session, version: desk.snapshot.version, offset: 0, count: 262_144)), from: 1, at: desk.now)
        return desk.said(to: 1).count { if case .weights = $0 { true } else { false } }
    }

    @Test("A connection has one session: a second HELLO is garbage, and a flood of them is cut off")
    func secondHello() throws {
        let (desk, session) = try joined()
        for number in 0..<LearnerSessions.garbageLimit { desk.hello(1, "b\(number)") }
        #expect(desk.learner.overview.sessionsEver == 1 && desk.learner.ledger.garbage == UInt64(LearnerSessions.garbageLimit))
        #expect(desk.refusal(1)?.code == .garbage)
        #expect(desk.learner.cuts == [1])
        // The session is over, and its connection gets no other.
        desk.hello(1, "c")
        #expect(desk.learner.overview.sessions == 0 && desk.welcome(1) == nil)
        #expect(desk.experience(1, session, 1) == .ignore)
        #expect(desk.learner.notices.count < 10)
        // The name is free for an honest one.
        desk.hello(2, "a", run: desk.offer.runIdentity)
        #expect(desk.welcome(2) != nil && desk.learner.creditImbalance == 0)
    }

    @Test("Refusals are logged once an actor, words of no session answered a few times; then the connection is cut")
    func strangers() throws {
        let desk = Desk(try makeOffer())
        for _ in 0..<LearnerSessions.garbageLimit { desk.hello(1, "a", version: 99) }
        #expect(desk.learner.notices.count { $0.text.contains("refused") } == 1)
        #expect(desk.learner.cuts == [1])
        for _ in 0..<5000 { desk.learner.receive(.ping(session: 77, ActorCounts()), from: 2, at: desk.now) }
        #expect(desk.said(to: 2).count <= 8)
        #expect(desk.learner.cuts == [1, 2])
        for _ in 0..<LearnerSessions.garbageLimit { desk.learner.receiveGarbage(from: 3, "noise") }
        #expect(desk.learner.cuts == [1, 2, 3])
        #expect(desk.learner.notices.count { $0.text.contains("garbage") } == 1)
    }

    @Test("Parameters are sent as often as there are new ones, not as often as they are asked for")
    func pullFlood() throws {
        let (desk, session) = try joined()
        var pieces = 0
        for _ in 0..<50 { pieces += pull(desk, session) }
        #expect(pieces == 2)
        #expect(desk.learner.ledger.garbage == 48 && desk.learner.overview.sessions == 1)
        desk.learner.publish(makeSnapshot(2))
        _ = desk.said(to: 1)
        #expect(pull(desk, session) == 1)
        // An actor whose piece was lost asks again after a while.
        for _ in 0..<9 { pieces = pull(desk, session) }
        #expect(pieces == 0)
        desk.now = desk.now.advanced(seconds: 11)
        #expect(pull(desk, session) == 1)
    }

    @Test("Without a session no more parameters are sent either, and who goes on asking is cut")
    func pullFloodWithoutSession() throws {
        let desk = Desk(try makeOffer())
        var pieces = 0
        for _ in 0..<50 { pieces += pull(desk, 0) }
        #expect(pieces == 2 && desk.learner.ledger.garbage == 48 && desk.learner.cuts.isEmpty)
        desk.now = desk.now.advanced(seconds: 11)
        #expect(pull(desk, 0) == 1)
        for _ in 0..<LearnerSessions.garbageLimit { _ = pull(desk, 0) }
        #expect(desk.learner.cuts == [1])
    }

    @Test("Who speaks of no session is cut even when the limit falls meanwhile, and once")
    func strayLimit() throws {
        let desk = Desk(try makeOffer(unrollsPerBatch: 2000, queuedBatches: 0))
        func strays(_ count: Int) {
            for _ in 0..<count { desk.learner.receive(.ping(session: 77, ActorCounts()), from: 9, at: desk.now) }
        }
        strays(4000)
        #expect(desk.learner.cuts.isEmpty)
        // The share of each, which the limit follows, falls.
        for number in 1...4 as ClosedRange<UInt64> { desk.hello(number, "a\(number)") }
        strays(4000)
        #expect(desk.learner.cuts == [9])
    }

    @Test("In lockstep too the credit of a loop that stands still goes to others, and what it sends later is taken")
    func stalled() throws {
        let desk = Desk(try makeOffer(unrollsPerBatch: 4, queuedBatches: 0))
        desk.hello(1, "a")
        desk.hello(2, "b")
        let first = try #require(desk.welcome(1)).status
        let second = try #require(desk.welcome(2)).status
        #expect(desk.learner.granted == 4)
        let told = desk.unrolls(max(first.creditLimit, desk.status(1)?.creditLimit ?? 0))
        #expect(told >= 2)
        for _ in 1...10 {
            desk.now = desk.now.advanced(seconds: 0.25)
            desk.learner.advance(to: desk.now)
        }
        // Credit told never falls, and the other one has the batch now.
        if let status = desk.status(1) { #expect(desk.unrolls(status.creditLimit) == told) }
        for sequence in 1...4 as ClosedRange<UInt64> { #expect(desk.experience(2, second.session, sequence) == .read) }
        let taken = desk.take()
        #expect(taken.count == 4 && desk.learner.creditImbalance == 0)
        desk.learner.settle(taken, .trained)
        desk.learner.publish(makeSnapshot(2))
        #expect(desk.experience(1, first.session, 1) == .read)
        #expect(desk.learner.ledger.isBalanced && desk.learner.creditImbalance == 0)
    }

    @Test("An actor that waits for credit is not told to hold any")
    func patient() throws {
        let desk = Desk(try makeOffer(), publishes: false)
        desk.hello(1, "a")
        let session = try #require(desk.welcome(1)).status.session
        for _ in 0..<100 {
            desk.now = desk.now.advanced(seconds: 1)
            desk.learner.receive(.ping(session: session, ActorCounts()), from: 1, at: desk.now)
            desk.learner.advance(to: desk.now)
        }
        #expect(desk.learner.overview.idleActors == 0 && !desk.learner.notices.contains { $0.text.contains("holds credit") })
        desk.learner.publish(desk.snapshot)
        #expect(desk.learner.granted > 0)
    }

    @Test("An evaluation that one actor can't play goes to another, and to that one no more")
    func evaluationFailure() throws {
        let (desk, first) = try joined()
        desk.hello(2, "b")
        let second = try #require(desk.welcome(2)).status.session
        let request = EvaluationRequest(identifier: 4, version: desk.snapshot.version, episodes: 1, seed: 1)
        desk.learner.evaluate(request, desk.snapshot)
        #expect(desk.said(to: 1).contains { if case .evaluate = $0 { true } else { false } })
        let failure = EvaluationFailure(identifier: 4, reason: "another model")
        desk.learner.receive(.evaluationFailed(session: first, failure), from: 1, at: desk.now)
        #expect(desk.said(to: 2).contains { if case .evaluate = $0 { true } else { false } })
        #expect(desk.learner.notices.contains { $0.text.contains("another model") })
        desk.learner.receive(.evaluationFailed(session: second, failure), from: 2, at: desk.now)
        #expect(desk.said(to: 1).isEmpty && desk.said(to: 2).isEmpty)
        // Nobody can: it waits for one who comes.
        desk.hello(3, "c")
        #expect(desk.said(to: 3).contains { if case .evaluate = $0 { true } else { false } })
    }

    @Test("An unroll that is complete after the last counts of a finished run never was")
    func lateUnroll() throws {
        var actor = ActorSession(offer: makeActorOffer())
        let offer = try makeOffer()
        let now = Deadline(nanoseconds: 1)
        actor.connected(at: now)
        actor.receive(makeWelcome(offer, creditLimit: 1 << 20), nil, at: now)
        _ = actor.hasTurn(now)
        func send() {
            let block = UnrollBlock(byteCount: offer.layout.byteCount)
            actor.send(block, makeHeader(makeSnapshot(1)), checksum: 1)
        }
        send()
        actor.receive(.bye(session: 9, .finished), nil, at: now)
        send()
        #expect(actor.produced == 2)
        // The loop does not come to its boundary in time, so the goodbye is answered for it.
        actor.outgoing = []
        actor.advance(to: now.advanced(seconds: ActorSession.partingSeconds))
        guard case .bye(_, let counts)? = actor.outgoing.last?.message else { throw Unexpected("no goodbye") }
        send()
        #expect(counts.produced == 2 && actor.produced == 2)
    }
}
