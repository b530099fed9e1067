import StarlingExperience
import StarlingMessages
import StarlingThreads
import StarlingTransport
import Testing

/// One actor, one learner after another.
@Suite("Succession")
struct SuccessionTests {
    /// Carries messages between an actor's and a learner's role until both are silent.
    func pump(_ actor: inout ActorSession, _ learner: inout LearnerSessions, _ connection: Connection) {
        let now = Deadline(nanoseconds: 1)
        while true {
            learner.flush()
            let (up, down) = (actor.outgoing, learner.outgoing)
            if up.isEmpty, down.isEmpty { return }
            (actor.outgoing, learner.outgoing) = ([], [])
            for item in up {
                guard case .experience(let header) = item.message else {
                    learner.receive(item.message, from: connection, at: now)
                    continue
                }
                if learner.admit(header, from: connection, at: now) == .read {
                    learner.accept(header, item.block!, from: connection)
                }
            }
            for item in down where item.connection == connection {
                if let piece = item.piece {
                    piece.snapshot.bytes.withUnsafeBytes {
                        actor.receive(item.message, UnsafeRawBufferPointer(rebasing: $0[piece.range]), at: now)
                    }
                } else {
                    actor.receive(item.message, nil, at: now)
                }
            }
        }
    }

    func turn(_ actor: inout ActorSession, _ learner: inout LearnerSessions, _ connection: Connection) -> ActorTurn? {
        for _ in 0..<3 {
            if let turn = actor.nextTurn(wanting: 2, at: Deadline(nanoseconds: 1)) { return turn }
            pump(&actor, &learner, connection)
        }
        return nil
    }

    func makeLearner(_ offer: LearnerOffer, _ snapshot: ParameterSnapshot) -> LearnerSessions {
        var learner = LearnerSessions(build: "test")
        learner.open(offer, at: Deadline(nanoseconds: 1))
        learner.publish(snapshot)
        return learner
    }

    func send(_ actor: inout ActorSession, _ layout: UnrollLayout, _ snapshot: ParameterSnapshot) {
        let block = UnrollBlock(byteCount: layout.byteCount)
        fill(block, layout)
        actor.send(block, makeHeader(snapshot), checksum: Digest.of(block.bytes))
    }

    func version(_ turn: ActorTurn?) -> (count: Int, version: ParameterVersion?)? {
        guard case .rollout(let count, let parameters)? = turn else { return nil }
        return (count, parameters?.version)
    }

    /// A learner that has no offer yet lets a HELLO wait; whoever reads the log is told once, and again on another connection.
    @Test func aHelloThatWaitsIsTold() {
        var actor = ActorSession(offer: makeActorOffer())
        var now = Deadline(nanoseconds: 1_000_000_000_000)
        for _ in 0..<2 {
            actor.connected(at: now)
            actor.advance(to: now.advanced(seconds: ActorSession.greetingSeconds - 0.1))
            #expect(actor.notices.isEmpty)
            for _ in 0..<2 { actor.advance(to: now.advanced(seconds: ActorSession.greetingSeconds + 0.1)) }
            #expect(actor.notices.map(\.text).filter { $0.contains("the learner has no work yet") }.count == 1)
            actor.notices.removeAll()
            actor.disconnected()
            now = now.advanced(seconds: 60)
        }
    }

    @Test("Unacknowledged unrolls go to the next learner of the run, which needs no new assignment")
    func sameRun() throws {
        var actor = ActorSession(offer: makeActorOffer())
        let offer = try makeOffer()
        let old = makeSnapshot(5)
        var first = makeLearner(offer, old)
        actor.connected(at: Deadline(nanoseconds: 1))
        guard case .assigned? = turn(&actor, &first, 1) else { throw Unexpected("not assigned") }
        #expect(version(turn(&actor, &first, 1))?.version == old.version)
        send(&actor, offer.layout, old)
        pump(&actor, &first, 1)
        send(&actor, offer.layout, old)
        #expect(first.ledger.acknowledged == 1)
        actor.disconnected()
        // The dead learner's update 5 and the new one's are not the same parameters.
        let new = makeSnapshot(5, generation: 2)
        var second = makeLearner(try makeOffer(generation: 2), new)
        actor.connected(at: Deadline(nanoseconds: 1))
        #expect(version(turn(&actor, &second, 2))?.version == new.version)
        pump(&actor, &second, 2)
        let ledger = second.ledger
        #expect(ledger.produced == 2 && ledger.acknowledged == 2 && ledger.lostWithLearner == 1 && ledger.isBalanced)
        guard case .actorJoined? = second.takeEvent(), case .unroll(let unroll)? = second.takeEvent() else {
            throw Unexpected("the unroll was not resent")
        }
        #expect(unroll.header.version == old.version && unroll.header.sequence == 2)
        #expect(actor.outboxCount == 0)
    }

