import StarlingExperience
import StarlingMessages
import StarlingThreads
import StarlingTransport
import Testing

@Suite("Credit")
struct CreditTests {
    @Test("Nothing is granted before there are parameters")
    func parametersFirst() throws {
        let desk = Desk(try makeOffer(), publishes: false)
        desk.hello(1, "a")
        #expect(desk.welcome(1)?.status.creditLimit == 0)
        desk.learner.publish(desk.snapshot)
        let status = try #require(desk.status(1))
        #expect(status.creditLimit > 0 && status.newest == Announcement(desk.snapshot))
    }

    @Test("Where memory is the limit, credit is back as soon as the journal has what was settled")
    func storedCredit() throws {
        let layout = try makeOffer().layout
        let offer = try makeOffer(unrollsPerBatch: 1, queuedBatches: 4, byteBudget: layout.byteCount)
        let desk = Desk(offer, opens: false, publishes: false)
        desk.learner.open(offer, isJournaling: true, at: desk.now)
        desk.learner.publish(desk.snapshot)
        desk.hello(1, "a")
        let welcome = try #require(desk.welcome(1))
        #expect(desk.unrolls(welcome.status.creditLimit) == 1)
        desk.experience(1, welcome.status.session, 1)
        desk.learner.settle(desk.take(), .trained)
        // The block waits for the journal.
        #expect(desk.learner.granted == 0)
        desk.learner.stored(through: try #require(desk.learner.takeUnwritten().last).index)
        #expect(desk.learner.granted == 1)
        let status = try #require(desk.status(1))
        #expect(status.acknowledgedThrough == 1 && desk.unrolls(status.creditLimit) == 2)
    }

    @Test("The queue's limit holds, and the longest waiting gets what comes free")
    func fairness() throws {
        // 4 unrolls outstanding at most: one batch of 4.
        let desk = Desk(try makeOffer(unrollsPerBatch: 4, queuedBatches: 1))
        var sessions: [UInt64] = []
        var limits: [Int] = []
        for connection in 1...6 as ClosedRange<Connection> {
            desk.hello(connection, "a\(connection)")
            let welcome = try #require(desk.welcome(connection))
            sessions.append(welcome.status.session)
            limits.append(desk.unrolls(desk.status(connection)?.creditLimit ?? welcome.status.creditLimit))
        }
        #expect(desk.learner.granted == 4)
        var turns: [Connection] = []
        var sequences = [UInt64](repeating: 0, count: 6)
        for _ in 0..<200 {
            // Of those who have credit, who has done least uses one of it; the trainer takes it at once.
            let able = limits.indices.filter { limits[$0] > Int(sequences[$0]) }
            let index = try #require(able.min { sequences[$0] < sequences[$1] })
            sequences[index] += 1
            desk.experience(Connection(index + 1), sessions[index], sequences[index])
            desk.learner.settle(desk.take(), .trained)
            for other in limits.indices {
                guard let status = desk.status(Connection(other + 1)) else { continue }
                if desk.unrolls(status.creditLimit) > limits[other] { turns.append(Connection(other + 1)) }
                limits[other] = desk.unrolls(status.creditLimit)
            }
            // Newcomers have a window of their own until they have proven themselves.
            #expect(desk.learner.granted + desk.learner.queued <= (sequences.min()! < 12 ? 8 : 4))
        }
        let counts = (1...6).map { connection in turns.filter { $0 == Connection(connection) }.count }
        #expect(counts.min()! > 0)
        #expect(sequences.max()! <= sequences.min()! + 8, "\(sequences)")
    }

    /// One actor, which has sent so many unrolls.
    private func desk(unrollsPerBatch: Int, sent: UInt64) throws -> (Desk, session: UInt64) {
        let desk = Desk(try makeOffer(unrollsPerBatch: unrollsPerBatch))
        desk.hello(1, "a")
        let session = try #require(desk.welcome(1)).status.session
        for sequence in 1...sent { desk.experience(1, session, sequence) }
        return (desk, session)
    }

    @Test("A turn is granted whole: a piece of it is not granted while anything is under way")
    func wholeTurns() throws {
        // Turns of 2 unrolls, 4 outstanding, of an actor that has proven itself.
        let (desk, session) = try desk(unrollsPerBatch: 2, sent: 4)
        _ = desk.take()
        for sequence in 5...8 as ClosedRange<UInt64> {
            desk.experience(1, session, sequence)
            if sequence == 6 { _ = desk.take() }
        }
        /// What is granted after each unroll that the trainer takes.
        var granted: [Int] = []
        while let event = desk.learner.takeEvent() {
            if case .unroll = event { granted.append(desk.learner.granted) }
        }
        #expect(granted.last == 4 && granted.allSatisfy { $0 % 2 == 0 }, "\(granted)")
        desk.experience(1, session, 9)
        #expect(desk.learner.granted == 3)
        while desk.learner.takeEvent() != nil {}
        #expect(desk.learner.granted == 3)
        desk.experience(1, session, 10)
        while desk.learner.takeEvent() != nil {}
        #expect(desk.learner.granted == 4)
    }

    @Test("Two actors with odd shares of the window are granted whole turns, so that none steps half of its environments")
    func wholeTurnsOfTwo() throws {
        // Turns of 2 unrolls, 6 outstanding: a share of 3 for each.
        let desk = Desk(try makeOffer(unrollsPerBatch: 3))
        var sessions: [UInt64] = []
        var limits: [Int] = []
        for connection in 1...2 as ClosedRange<Connection> {
            desk.hello(connection, "a\(connection)")
            let welcome = try #require(desk.welcome(connection))
            sessions.append(welcome.status.session)
            limits.append(desk.unrolls(welcome.status.creditLimit))
        }
        var sent = [0, 0]
        for round in 0..<100 {
            for index in 0..<2 {
                let connection = Connection(index + 1)
                if let status = desk.status(connection) { limits[index] = desk.unrolls(status.creditLimit) }
                // Newcomers first prove themselves.
                if round > 20 { #expect((limits[index] - sent[index]) % 2 == 0) }
                guard limits[index] > sent[index] else { continue }
                sent[index] += 1
                desk.experience(connection, sessions[index], UInt64(sent[index]))
                guard limits[index] > sent[index] else { continue }
                sent[index] += 1
                desk.experience(connection, sessions[index], UInt64(sent[index]))
            }
            desk.learner.settle(desk.take(), .trained)
        }
        #expect(sent.min()! >= 50, "\(sent)")
    }

    @Test("A turn that is larger than a batch is not waited for")
    func turnsBeyondBatches() throws {
        // Turns of 2 unrolls, batches of 1: after each the trainer is away for an update.
        let (desk, _) = try desk(unrollsPerBatch: 1, sent: 2)
        while case .actorJoined? = desk.learner.takeEvent() {}
        #expect(desk.learner.queued == 1 && desk.learner.granted == 1)
    }

    @Test("One of two actors does not hoard what the other would step")
    func shares() throws {
        // Turns of 2 unrolls, 4 outstanding.
        let desk = Desk(try makeOffer(unrollsPerBatch: 2))
        let sessions = try [1, 2].map { connection in
            desk.hello(Connection(connection), "a\(connection)")
            return try #require(desk.welcome(Connection(connection))).status.session
        }
        func limit(_ connection: Connection) -> Int { desk.status(connection).map { desk.unrolls($0.creditLimit) } ?? 0 }
        for sequence in 1...4 as ClosedRange<UInt64> { desk.experience(1, sessions[0], sequence) }
        desk.learner.settle(desk.take(), .trained)
        #expect(limit(1) == 6 && limit(2) == 2)
        // The first comes back while the second steps.
        for sequence in 5...6 as ClosedRange<UInt64> { desk.experience(1, sessions[0], sequence) }
        desk.learner.settle(desk.take(), .trained)
        #expect(limit(1) == 8)
        // The second leaves: then there is nobody to leave any for.
        desk.learner.receive(.bye(session: sessions[1], ActorCounts()), from: 2, at: desk.now)
        desk.learner.advance(to: desk.now)
        #expect(limit(1) == 10)
    }

    @Test("The byte budget counts what the trainer holds")
    func byteBudget() throws {
        let layout = try makeOffer().layout
        let desk = Desk(try makeOffer(unrollsPerBatch: 2, queuedBatches: 100, byteBudget: 3 * layout.byteCount))
        desk.hello(1, "a")
        let session = try #require(desk.welcome(1)).status.session
        #expect(desk.learner.granted == 3)
        for sequence in 1...3 as ClosedRange<UInt64> { desk.experience(1, session, sequence) }
        let unrolls = desk.take()
        #expect(unrolls.count == 3 && desk.learner.granted == 0)
        desk.learner.settle(unrolls[0], .trained)
        #expect(desk.learner.granted == 1)
        desk.learner.settle([unrolls[1], unrolls[2]], .trained)
        #expect(desk.learner.granted == 3)
    }

    @Test("Lockstep grants exactly a batch a version, again for what was not trained")
    func lockstep() throws {
        let desk = Desk(try makeOffer(unrollsPerBatch: 4, queuedBatches: 0), publishes: false)
        desk.hello(1, "a")
        desk.hello(2, "b")
        desk.learner.publish(desk.snapshot)
        let sessions = try [1, 2].map { try #require(desk.welcome($0)).status.session }
        #expect(desk.learner.granted == 4)
        for sequence in 1...2 as ClosedRange<UInt64> {
            desk.experience(1, sessions[0], sequence)
            desk.experience(2, sessions[1], sequence)
        }
        let batch = desk.take()
        #expect(batch.count == 4 && desk.learner.granted == 0)
        desk.learner.settle(batch[0], .tooStale)
        #expect(desk.learner.granted == 1)
        desk.learner.settle(Array(batch[1...]), .trained)
        #expect(desk.learner.granted == 1)
        desk.learner.publish(makeSnapshot(2))
        #expect(desk.learner.granted == 4)
    }

    @Test("Credit of a lost connection goes to others at once")
    func void() throws {
        let desk = Desk(try makeOffer(unrollsPerBatch: 4, queuedBatches: 0))
        desk.hello(1, "a")
        desk.hello(2, "b")
        _ = desk.welcome(1)
        let session = try #require(desk.welcome(2)).status.session
        let held = desk.learner.granted
        #expect(held == 4)
        desk.learner.connectionLost(1)
        #expect(desk.learner.granted == 4)
        #expect(desk.unrolls(try #require(desk.status(2)).creditLimit) == 4)
        for sequence in 1...4 as ClosedRange<UInt64> { #expect(desk.experience(2, session, sequence) == .read) }
    }

    @Test("What a lost connection leaves is granted when somebody can take it, without any other occasion")
    func leftOver() throws {
        let desk = Desk(try makeOffer(unrollsPerBatch: 4, queuedBatches: 0), publishes: false)
        desk.hello(1, "a")
        desk.hello(2, "b")
        desk.learner.publish(desk.snapshot)
        let session = try #require(desk.welcome(2)).status.session
        // Both have 2 and may not have more. The one goes, the other sends its own: that is all that happens.
        desk.learner.connectionLost(1)
        for sequence in 1...2 as ClosedRange<UInt64> { desk.experience(2, session, sequence) }
        for sequence in 3...4 as ClosedRange<UInt64> { #expect(desk.experience(2, session, sequence) == .read) }
        #expect(desk.take().count == 4)
    }

    @Test("Credit goes on while the trainer is busy, up to the queue's limit")
    func busyTrainer() throws {
        // A session may have 4 under way, the queue 8.
        let desk = Desk(try makeOffer(unrollsPerBatch: 4, queuedBatches: 2))
        desk.hello(1, "a")
        let session = try #require(desk.welcome(1)).status.session
        for sequence in 1...8 as ClosedRange<UInt64> { #expect(desk.experience(1, session, sequence) == .read) }
        #expect(desk.experience(1, session, 9) == .ignore)
    }

    @Test("In lockstep an actor that evaluates takes no share of the batch")
    func evaluatorShare() throws {
        let desk = Desk(try makeOffer(unrollsPerBatch: 4, queuedBatches: 0), publishes: false)
        desk.hello(1, "a")
        desk.hello(2, "e", role: .evaluate)
        desk.learner.publish(desk.snapshot)
        #expect(desk.learner.granted == 4)
    }

    @Test("An evaluating actor gets no credit and may send no experience")
    func evaluator() throws {
        let desk = Desk(try makeOffer())
        desk.hello(1, "e", role: .evaluate)
        let welcome = try #require(desk.welcome(1))
        #expect(welcome.status.creditLimit == 0)
        desk.experience(1, welcome.status.session, 1)
        #expect(desk.learner.ledger.garbage == 1 && desk.learner.ledger.acknowledged == 0)
    }

    @Test("An actor begins no unroll without credit and parameters")
    func actorWaits() throws {
        var actor = ActorSession(offer: makeActorOffer())
        let now = Deadline(nanoseconds: 1)
        actor.connected(at: now)
        actor.outgoing = []
        let snapshot = makeSnapshot(1)
        let offer = try makeOffer()
        let bytes = UInt64(offer.layout.byteCount)
        let welcome = makeWelcome(offer)
        guard case .welcome(let content) = welcome else { throw Unexpected("another message") }
        var status = content.status
        actor.receive(welcome, nil, at: now)
        guard case .assigned(content.assignment)? = actor.nextTurn(wanting: 2, at: now) else {
            Issue.record("not assigned")
            return
        }
        expectNone(actor.hasTurn(now))
        // Parameters, but no credit: such small ones come with it.
        status.newest = Announcement(snapshot)
        actor.receive(.status(status), nil, at: now)
        expectNone(actor.hasTurn(now))
        #expect(actor.outgoing.isEmpty)
        snapshot.bytes.withUnsafeBytes {
            actor.receive(
                .weights(WeightsHeader(session: 9, of: Announcement(snapshot), offset: 0, count: UInt32($0.count))), $0,
                at: now)
        }
        expectNone(actor.hasTurn(now))
        // Credit for one and a half: one.
        status.creditLimit = bytes + bytes / 2
        actor.receive(.status(status), nil, at: now)
        guard case .rollout(1, let parameters?)? = actor.nextTurn(wanting: 2, at: now) else {
            Issue.record("no rollout of one unroll")
            return
        }
        #expect(parameters.version == snapshot.version)
        expectNone(actor.hasTurn(now))
        // Given back, it may be used again; and the parameters are not handed over twice.
        actor.giveBack(unrolls: 1)
        guard case .rollout(1, nil)? = actor.nextTurn(wanting: 2, at: now) else {
            Issue.record("no rollout after giving back")
            return
        }
        // A newer version is pulled before the next turn's first step.
        status.creditLimit = 4 * bytes
        status.newest = Announcement(makeSnapshot(2))
        actor.receive(.status(status), nil, at: now)
        actor.outgoing = []
        expectNone(actor.hasTurn(now))
        guard case .pull(let pull)? = actor.outgoing.first?.message else {
            Issue.record("no pull")
            return
        }
        #expect(pull.version.update == 2)
    }
}

extension ActorSession {
    /// Takes a turn if there is one.
    mutating func hasTurn(_ now: Deadline) -> Bool {
        switch nextTurn(wanting: 2, at: now) {
        case nil: false
        default: true
        }
    }
}

private func expectNone(_ hasTurn: Bool, _ location: SourceLocation = #_sourceLocation) {
    #expect(!hasTurn, "there is a turn", sourceLocation: location)
}
