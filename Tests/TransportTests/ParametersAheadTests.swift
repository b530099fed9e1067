import StarlingExperience
import StarlingMessages
import StarlingThreads
import StarlingTransport
import Testing

/// Small parameters go ahead of the credit that an actor waits for.
@Suite("Parameters ahead of credit")
struct ParametersAheadTests {
    /// One unroll a turn, and two of them outstanding.
    private func desk(byteCount: Int = 100) throws -> (Desk, session: UInt64) {
        let desk = Desk(
            try makeOffer(environmentsPerActor: 2, unrollsPerBatch: 1), publishes: false)
        desk.learner.publish(makeSnapshot(1, byteCount: byteCount))
        desk.hello(1, "a")
        return (desk, try #require(desk.welcome(1)).status.session)
    }

    /// Versions of the whole blobs among what was said since the last look, each with whether a status followed.
    private func blobs(_ desk: Desk) -> [UInt64] {
        let said = desk.said(to: 1)
        return said.indices.compactMap { index in
            guard case .weights(let header) = said[index] else { return nil }
            guard case .status(let status)? = said.dropFirst(index + 1).first, status.newest == header.of else {
                Issue.record("parameters without the status they go ahead of")
                return nil
            }
            #expect(header.offset == 0 && UInt64(header.count) == header.of.byteCount)
            return header.of.version.update
        }
    }

    /// The actor sends what its credit allows, acted with `version`.
    private func sendAll(_ desk: Desk, _ session: UInt64, _ sequences: ClosedRange<UInt64>, _ update: UInt64) {
        let snapshot = makeSnapshot(update)
        for sequence in sequences {
            #expect(desk.experience(1, session, sequence, version: snapshot.version, digest: snapshot.digest) == .read)
        }
    }

    private func trainOnAll(_ desk: Desk) { desk.learner.settle(desk.take(), .trained) }

    @Test("An actor whose credit is used up gets the newest with the next, each version once")
    func ahead() throws {
        let (desk, session) = try desk()
        #expect(blobs(desk).isEmpty, "it pulls the first itself")
        sendAll(desk, session, 1...2, 1)
        _ = desk.said(to: 1)
        desk.learner.publish(makeSnapshot(2))
        #expect(desk.said(to: 1).isEmpty, "it hears of new parameters with its credit")
        trainOnAll(desk)
        #expect(blobs(desk) == [2])
        sendAll(desk, session, 3...4, 2)
        trainOnAll(desk)
        #expect(blobs(desk).isEmpty, "it has the newest")
    }

    @Test("Each round's credit brings the newest, whether or not what came before was acted with")
    func oneARound() throws {
        let (desk, session) = try desk()
        _ = desk.said(to: 1)
        for update in 2...3 as ClosedRange<UInt64> {
            sendAll(desk, session, (2 * update - 3)...(2 * update - 2), 1)
            desk.learner.publish(makeSnapshot(update))
            trainOnAll(desk)
            #expect(blobs(desk) == [update])
        }
    }

    /// Eight unrolls a round, of which the window of six lets four be granted at a time.
    @Test("An actor that still has credit gets them once a round, or when what it has would be too old")
    func stepsOn() throws {
        let desk = Desk(
            try makeOffer(environmentsPerActor: 16, unrollsPerBatch: 1, pacing: .fixed(batches: 6)), publishes: false)
        desk.learner.publish(makeSnapshot(1))
        desk.hello(1, "a")
        let session = try #require(desk.welcome(1)).status.session
        _ = desk.said(to: 1)
        // Slack is 3.
        for (turn, update, expected) in [(0, 2, [2]), (1, 3, []), (2, 4, [4]), (3, 8, [8]), (4, 9, [])] as [(UInt64, UInt64, [UInt64])] {
            sendAll(desk, session, (4 * turn + 1)...(4 * turn + 4), 1)
            desk.learner.publish(makeSnapshot(update))
            trainOnAll(desk)
            #expect(blobs(desk) == expected, "with the credit of turn \(turn)")
        }
    }

    @Test("Parameters of several frames are not sent unasked", arguments: [0, 1])
    func large(excess: Int) throws {
        let (desk, session) = try desk()
        _ = desk.said(to: 1)
        sendAll(desk, session, 1...2, 1)
        desk.learner.publish(makeSnapshot(2, byteCount: WireLimits.frameByteCount + excess))
        trainOnAll(desk)
        #expect(blobs(desk) == (excess == 0 ? [2] : []))
    }

    @Test("Who reads payloads gets them in one frame, their credit with them")
    func oneFrame() throws {
        let desk = Desk(try makeOffer(environmentsPerActor: 2, unrollsPerBatch: 1), publishes: false)
        desk.learner.publish(makeSnapshot(1))
        desk.hello(1, "a", readsPayload: true)
        let welcome = try #require(desk.welcome(1))
        #expect(welcome.readsPayload)
        sendAll(desk, welcome.status.session, 1...2, 1)
        _ = desk.said(to: 1)
        desk.learner.publish(makeSnapshot(2))
        trainOnAll(desk)
        desk.learner.flush()
        let said = desk.learner.outgoing
        #expect(said.count == 1 && said.first?.isPayload == true)
        guard case .weights(let header)? = said.first?.message else { throw Unexpected("no parameters") }
        #expect(header.status?.newest == header.of && header.of.version.update == 2)
        #expect(header.status.map { $0.acknowledgedThrough == 2 && $0.creditLimit > welcome.status.creditLimit } == true)
        // Large ones are a frame of their own, and their credit comes with them all the same.
        desk.learner.outgoing = []
        sendAll(desk, welcome.status.session, 3...4, 2)
        desk.learner.publish(makeSnapshot(3, byteCount: FramePayload.limit + 1))
        trainOnAll(desk)
        desk.learner.flush()
        guard desk.learner.outgoing.count == 1, case .weights(let large)? = desk.learner.outgoing.first?.message else {
            throw Unexpected("no large parameters")
        }
        #expect(large.status != nil && desk.learner.outgoing.first?.isPayload == false)
    }

    @Test("An actor that gets no more credit for a while asks itself, and hears what is newest")
    func busy() throws {
        let (desk, session) = try desk()
        _ = desk.said(to: 1)
        sendAll(desk, session, 1...1, 1)
        desk.learner.publish(makeSnapshot(2))
        #expect(desk.learner.nextAnnouncement != nil)
        desk.learner.announce(at: Deadline(nanoseconds: 1))
        let said = desk.said(to: 1)
        #expect(!said.contains { if case .weights = $0 { true } else { false } })
        #expect(said.contains { if case .status(let status) = $0 { status.newest?.version.update == 2 } else { false } })
    }
}

/// What an actor does with them.
@Suite("Parameters that nobody asked for")
struct UnaskedParametersTests {
    private let now = Deadline(nanoseconds: 1)