    @Test("Unrolls of another run are dropped and announced as skipped")
    func otherRun() throws {
        var actor = ActorSession(offer: makeActorOffer())
        let offer = try makeOffer()
        let snapshot = makeSnapshot(1)
        var first = makeLearner(offer, snapshot)
        actor.connected(at: Deadline(nanoseconds: 1))
        _ = turn(&actor, &first, 1)
        _ = turn(&actor, &first, 1)
        send(&actor, offer.layout, snapshot)
        actor.disconnected()
        var second = makeLearner(try makeOffer(run: "other"), snapshot)
        actor.connected(at: Deadline(nanoseconds: 1))
        pump(&actor, &second, 2)
        // Begun for the first run, complete after the second learner's WELCOME.
        send(&actor, offer.layout, snapshot)
        pump(&actor, &second, 2)
        let ledger = second.ledger
        #expect(ledger.produced == 1 && ledger.dropped == 1 && ledger.acknowledged == 0 && ledger.isBalanced)
        guard case .assigned(let assignment)? = turn(&actor, &second, 2) else { throw Unexpected("not assigned") }
        #expect(assignment.run == "other")
        guard let rollout = version(turn(&actor, &second, 2)) else { throw Unexpected("no rollout") }
        #expect(rollout.version == snapshot.version)
        for _ in 0..<rollout.count { send(&actor, offer.layout, snapshot) }
        pump(&actor, &second, 2)
        #expect(second.ledger.acknowledged == UInt64(rollout.count) && second.ledger.isBalanced)
        #expect(second.creditImbalance == 0)
    }

    @Test(
        "Unrolls of another core or stack are dropped, though the run is the same",
        arguments: [
            (ModelSpec.Core.lstm(2), 1), (.gru(4), 2), (.gru(4), 1),
        ])
    func otherMemory(core: ModelSpec.Core, frames: Int) throws {
        func offer(_ core: ModelSpec.Core, _ frames: Int, generation: UInt32) throws -> LearnerOffer {
            var model = testModel
            (model.core, model.frameStack) = (core, frames)
            return try makeOffer(generation: generation, model: model)
        }
        var actor = ActorSession(offer: makeActorOffer())
        let first = try offer(.gru(4), 1, generation: 1)
        let snapshot = makeSnapshot(1)
        var old = makeLearner(first, snapshot)
        actor.connected(at: Deadline(nanoseconds: 1))
        _ = turn(&actor, &old, 1)
        _ = turn(&actor, &old, 1)
        send(&actor, first.layout, snapshot)
        actor.disconnected()
        let second = try offer(core, frames, generation: 2)
        // An LSTM of 2 and a GRU of 4 have states of one size.
        #expect(core != .lstm(2) || second.layout == first.layout)
        var new = makeLearner(second, makeSnapshot(1, generation: 2))
        actor.connected(at: Deadline(nanoseconds: 1))
        pump(&actor, &new, 2)
        let isSame = second.model == first.model
        #expect(actor.outboxCount == 0 && new.ledger.acknowledged == (isSame ? 1 : 0))
    }

