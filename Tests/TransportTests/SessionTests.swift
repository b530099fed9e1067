import StarlingExperience
import StarlingMessages
import StarlingThreads
import StarlingTransport
import Testing

/// A learner's role with hand-made messages.
final class Desk {
    var learner = LearnerSessions(build: "learner-build")
    var now = Deadline(nanoseconds: 1_000_000_000_000)
    let offer: LearnerOffer
    let snapshot = makeSnapshot(1)

    init(_ offer: LearnerOffer, opens: Bool = true, publishes: Bool = true) {
        self.offer = offer
        if opens { learner.open(offer, at: now) }
        if publishes { learner.publish(snapshot) }
    }

    func hello(
        _ connection: Connection, _ instance: String, incarnation: UInt64 = 1, role: ActorRole = .act,
        version: UInt32 = WireLimits.protocolVersion, environments: [EnvironmentSpec] = [testEnvironment],
        run: UInt64 = 0, baseline: UInt64 = 0, first: UInt64 = 1, produced: UInt64 = 0, threads: Int = 1, readsPayload: Bool = false
    ) {
        learner.receive(
            .hello(
                Hello(
                    protocolVersion: version, build: "actor-build", instance: instance, incarnation: incarnation,
                    role: role, run: run, ordinal: nil, runBaseline: baseline, firstUnacknowledged: first,
                    counts: ActorCounts(produced: produced), environments: environments, threads: threads, readsPayload: readsPayload)),
            from: connection, at: now)
    }

    /// What was said to a connection since the last look.
    func said(to connection: Connection) -> [LearnerMessage] {
        learner.flush()
        defer { learner.outgoing.removeAll { $0.connection == connection } }
        return learner.outgoing.filter { $0.connection == connection }.map(\.message)
    }

    func welcome(_ connection: Connection) -> Welcome? {
        for case .welcome(let welcome) in said(to: connection) { return welcome }
        return nil
    }

    func refusal(_ connection: Connection) -> Refusal? {
        for case .refuse(let refusal) in said(to: connection) { return refusal }
        return nil
    }

    func status(_ connection: Connection) -> SessionStatus? {
        var last: SessionStatus?
        for case .status(let status) in said(to: connection) { last = status }
        return last
    }

    /// Sends an unroll as an actor would.
    @discardableResult
    func experience(
        _ connection: Connection, _ session: UInt64, _ sequence: UInt64, version: ParameterVersion? = nil,
        digest: UInt64? = nil, tag: UInt64? = nil, byteCount: Int? = nil, firstEnvironment: UInt32 = 0
    ) -> LearnerSessions.Admission {
        let block = UnrollBlock(byteCount: offer.layout.byteCount)
        fill(block, offer.layout)
        var unroll = makeHeader(snapshot, firstEnvironment: firstEnvironment)
        unroll.sequence = sequence
        unroll.version = version ?? unroll.version
        unroll.digest = digest ?? unroll.digest
        // Versions that a learner of the run has made.
        if let tag { unroll.tag = tag } else { unroll.tag = testSeal.tag(of: unroll.version, unroll.digest) }
        let header = ExperienceHeader(
            session: session, counts: ActorCounts(produced: sequence, sentThrough: sequence), unroll: unroll,
            byteCount: UInt32(byteCount ?? block.byteCount), checksum: Digest.of(block.bytes))
        let admission = learner.admit(header, from: connection, at: now)
        switch admission {
        case .read: learner.accept(header, block, from: connection)
        case .invalid(let fault): learner.reject(header, fault, from: connection)
        case .ignore: break
        }
        return admission
    }

    func take() -> [ReceivedUnroll] {
        var unrolls: [ReceivedUnroll] = []
        while let event = learner.takeEvent() { if case .unroll(let unroll) = event { unrolls.append(unroll) } }
        return unrolls
    }

    /// Unrolls a session may have sent in all.
    func unrolls(_ creditLimit: UInt64) -> Int { Int(creditLimit) / offer.layout.byteCount }
}

