import StarlingExperience
import StarlingMessages
import StarlingThreads
import StarlingTransport
import Testing

@Suite("Parameters and evaluations")
struct ParameterTests {
    func pull(_ desk: Desk, _ session: UInt64, _ update: UInt64, offset: UInt64 = 0) -> [LearnerMessage] {
        let version = ParameterVersion(generation: 1, update: update)
        desk.learner.receive(
            .pull(Pull(session: session, version: version, offset: offset, count: 256 * 1024)), from: 1, at: desk.now)
        return desk.said(to: 1)
    }

    func joined(publishes: Bool = false) throws -> (Desk, UInt64) {
        let desk = Desk(try makeOffer(), publishes: publishes)
        desk.hello(1, "a")
        return (desk, try #require(desk.welcome(1)).status.session)
    }

    @Test("The last two are kept; for an older one the newest comes, and is named")
    func lastTwo() throws {
        let (desk, session) = try joined()
        for update in 1...3 as ClosedRange<UInt64> { desk.learner.publish(makeSnapshot(update)) }
        _ = desk.said(to: 1)
        for update in 2...3 as ClosedRange<UInt64> {
            guard case .weights(let header)? = pull(desk, session, update).first else {
                Issue.record("no weights of \(update)")
                continue
            }
            #expect(header.of == Announcement(makeSnapshot(update)))
        }
        let newest = makeSnapshot(3)
        #expect(
            pull(desk, session, 1) == [
                .weights(
                    WeightsHeader(session: session, of: Announcement(newest), offset: 0, count: UInt32(newest.bytes.count))),
                .weightsGone(
                    session: session, ParameterVersion(generation: 1, update: 1),
                    newest: Announcement(newest)),
            ])
    }

    /// A link whose round trip is longer than two updates take.
    @Test("Who asks too late every time gets parameters all the same", arguments: [100, 600_000])
    func alwaysLate(byteCount: Int) throws {
        let now = Deadline(nanoseconds: 1)
        var actor = ActorSession(offer: makeActorOffer())
        var learner = LearnerSessions(build: "test")
        learner.open(try makeOffer(), at: now)
        learner.publish(makeSnapshot(1, byteCount: byteCount))
        actor.connected(at: now)
        SuccessionTests().pump(&actor, &learner, 1)
        guard case .assigned? = actor.nextTurn(wanting: 1, at: now) else { throw Unexpected("not assigned") }
        for update in 1...20 as ClosedRange<UInt64> {
            if case .rollout(_, let parameters?)? = actor.nextTurn(wanting: 1, at: now) {
                #expect(parameters.version.update > 1)
                return
            }
            // What it has asked for is on its way meanwhile.
            for later in 1...3 as ClosedRange<UInt64> { learner.publish(makeSnapshot(3 * update + later, byteCount: byteCount)) }
            let asked = actor.outgoing
            actor.outgoing = []
            for item in asked { learner.receive(item.message, from: 1, at: now) }
            learner.flush()
            let answers = learner.outgoing
            learner.outgoing = []
            for item in answers {
                guard let piece = item.piece else {
                    actor.receive(item.message, nil, at: now)
                    continue
                }
                piece.snapshot.bytes.withUnsafeBytes {
                    actor.receive(item.message, UnsafeRawBufferPointer(rebasing: $0[piece.range]), at: now)
                }
            }
        }
        Issue.record("no turn in 20 round trips")
    }

    @Test("What is being fetched is kept until it is there")
    func fetched() throws {
        let (desk, session) = try joined()
        desk.learner.publish(makeSnapshot(1, byteCount: 600_000))
        _ = desk.said(to: 1)
        guard case .weights? = pull(desk, session, 1).first else { throw Unexpected("no first piece") }
        for update in 2...9 as ClosedRange<UInt64> { desk.learner.publish(makeSnapshot(update)) }
        _ = desk.said(to: 1)
        guard case .weights? = pull(desk, session, 1, offset: 262_144).first else { throw Unexpected("no second piece") }
        guard case .weights(let last)? = pull(desk, session, 1, offset: 524_288).first else {
            throw Unexpected("no last piece")
        }
        #expect(last.count == 600_000 - 524_288)
        desk.learner.publish(makeSnapshot(10))
        _ = desk.said(to: 1)
        guard case .weightsGone? = pull(desk, session, 1).last else { throw Unexpected("kept for ever") }
    }