    @Test("The past's unrolls are handed out once, live ones never, and those that can't be read are abandoned")
    func replayed() throws {
        func entry(_ index: UInt64, _ event: JournalEntry.Event) -> JournalEntry {
            JournalEntry(
                index: index, actor: ActorIdentity(ordinal: 0, instance: "gone", incarnation: 1), produced: 3, event: event)
        }
        let tail = [
            entry(1, .joined(baseline: 0)), entry(2, .unroll(sequence: 1)), entry(3, .unroll(sequence: 2)),
            entry(4, .unroll(sequence: 3)),
        ]
        let offer = try makeOffer()
        let snapshot = makeSnapshot(1)
        var learner = LearnerSessions(build: "test")
        learner.open(offer, after: RunPast(tail: tail), isJournaling: true, at: Deadline(nanoseconds: 1))
        learner.publish(snapshot)
        var actor = ActorSession(offer: makeActorOffer())
        actor.connected(at: Deadline(nanoseconds: 1))
        _ = turn(&actor, &learner, 1)
        _ = turn(&actor, &learner, 1)
        send(&actor, offer.layout, snapshot)
        pump(&actor, &learner, 1)
        let live = try #require(learner.takeUnwritten().last { $0.event.isOpen })
        let ticketOfLive = learner.ticket(ofReplayed: live.index)
        #expect(ticketOfLive == nil)
        guard let ticket = learner.ticket(ofReplayed: 3) else { throw Unexpected("no ticket") }
        let abandoned = [learner.abandonUntaken(), learner.abandonUntaken()]
        #expect(abandoned == [2, 0])
        #expect(learner.ledger.abandoned == 2 && learner.ledger.pending == 2 && learner.ledger.isBalanced)
        let late = learner.ticket(ofReplayed: 2)
        #expect(late == nil && learner.settledBooks.position == 2)
        let unroll = ReceivedUnroll(
            actor: tail[2].actor, header: makeHeader(snapshot), block: UnrollBlock(byteCount: 0), ticket: ticket)
        learner.settle(unroll, .trained)
        #expect(learner.settledBooks.position == live.index - 1 && learner.ledger.isBalanced)
    }

    /// A learner that takes another's port, at generation 1 as that was.
    enum Successor: CaseIterable {
        case anotherName, anotherSeed, anotherModel, begunAnew

        var offer: LearnerOffer {
            get throws {
                switch self {
                case .anotherName: try makeOffer(run: "other")
                case .anotherSeed: try makeOffer(seed: 2)
                case .anotherModel: try makeOffer(run: "other", model: widerModel)
                case .begunAnew: try makeOffer()
                }
            }
        }

        private var widerModel: ModelSpec {
            var model = testModel
            model.latentCount = 5
            return model
        }

        var byteCount: Int { self == .anotherModel ? 300 : 100 }
    }

    @Test("A run that takes another's port begins with its own parameters, however old", arguments: Successor.allCases)
    func parametersOfAnotherRun(successor: Successor) throws {
        var actor = ActorSession(offer: makeActorOffer())
        let old = makeSnapshot(3015)
        var first = makeLearner(try makeOffer(), old)
        actor.connected(at: Deadline(nanoseconds: 1))
        guard case .assigned? = turn(&actor, &first, 1) else { throw Unexpected("not assigned") }
        let begun = try #require(version(turn(&actor, &first, 1)))
        #expect(begun.version == old.version)
        actor.giveBack(unrolls: begun.count)
        actor.disconnected()

        let offer = try successor.offer
        let new = makeSnapshot(0, byteCount: successor.byteCount)
        var second = makeLearner(offer, new)
        actor.connected(at: Deadline(nanoseconds: 1))
        if successor != .begunAnew {
            guard case .assigned(let assignment)? = turn(&actor, &second, 2) else { throw Unexpected("not assigned") }
            #expect(assignment.model == offer.model)
        }
        guard case .rollout(let count, let parameters)? = turn(&actor, &second, 2) else { throw Unexpected("no rollout") }
        #expect(parameters?.version == new.version && parameters?.digest == new.digest)
        for _ in 0..<count { send(&actor, offer.layout, new) }
        pump(&actor, &second, 2)
        #expect(second.ledger.acknowledged == UInt64(count) && second.ledger.invalid == 0)
    }