@Suite("Sessions")
struct SessionTests {
    @Test("HELLO is answered with all an actor needs")
    func welcome() throws {
        let desk = Desk(try makeOffer())
        desk.hello(7, "a", incarnation: 3)
        let welcome = try #require(desk.welcome(7))
        #expect(welcome.assignment.environment == testEnvironment && welcome.assignment.model == testModel)
        #expect(welcome.assignment.ordinal == 0 && welcome.assignment.incarnation == 3)
        #expect(welcome.run == desk.offer.runIdentity && welcome.generation == 1)
        #expect(welcome.status.newest == Announcement(desk.snapshot))
        #expect(desk.unrolls(welcome.status.creditLimit) >= 1)
        desk.hello(8, "b")
        #expect(desk.welcome(8)?.assignment.ordinal == 1)
    }

    @Test("HELLOs wait for the offer, and their environments are told")
    func waiting() throws {
        let desk = Desk(try makeOffer(), opens: false, publishes: false)
        desk.hello(1, "a")
        desk.hello(2, "b")
        #expect(desk.said(to: 1).isEmpty)
        guard case .environmentOffered(testEnvironment)? = desk.learner.takeEvent() else {
            Issue.record("no environment was told")
            return
        }
        #expect(!desk.learner.hasEvents)
        desk.learner.connectionLost(2)
        desk.learner.open(desk.offer, at: desk.now)
        #expect(desk.welcome(1) != nil)
        #expect(desk.welcome(2) == nil)
    }

    @Test("An unknown session is told to say HELLO")
    func unknown() throws {
        let desk = Desk(try makeOffer())
        desk.experience(1, 99, 1)
        #expect(desk.said(to: 1) == [.handshakeRequest(session: 99)])
        desk.learner.receive(.ping(session: 5, ActorCounts()), from: 1, at: desk.now)
        #expect(desk.said(to: 1) == [.handshakeRequest(session: 5)])
        desk.hello(2, "a")
        let session = try #require(desk.welcome(2)).status.session
        desk.experience(2, session + 1, 1)
        #expect(desk.said(to: 2).contains(.handshakeRequest(session: session + 1)))
        #expect(desk.learner.ledger.acknowledged == 0)
    }

    @Test("Another protocol is refused with both builds")
    func protocolVersion() throws {
        let desk = Desk(try makeOffer(), opens: false)
        desk.hello(1, "a", version: 99)
        let refusal = try #require(desk.refusal(1))
        #expect(refusal.code == .protocolVersion)
        #expect(refusal.reason.contains("actor-build") && refusal.reason.contains("learner-build"))
        #expect(refusal.reason.contains("99"))
    }