    /// An actor of session 9 that waits for a turn and has heard WELCOME.
    private func welcomed() throws -> (ActorSession, unrollByteCount: UInt64) {
        var actor = ActorSession(offer: makeActorOffer())
        guard actor.nextTurn(wanting: 2, at: now) == nil else { throw Unexpected("a turn without a learner") }
        let offer = try makeOffer()
        actor.connected(at: now)
        actor.receive(makeWelcome(offer), nil, at: now)
        actor.outgoing = []
        return (actor, UInt64(offer.layout.byteCount))
    }

    /// And has its assignment.
    private func waiting() throws -> (ActorSession, unrollByteCount: UInt64) {
        var (actor, unroll) = try welcomed()
        guard case .assigned? = actor.nextTurn(wanting: 2, at: now) else { throw Unexpected("not assigned") }
        guard actor.nextTurn(wanting: 2, at: now) == nil else { throw Unexpected("a turn without credit") }
        return (actor, unroll)
    }

    private func send(_ actor: inout ActorSession, _ snapshot: ParameterSnapshot, as announcement: Announcement? = nil) {
        snapshot.bytes.withUnsafeBytes {
            let header = WeightsHeader(
                session: 9, of: announcement ?? Announcement(snapshot), offset: 0, count: UInt32($0.count))
            actor.receive(.weights(header), $0, at: now)
        }
    }

    private func grant(_ actor: inout ActorSession, _ byteCount: UInt64, newest: UInt64) {
        let status = SessionStatus(
            session: 9, acknowledgedThrough: 0, creditLimit: byteCount, newest: Announcement(makeSnapshot(newest)))
        actor.receive(.status(status), nil, at: now)
    }

    private func begins(_ actor: inout ActorSession) -> UInt64? {
        guard case .rollout(_, let parameters?)? = actor.nextTurn(wanting: 2, at: now) else { return nil }
        return parameters.version.update
    }

    @Test("It begins with them at once, also when newer ones were announced before its loop woke")
    func begins() throws {
        var (actor, unroll) = try waiting()
        send(&actor, makeSnapshot(1))
        grant(&actor, 2 * unroll, newest: 1)
        grant(&actor, 2 * unroll, newest: 2)
        #expect(begins(&actor) == 1)
        #expect(actor.outgoing.isEmpty)
    }

    @Test("Credit that comes with them is credit")
    func withCredit() throws {
        var (actor, unroll) = try waiting()
        let snapshot = makeSnapshot(1)
        let status = SessionStatus(session: 9, acknowledgedThrough: 0, creditLimit: 2 * unroll, newest: Announcement(snapshot))
        snapshot.bytes.withUnsafeBytes {
            let header = WeightsHeader(session: 9, of: Announcement(snapshot), offset: 0, count: UInt32($0.count), status: status)
            actor.receive(.weights(header), $0, at: now)
        }
        #expect(begins(&actor) == 1)
        #expect(actor.outgoing.isEmpty)
    }