    @Test("A goodbye is heard at the boundary and answered; a busy loop is answered for")
    func goodbye() throws {
        var actor = ActorSession(offer: makeActorOffer())
        var learner = makeLearner(try makeOffer(), makeSnapshot(1))
        actor.connected(at: Deadline(nanoseconds: 1))
        _ = turn(&actor, &learner, 1)
        learner.part(.restarting)
        pump(&actor, &learner, 1)
        #expect(!learner.isParted)
        guard case .finished(.restarting)? = actor.nextTurn(wanting: 1, at: Deadline(nanoseconds: 2)) else {
            throw Unexpected("no goodbye")
        }
        pump(&actor, &learner, 1)
        #expect(learner.isParted && !actor.wantsConnection)
        // Asking for more means: the next learner.
        if actor.nextTurn(wanting: 1, at: Deadline(nanoseconds: 2)) != nil { Issue.record("a turn after the goodbye") }
        #expect(actor.wantsConnection)

        var busy = ActorSession(offer: makeActorOffer())
        var other = makeLearner(try makeOffer(), makeSnapshot(1))
        busy.connected(at: Deadline(nanoseconds: 1))
        pump(&busy, &other, 1)
        other.part(.finished)
        pump(&busy, &other, 1)
        busy.advance(to: Deadline(nanoseconds: 1).advanced(seconds: ActorSession.partingSeconds))
        pump(&busy, &other, 1)
        #expect(other.isParted)
    }

    @Test("A goodbye and a lost connection interrupt an evaluation")
    func interruption() throws {
        for isGoodbye in [true, false] {
            var actor = ActorSession(offer: makeActorOffer(role: .evaluate))
            let snapshot = makeSnapshot(1)
            var learner = makeLearner(try makeOffer(), snapshot)
            actor.connected(at: Deadline(nanoseconds: 1))
            guard case .assigned? = turn(&actor, &learner, 1) else { throw Unexpected("not assigned") }
            learner.evaluate(
                EvaluationRequest(identifier: 1, version: snapshot.version, episodes: 1, seed: 1), snapshot)
            guard case .evaluate? = turn(&actor, &learner, 1) else { throw Unexpected("no evaluation") }
            pump(&actor, &learner, 1)
            #expect(!actor.wantsToInterrupt)
            if isGoodbye {
                learner.part(.restarting)
                pump(&actor, &learner, 1)
            } else {
                actor.disconnected()
            }
            #expect(actor.wantsToInterrupt)
        }
    }

    @Test("Who says HELLO to a learner that goes hears its goodbye")
    func lateHello() throws {
        var actor = ActorSession(offer: makeActorOffer())
        var learner = makeLearner(try makeOffer(), makeSnapshot(1))
        actor.connected(at: Deadline(nanoseconds: 1))
        pump(&actor, &learner, 1)
        learner.connectionLost(1)
        actor.disconnected()
        learner.part(.finished)
        #expect(learner.isParted && learner.expectsReturns)
        actor.connected(at: Deadline(nanoseconds: 1))
        pump(&actor, &learner, 2)
        #expect(!learner.expectsReturns)
        guard case .finished(.finished)? = actor.nextTurn(wanting: 1, at: Deadline(nanoseconds: 2)) else {
            throw Unexpected("the goodbye was not heard")
        }
        #expect(actor.phase == .parted)
    }

    @Test("A refusal ends the actor with reason and remedy; an unknown session makes it connect again")
    func refusals() throws {
        var actor = ActorSession(offer: makeActorOffer(environments: []))
        var learner = makeLearner(try makeOffer(), makeSnapshot(1))
        actor.connected(at: Deadline(nanoseconds: 1))
        guard case .failed(let error)? = turn(&actor, &learner, 1) else { throw Unexpected("not refused") }
        #expect(error.code == .refused && error.message.contains("line") && error.message.contains("registered"))

        var other = ActorSession(offer: makeActorOffer())
        other.connected(at: Deadline(nanoseconds: 1))
        pump(&other, &learner, 2)
        other.receive(.handshakeRequest(session: 1), nil, at: Deadline(nanoseconds: 1))
        #expect(other.wantsReconnection != nil)
    }

    @Test("Silence of the learner makes the actor connect again")
    func silence() throws {
        var actor = ActorSession(offer: makeActorOffer())
        var learner = makeLearner(try makeOffer(), makeSnapshot(1))
        actor.connected(at: Deadline(nanoseconds: 1))
        pump(&actor, &learner, 1)
        actor.advance(to: Deadline(nanoseconds: 1).advanced(seconds: 59))
        #expect(actor.wantsReconnection == nil)
        #expect(actor.outgoing.contains { if case .ping = $0.message { true } else { false } })
        actor.advance(to: Deadline(nanoseconds: 1).advanced(seconds: 61))
        #expect(actor.wantsReconnection != nil)
    }
}