    @Test("A pull beyond the end is garbage")
    func beyond() throws {
        let (desk, session) = try joined(publishes: true)
        #expect(pull(desk, session, 1, offset: 100).isEmpty)
        #expect(desk.learner.ledger.garbage == 1)
    }

    @Test("An evaluation pins its snapshot, goes to an actor for it, and is answered once")
    func evaluation() throws {
        let (desk, session) = try joined(publishes: true)
        desk.hello(2, "e", role: .evaluate)
        let evaluator = try #require(desk.welcome(2)).status.session
        let request = EvaluationRequest(
            identifier: 4, version: ParameterVersion(generation: 1, update: 1), episodes: 3, seed: 1)
        desk.learner.evaluate(request, desk.snapshot)
        for update in 2...9 as ClosedRange<UInt64> { desk.learner.publish(makeSnapshot(update)) }
        #expect(desk.said(to: 2).contains(.evaluate(session: evaluator, request, Announcement(desk.snapshot))))
        #expect(!desk.said(to: 1).contains { if case .evaluate = $0 { true } else { false } })
        guard case .weights? = pull(desk, session, 1).first else { throw Unexpected("not pinned") }
        let report = EvaluationReport(identifier: 4, version: request.version, returns: [1, 2, 3])
        // Not by somebody else.
        desk.learner.receive(.evaluation(session: session, report), from: 1, at: desk.now)
        #expect(desk.learner.ledger.garbage == 1)
        for _ in 0..<2 { desk.learner.receive(.evaluation(session: evaluator, report), from: 2, at: desk.now) }
        var reports: [EvaluationReport] = []
        while let event = desk.learner.takeEvent() { if case .evaluation(let report) = event { reports.append(report) } }
        #expect(reports == [report])
        guard case .weightsGone? = pull(desk, session, 1).last else { throw Unexpected("pinned for ever") }
    }

    @Test("Without an actor for it one that acts plays; lost with its actor, it is told")
    func fallback() throws {
        let desk = Desk(try makeOffer())
        let request = EvaluationRequest(identifier: 4, version: desk.snapshot.version, episodes: 3, seed: 1)
        desk.learner.evaluate(request, desk.snapshot)
        desk.hello(1, "a")
        #expect(desk.said(to: 1).contains { if case .evaluate = $0 { true } else { false } })
        desk.learner.connectionLost(1)
        var lost: [UInt64] = []
        while let event = desk.learner.takeEvent() {
            if case .evaluationLost(let identifier, _) = event { lost.append(identifier) }
        }
        #expect(lost == [4])
    }

    @Test("Large parameters come in pieces, over an in-process wire")
    func pieces() throws {
        let pair = InProcessPair(actors: [makeActorOffer("a")], build: "test", logger: quiet)
        let loop = Loop(pair.actors[0])
        pair.learner.open(try makeOffer())
        let snapshot = makeSnapshot(1, byteCount: 3_000_001)
        pair.learner.publish(snapshot)
        while loop.turn() {}
        #expect(loop.snapshot?.bytes == snapshot.bytes && loop.snapshot?.digest == snapshot.digest)
    }

    @Test("Pieces out of place are passed over, another digest ends the connection")
    func badPieces() throws {
        var actor = ActorSession(offer: makeActorOffer())
        let now = Deadline(nanoseconds: 1)
        actor.connected(at: now)
        let offer = try makeOffer()
        var promised = Announcement(makeSnapshot(1))
        promised.digest = 1
        actor.receive(makeWelcome(offer, creditLimit: 1 << 20, newest: promised), nil, at: now)
        for _ in 0..<2 { _ = actor.nextTurn(wanting: 1, at: now) }
        makeSnapshot(1).bytes.withUnsafeBytes { bytes in
            for (offset, count) in [(50, 50), (0, 99), (0, 101)] as [(UInt64, UInt32)] {
                actor.receive(
                    .weights(WeightsHeader(session: 9, of: promised, offset: offset, count: count)), bytes, at: now)
            }
            #expect(actor.wantsReconnection == nil)
            actor.receive(.weights(WeightsHeader(session: 9, of: promised, offset: 0, count: 100)), bytes, at: now)
        }
        #expect(actor.wantsReconnection?.finding.contains("digest") == true)
    }
}
