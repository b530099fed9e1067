import StarlingExperience
import StarlingMessages
import StarlingThreads
import StarlingTransport
import Testing

/// An actor with several loops behind one session.
@Suite struct LoopsTests {
    private let now = Deadline(nanoseconds: 1)

    /// An actor of two loops whose session has begun, and its learner.
    private func joined(queuedBatches: Int = 2) throws -> (ActorSession, LearnerSessions) {
        var actor = ActorSession(offer: makeActorOffer(threads: 2))
        var learner = LearnerSessions(build: "test")
        learner.open(try makeOffer(queuedBatches: queuedBatches), at: now)
        learner.publish(makeSnapshot(1))
        actor.connected(at: now)
        SuccessionTests().pump(&actor, &learner, 1)
        return (actor, learner)
    }

    private func rollout(
        _ actor: inout ActorSession, _ learner: inout LearnerSessions, of loop: Int, wanting count: Int = 2
    ) throws -> (Int, ParameterSnapshot?) {
        for _ in 0..<2 {
            if case .rollout(let unrolls, let parameters)? = actor.nextTurn(of: loop, wanting: count, at: now) {
                return (unrolls, parameters)
            }
            SuccessionTests().pump(&actor, &learner, 1)
        }
        throw Unexpected("no rollout for loop \(loop)")
    }

    @Test("Each loop is told of the work, of environments for all, and handed the parameters")
    func everyLoopWorks() throws {
        var (actor, learner) = try joined()
        for loop in 0..<2 {
            guard case .assigned(let assignment)? = actor.nextTurn(of: loop, wanting: 2, at: now) else {
                throw Unexpected("loop \(loop) is not assigned")
            }
            #expect(assignment.environmentsPerActor == 8)
        }
        SuccessionTests().pump(&actor, &learner, 1)
        for loop in 0..<2 {
            let (unrolls, parameters) = try rollout(&actor, &learner, of: loop)
            #expect(unrolls == 2 && parameters?.version.update == 1)
        }
        #expect(actor.reserved == 4 && learner.overview.actingThreads == 2 && learner.overview.actingActors == 1)
        // What one gives back, the other may take.
        actor.giveBack(of: 0, unrolls: 2)
        #expect(actor.reserved == 2)
    }