    @Test("A missing or differing environment is refused with the name and the difference")
    func environments() throws {
        let desk = Desk(try makeOffer())
        desk.hello(1, "a", environments: [EnvironmentSpec(name: "maze", observation: testEnvironment.observation, action: .discrete(2))])
        let missing = try #require(desk.refusal(1))
        #expect(missing.code == .unknownEnvironment)
        #expect(
            missing.reason.contains("line") && missing.reason.contains("maze") && missing.reason.contains("actor-build")
                && missing.reason.contains("learner-build"))
        for (spec, word) in [
            (EnvironmentSpec(name: "line", observation: ObservationSpec(shape: [4]), action: .discrete(2)), "[4]"),
            (EnvironmentSpec(name: "line", observation: ObservationSpec(shape: [3], scalar: .uint8), action: .discrete(2)), "uint8"),
            (EnvironmentSpec(name: "line", observation: ObservationSpec(shape: [3]), action: .discrete(5)), "5"),
            (
                EnvironmentSpec(name: "line", observation: ObservationSpec(shape: [3]), action: .discrete(2), playersAlternate: true),
                "two players act in turn there, in the learner's one"
            ),
        ] {
            desk.hello(2, "b", environments: [spec])
            let refusal = try #require(desk.refusal(2))
            #expect(refusal.code == .differentEnvironment && refusal.reason.contains(word))
        }
        #expect(desk.learner.overview.refused.total == 5)
    }

    @Test("Of two starts of an actor the newer one stays")
    func incarnations() throws {
        let desk = Desk(try makeOffer())
        desk.hello(1, "a", incarnation: 5)
        let session = try #require(desk.welcome(1)).status.session
        desk.experience(1, session, 1)
        desk.hello(2, "a", incarnation: 4)
        #expect(desk.refusal(2)?.code == .olderIncarnation)
        // 1 of the 2 it told of is lost with the old start.
        desk.learner.receive(.ping(session: session, ActorCounts(produced: 2, sentThrough: 1)), from: 1, at: desk.now)
        desk.hello(3, "a", incarnation: 6)
        #expect(desk.refusal(1)?.code == .olderIncarnation)
        #expect(desk.welcome(3)?.status.acknowledgedThrough == 0)
        desk.experience(1, session, 2)
        #expect(desk.said(to: 1) == [.handshakeRequest(session: session)])
        let ledger = desk.learner.ledger
        #expect(ledger.produced == 2 && ledger.acknowledged == 1 && ledger.lostWithActor == 1 && ledger.isBalanced)
        #expect(desk.learner.creditImbalance == 0)
    }

    @Test("A new connection of the same start goes on where the old one was")
    func takeover() throws {
        let desk = Desk(try makeOffer())
        desk.hello(1, "a")
        let first = try #require(desk.welcome(1))
        desk.experience(1, first.status.session, 1)
        desk.hello(2, "a", run: first.run, first: 1, produced: 2)
        let second = try #require(desk.welcome(2))
        #expect(second.status.acknowledgedThrough == 1 && second.status.session != first.status.session)
        #expect(second.assignment == first.assignment)
        desk.experience(2, second.status.session, 2)
        #expect(desk.learner.ledger.acknowledged == 2 && desk.learner.ledger.outbox == 0)
        #expect(desk.learner.overview.sessions == 1 && desk.learner.creditImbalance == 0)
    }

    @Test("Silence ends a session after 60 s, and its actor with it")
    func silence() throws {
        let desk = Desk(try makeOffer())
        desk.hello(1, "a")
        let session = try #require(desk.welcome(1)).status.session
        desk.learner.receive(.ping(session: session, ActorCounts(produced: 3)), from: 1, at: desk.now)
        desk.now = desk.now.advanced(seconds: 59)
        desk.learner.advance(to: desk.now)
        #expect(desk.learner.overview.actingActors == 1 && desk.learner.ledger.outbox == 3)
        desk.now = desk.now.advanced(seconds: 2)
        desk.learner.advance(to: desk.now)
        #expect(desk.learner.overview.actingActors == 0 && desk.learner.overview.sessions == 0)
        #expect(desk.learner.ledger.lostWithActor == 3 && desk.learner.granted == 0)
        // It was only away: its outbox is one again.
        desk.hello(2, "a", run: desk.offer.runIdentity, produced: 3)
        #expect(desk.learner.ledger.outbox == 3 && desk.learner.ledger.lostWithActor == 0)
    }

    @Test("Time in which the learner itself stood still is nobody's silence")
    func standstill() throws {
        let desk = Desk(try makeOffer())
        desk.hello(1, "with a session")
        desk.hello(2, "without")
        desk.learner.connectionLost(2)
        desk.learner.advance(to: desk.now)
        desk.now = desk.now.advanced(seconds: 600)
        desk.learner.advance(to: desk.now)
        #expect(desk.learner.overview.sessions == 1 && leavings(desk) == 0)
        for _ in 0..<61 {
            desk.now = desk.now.advanced(seconds: 1)
            desk.learner.advance(to: desk.now)
        }
        #expect(desk.learner.overview.sessions == 0 && leavings(desk) == 2)
    }

    @Test("A lost connection is not a dead actor")
    func lostConnection() throws {
        let desk = Desk(try makeOffer())
        desk.hello(1, "a")
        desk.learner.connectionLost(1)
        #expect(leavings(desk) == 0)
        desk.now = desk.now.advanced(seconds: 61)
        desk.learner.advance(to: desk.now)
        #expect(leavings(desk) == 1)
    }

    private func leavings(_ desk: Desk) -> Int {
        var count = 0
        while let event = desk.learner.takeEvent() { if case .actorLeft = event { count += 1 } }
        return count
    }

    @Test("Actors are counted by their sessions, and each start of one once")
    func counts() throws {
        let desk = Desk(try makeOffer())
        func expect(acting: Int, evaluating: Int, ever: UInt64) {
            let overview = desk.learner.overview
            #expect(overview.actingActors == acting && overview.evaluatingActors == evaluating)
            #expect(overview.actorsEver == ever)
        }
        desk.hello(1, "a")
        desk.hello(2, "b")
        desk.hello(3, "e", role: .evaluate)
        expect(acting: 2, evaluating: 1, ever: 2)
        // Killed, and not yet back.
        desk.learner.connectionLost(1)
        desk.learner.connectionLost(3)
        expect(acting: 1, evaluating: 0, ever: 2)
        desk.hello(4, "a", run: desk.offer.runIdentity)
        expect(acting: 2, evaluating: 0, ever: 2)
        // It worked for another run in between.
        desk.learner.connectionLost(4)
        desk.hello(5, "a", run: 99)
        expect(acting: 2, evaluating: 0, ever: 2)
        desk.hello(6, "a", incarnation: 2)
        expect(acting: 2, evaluating: 0, ever: 3)
    }

    @Test("Garbage is counted, and too much of it ends a session")
    func garbage() throws {
        let desk = Desk(try makeOffer())
        desk.hello(1, "a")
        for _ in 0..<LearnerSessions.garbageLimit { desk.learner.receiveGarbage(from: 1, "nonsense") }
        #expect(desk.refusal(1)?.code == .garbage)
        #expect(desk.learner.overview.sessions == 0)
        #expect(desk.learner.ledger.garbage == UInt64(LearnerSessions.garbageLimit))
        #expect(desk.learner.notices.filter { $0.text.contains("sent garbage") }.count == 1)
    }

    @Test("Goodbye of a run that is over: what still comes is abandoned, the rest is lost with its actor")
    func finished() throws {
        let desk = Desk(try makeOffer())
        desk.hello(1, "a")
        let session = try #require(desk.welcome(1)).status.session
        desk.experience(1, session, 1)
        desk.learner.part(.finished)
        #expect(desk.said(to: 1).contains(.bye(session: session, .finished)))
        desk.experience(1, session, 2)
        desk.learner.receive(.bye(session: session, ActorCounts(produced: 4, sentThrough: 2)), from: 1, at: desk.now)
        #expect(desk.learner.isParted)
        desk.learner.closeBooks()
        let ledger = desk.learner.ledger
        #expect(ledger.produced == 4 && ledger.abandoned == 2 && ledger.lostWithActor == 2 && ledger.isBalanced)
    }

    @Test("Goodbye before a restart: what still comes stays with its actor")
    func restarting() throws {
        let desk = Desk(try makeOffer())
        desk.hello(1, "a")
        let session = try #require(desk.welcome(1)).status.session
        desk.learner.part(.restarting)
        desk.experience(1, session, 1)
        desk.learner.receive(.bye(session: session, ActorCounts(produced: 1, sentThrough: 1)), from: 1, at: desk.now)
        desk.learner.closeBooks()
        let ledger = desk.learner.ledger
        #expect(ledger.outbox == 1 && ledger.acknowledged == 0 && ledger.isBalanced)
    }

    @Test("A word that comes after the books were closed changes nothing")
    func lateFate() throws {
        let desk = Desk(try makeOffer())
        desk.hello(1, "a")
        let session = try #require(desk.welcome(1)).status.session
        desk.experience(1, session, 1)
        let unroll = desk.take()[0]
        desk.learner.part(.finished)
        desk.learner.closeBooks()
        desk.learner.settle(unroll, .trained)
        #expect(desk.learner.ledger.abandoned == 1 && desk.learner.ledger.trained == 0 && desk.learner.ledger.isBalanced)
    }

    @Test("An offer that contradicts itself is refused")
    func offers() throws {
        #expect(throws: TransportError.self) { try makeOffer(byteBudget: 1000) }
        #expect(throws: TransportError.self) { try makeOffer(perUnroll: 3, environmentsPerActor: 4) }
        #expect(throws: TransportError.self) { try makeOffer(unrollsPerBatch: 0) }
        #expect(throws: TransportError.self) { try makeOffer(steps: 60_000, perUnroll: 1000, environmentsPerActor: 1000, byteBudget: .max) }
    }
}