    @Test("A block goes in its header's frame where the learner reads that and it is small", arguments: [false, true])
    func payload(readsPayload: Bool) throws {
        var (actor, unroll) = try waiting()
        guard case .welcome(var welcome) = makeWelcome(try makeOffer()) else { throw Unexpected("no WELCOME") }
        welcome.readsPayload = readsPayload
        actor.disconnected()
        actor.connected(at: now)
        actor.receive(.welcome(welcome), nil, at: now)
        send(&actor, makeSnapshot(1))
        grant(&actor, 2 * unroll, newest: 1)
        actor.outgoing = []
        guard case .rollout? = actor.nextTurn(wanting: 1, at: now) else { throw Unexpected("no turn") }
        let layout = try makeOffer().layout
        let block = UnrollBlock(byteCount: layout.byteCount)
        fill(block, layout)
        actor.send(block, makeHeader(makeSnapshot(1)), checksum: Digest.of(block.bytes))
        let sent = try #require(actor.outgoing.first { if case .experience = $0.message { true } else { false } })
        #expect(sent.isPayload == readsPayload && sent.byteCount == layout.byteCount && layout.byteCount <= FramePayload.limit)
    }

    @Test("Where the loop takes long to wake, it asks for the newest")
    func wakesLate() throws {
        var (actor, unroll) = try waiting()
        send(&actor, makeSnapshot(1))
        for update in 1...3 as ClosedRange<UInt64> { grant(&actor, 2 * unroll, newest: update) }
        #expect(begins(&actor) == nil)
        guard case .pull(let pull)? = actor.outgoing.first?.message else { throw Unexpected("no pull") }
        #expect(pull.version.update == 3)
    }

    @Test("A loop that comes back from something else asks for the newest")
    func asks() throws {
        var (actor, unroll) = try waiting()
        send(&actor, makeSnapshot(1))
        grant(&actor, 2 * unroll, newest: 1)
        #expect(begins(&actor) == 1)
        // It steps; meanwhile there is more credit, and newer parameters.
        grant(&actor, 4 * unroll, newest: 2)
        #expect(begins(&actor) == nil)
        guard case .pull(let pull)? = actor.outgoing.first?.message else { throw Unexpected("no pull") }
        #expect(pull.version.update == 2)
    }

    @Test("An evaluation in between makes them old")
    func evaluation() throws {
        var (actor, unroll) = try waiting()
        let snapshot = makeSnapshot(1)
        send(&actor, snapshot)
        grant(&actor, 2 * unroll, newest: 1)
        let request = EvaluationRequest(identifier: 1, version: snapshot.version, episodes: 1, seed: 1)
        actor.receive(.evaluate(session: 9, request, Announcement(snapshot)), nil, at: now)
        guard case .evaluate? = actor.nextTurn(wanting: 2, at: now) else { throw Unexpected("no evaluation") }
        grant(&actor, 2 * unroll, newest: 2)
        #expect(begins(&actor) == nil)
        guard case .pull? = actor.outgoing.first?.message else { throw Unexpected("no pull") }
    }

    @Test("Building environments in between makes them old")
    func assignment() throws {
        var (actor, unroll) = try welcomed()
        send(&actor, makeSnapshot(1))
        grant(&actor, 2 * unroll, newest: 1)
        guard case .assigned? = actor.nextTurn(wanting: 2, at: now) else { throw Unexpected("not assigned") }
        grant(&actor, 2 * unroll, newest: 2)
        #expect(begins(&actor) == nil)
        guard case .pull? = actor.outgoing.first?.message else { throw Unexpected("no pull") }
    }

    @Test("Only large ones are asked for without credit", arguments: [0, 1])
    func waitsOrAsks(excess: Int) throws {
        var (actor, _) = try waiting()
        let large = makeSnapshot(1, byteCount: WireLimits.frameByteCount + excess)
        actor.receive(
            .status(SessionStatus(session: 9, acknowledgedThrough: 0, creditLimit: 0, newest: Announcement(large))), nil, at: now)
        #expect(begins(&actor) == nil)
        #expect(actor.outgoing.isEmpty == (excess == 0))
    }

    @Test("Older ones are passed over, and of other bytes than announced none is taken")
    func faults() throws {
        var (actor, unroll) = try waiting()
        send(&actor, makeSnapshot(3))
        send(&actor, makeSnapshot(2))
        grant(&actor, 2 * unroll, newest: 3)
        #expect(begins(&actor) == 3)
        #expect(actor.wantsReconnection == nil)
        send(&actor, makeSnapshot(4), as: Announcement(version: makeSnapshot(4).version, digest: 1, byteCount: 100))
        #expect(actor.wantsReconnection != nil)
    }
}