    @Test("Unrolls of all loops are one sequence, and environments of all are taken")
    func oneSequence() throws {
        var (actor, learner) = try joined()
        for loop in 0..<2 { _ = actor.nextTurn(of: loop, wanting: 2, at: now) }
        SuccessionTests().pump(&actor, &learner, 1)
        let layout = try makeOffer().layout
        for loop in 0..<2 {
            let (_, parameters) = try rollout(&actor, &learner, of: loop, wanting: 1)
            let block = UnrollBlock(byteCount: layout.byteCount)
            fill(block, layout)
            var header = makeHeader(try #require(parameters))
            header.firstEnvironment = UInt32(4 * loop)
            actor.send(block, header, checksum: Digest.of(block.bytes), of: loop)
        }
        SuccessionTests().pump(&actor, &learner, 1)
        #expect(learner.ledger.acknowledged == 2 && learner.ledger.invalid == 0 && actor.outboxCount == 0)
    }

    @Test("An environment beyond those of all loops is invalid")
    func environmentBeyond() throws {
        let desk = Desk(try makeOffer())
        desk.hello(1, "a", threads: 2)
        let session = try #require(desk.welcome(1)).status.session
        desk.experience(1, session, 1, firstEnvironment: 6)
        #expect(desk.learner.ledger.invalid == 0)
        desk.experience(1, session, 2, firstEnvironment: 8)
        #expect(desk.learner.ledger.invalid == 1)
    }

    @Test("A loop without environments of its own waits, and holds nobody up")
    func moreLoopsThanGroups() throws {
        var (actor, learner) = try joined()
        for loop in 0..<2 { _ = actor.nextTurn(of: loop, wanting: 2, at: now) }
        SuccessionTests().pump(&actor, &learner, 1)
        if actor.nextTurn(of: 1, wanting: 0, at: now) != nil { Issue.record("work for a loop that wants none") }
        let (unrolls, _) = try rollout(&actor, &learner, of: 0)
        #expect(unrolls == 2 && actor.reserved == 2)
        learner.part(.finished)
        SuccessionTests().pump(&actor, &learner, 1)
        guard case .finished(.finished)? = actor.nextTurn(of: 1, wanting: 0, at: now) else { throw Unexpected("not told") }
    }

    @Test("The goodbye is answered when the last loop has come to its boundary")
    func goodbye() throws {
        var (actor, learner) = try joined()
        for loop in 0..<2 { _ = actor.nextTurn(of: loop, wanting: 2, at: now) }
        learner.part(.finished)
        SuccessionTests().pump(&actor, &learner, 1)
        guard case .finished(.finished)? = actor.nextTurn(of: 1, wanting: 2, at: now) else { throw Unexpected("not told") }
        SuccessionTests().pump(&actor, &learner, 1)
        #expect(actor.phase == .working && !learner.isParted)
        if actor.nextTurn(of: 1, wanting: 2, at: now) != nil { Issue.record("work after the goodbye") }
        guard case .finished(.finished)? = actor.nextTurn(of: 0, wanting: 2, at: now) else { throw Unexpected("not told") }
        SuccessionTests().pump(&actor, &learner, 1)
        #expect(actor.phase == .parted && learner.isParted)
    }

    @Test("An evaluation is the first loop's; the others go on")
    func evaluation() throws {
        var (actor, learner) = try joined()
        for loop in 0..<2 { _ = actor.nextTurn(of: loop, wanting: 2, at: now) }
        let snapshot = makeSnapshot(1)
        learner.evaluate(EvaluationRequest(identifier: 1, version: snapshot.version, episodes: 1, seed: 1), snapshot)
        SuccessionTests().pump(&actor, &learner, 1)
        _ = try rollout(&actor, &learner, of: 1)
        guard case .evaluate? = actor.nextTurn(of: 0, wanting: 2, at: now) else { throw Unexpected("no evaluation") }
    }

    @Test("A loop that is still at the former work has its unroll passed over")
    func formerWork() throws {
        var (actor, learner) = try joined()
        for loop in 0..<2 { _ = actor.nextTurn(of: loop, wanting: 2, at: now) }
        SuccessionTests().pump(&actor, &learner, 1)
        let (_, parameters) = try rollout(&actor, &learner, of: 1, wanting: 1)
        learner.connectionLost(1)
        actor.disconnected()
        var other = LearnerSessions(build: "test")
        other.open(try makeOffer(run: "other", seed: 2), at: now)
        other.publish(makeSnapshot(1))
        actor.connected(at: now)
        SuccessionTests().pump(&actor, &other, 2)
        // The first loop is at the new work already.
        guard case .assigned? = actor.nextTurn(of: 0, wanting: 2, at: now) else { throw Unexpected("not assigned") }
        let layout = try makeOffer().layout
        let block = UnrollBlock(byteCount: layout.byteCount)
        fill(block, layout)
        actor.send(block, makeHeader(try #require(parameters)), checksum: Digest.of(block.bytes), of: 1)
        SuccessionTests().pump(&actor, &other, 2)
        #expect(other.ledger.acknowledged == 0 && other.ledger.invalid == 0 && actor.outboxCount == 0)
        guard case .assigned? = actor.nextTurn(of: 1, wanting: 2, at: now) else { throw Unexpected("not assigned") }
        #expect(actor.reserved == 0)
    }

    @Test("Threads beyond the limit are no HELLO")
    func limit() throws {
        var hello = Hello(
            protocolVersion: WireLimits.protocolVersion, build: "b", instance: "a", incarnation: 1, role: .act, run: 0, ordinal: nil,
            runBaseline: 0, firstUnacknowledged: 1, counts: ActorCounts(), environments: [testEnvironment],
            threads: WireLimits.threadCount)
        let bytes = ActorMessage.hello(hello).encoded()
        #expect(try bytes.withUnsafeBytes { try ActorMessage(decoding: $0) } == .hello(hello))
        hello.threads += 1
        let beyond = ActorMessage.hello(hello).encoded()
        #expect(throws: MessageError.self) { try beyond.withUnsafeBytes { try ActorMessage(decoding: $0) } }
    }
}
