import StarlingExperience
import StarlingMessages
import StarlingThreads
import StarlingTransport
import Testing

/// Actors that can't do what a learner wants of them: of another build, or on a machine that lacks something.
@Suite("Actors that can't follow")
struct InabilityTests {
    let course = SuccessionTests()
    let now = Deadline(nanoseconds: 1)

    /// An actor in whose build the run's core does not exist: it gets the WELCOME of a newer learner.
    private func cannotRead(_ actor: inout ActorSession, _ learner: inout LearnerSessions, _ connection: Connection) throws {
        for item in actor.outgoing { learner.receive(item.message, from: connection, at: now) }
        actor.outgoing = []
        learner.flush()
        let said = learner.outgoing.filter { $0.connection == connection }.map(\.message)
        learner.outgoing = []
        for message in said {
            guard case .welcome(let welcome) = message else { continue }
            actor.cannotFollow(
                MessageError(
                    .newerLearner,
                    "learner build \(welcome.build) asks for work that this actor can't do: model.core is of no kind that is known here",
                    session: welcome.status.session))
            for item in actor.outgoing { learner.receive(item.message, from: connection, at: now) }
            actor.outgoing = []
        }
        for case .refuse(let refusal) in said { actor.receive(.refuse(refusal), nil, at: now) }
    }

    @Test("It is named with both builds, gets no credit, is refused without a session until it starts again, and told once")
    func named() throws {
        var learner = course.makeLearner(try makeOffer(), makeSnapshot(1))
        learner.notices = []
        var actor = ActorSession(offer: makeActorOffer("old"))
        for round in 1...4 as ClosedRange<UInt64> {
            actor.connected(at: now)
            try cannotRead(&actor, &learner, round)
            #expect(actor.wantsReconnection?.isLasting == true, "round \(round)")
            #expect(actor.wantsReconnection?.description.contains("can't do") == true)
            #expect(learner.overview.sessions == 0 && learner.granted == 0 && learner.creditImbalance == 0)
            actor.disconnected()
            #expect(actor.wantsConnection)
            learner.connectionLost(round)
        }
        #expect(learner.overview.sessionsEver == 1 && learner.overview.refused.total == 4)
        let lines = learner.notices.filter { $0.text.contains("can't do the work of run") }
        #expect(
            lines.count == 1 && lines[0].text.contains("actor 0 old#1 (build test)")
                || lines.first?.text.contains("old#1 (build test)") == true)
        #expect(lines.first?.text.contains("learner build test") == true && lines.first?.text.contains("model.core") == true)
        #expect(learner.ledger.isBalanced)
        // What came of its other tries is told in one line.
        learner.notices = []
        learner.advance(to: now.advanced(seconds: 12))
        #expect(learner.notices.count { $0.text.contains("refused actor old 3 more times") } == 1)
        // The same name with another program.
        var upgraded = ActorSession(offer: makeActorOffer("old", incarnation: 2))
        upgraded.connected(at: now)
        guard case .assigned? = course.turn(&upgraded, &learner, 9) else { throw Unexpected("not assigned") }
        #expect(learner.overview.sessions == 1)
    }

    @Test("The next learner's work may be what it can do: it goes on as it is, with what was not acknowledged")
    func followed() throws {
        var actor = ActorSession(offer: makeActorOffer("old"))
        let offer = try makeOffer()
        let snapshot = makeSnapshot(1)
        var first = course.makeLearner(offer, snapshot)
        actor.connected(at: now)
        _ = course.turn(&actor, &first, 1)
        _ = course.turn(&actor, &first, 1)
        course.send(&actor, offer.layout, snapshot)
        actor.disconnected()
        var newer = course.makeLearner(try makeOffer(generation: 2), makeSnapshot(1, generation: 2))
        actor.connected(at: now)
        try cannotRead(&actor, &newer, 2)
        #expect(newer.ledger.isBalanced && actor.outboxCount == 1)
        actor.disconnected()
        // Back to what it knows.
        var third = course.makeLearner(try makeOffer(generation: 3), makeSnapshot(1, generation: 3))
        actor.connected(at: now)
        course.pump(&actor, &third, 3)
        #expect(third.ledger.acknowledged == 1 && third.ledger.isBalanced && actor.outboxCount == 0)
    }

    @Test("A loop that finds it can't says so in the middle of a session, and its evaluation goes to others")
    func declined() throws {
        var learner = course.makeLearner(try makeOffer(), makeSnapshot(1))
        var actor = ActorSession(offer: makeActorOffer("a"))
        actor.connected(at: now)
        guard case .assigned? = course.turn(&actor, &learner, 1) else { throw Unexpected("not assigned") }
        #expect(learner.granted > 0)
        actor.decline("no MuJoCo on this machine")
        // Said once, whatever else goes wrong.
        actor.decline("and again")
        if actor.nextTurn(wanting: 1, at: now) != nil { Issue.record("a turn after the goodbye") }
        course.pump(&actor, &learner, 1)
        #expect(learner.overview.sessions == 0 && learner.granted == 0 && learner.ledger.isBalanced)
        #expect(learner.notices.count { $0.text.contains("no MuJoCo on this machine") } == 1)
        #expect(actor.wantsReconnection?.isLasting == true)
    }

    @Test("A learner of before takes it for a goodbye")
    func olderLearner() throws {
        var learner = course.makeLearner(try makeOffer(), makeSnapshot(1))
        var actor = ActorSession(offer: makeActorOffer("a"))
        actor.connected(at: now)
        guard case .assigned? = course.turn(&actor, &learner, 1) else { throw Unexpected("not assigned") }
        actor.decline("no such core")
        guard case .unable(let session, let counts, _)? = actor.outgoing.last?.message else { throw Unexpected("no word") }
        learner.receive(.bye(session: session, counts), from: 1, at: now)
        #expect(learner.overview.sessions == 0 && learner.ledger.isBalanced && learner.creditImbalance == 0)
    }

    @Test("Over TCP: the learner names it, others go on; with a learner of other work it acts again, untouched")
    func overTCP() async throws {
        try await onThread {
            let lines = Lines()
            var learner: ZeroMQLearnerLink? = try ZeroMQLearnerLink(bind: "tcp://127.0.0.1:*", build: "new build", logger: lines.logger)
            let endpoint = learner!.endpoint
            learner!.open(try makeOffer(run: "deep"))
            var update: UInt64 = 1
            learner!.publish(makeSnapshot(update))
            let told = Lines()
            let link = try ZeroMQActorLink(
                learner: endpoint, offer: makeActorOffer("old"), giveUpAfter: nil, logger: told.logger)
            let loop = Loop(link)
            let deadline = Deadline.after(seconds: 60)
            while loop.assignment == nil, !deadline.isPast { loop.turn(before: .after(seconds: 0.1)) }
            link.decline("this build has no residual trunks")
            #expect(lines.waits(for: "old#1 (build test)", "run deep of learner build new build", "residual trunks"))
            #expect(told.waits(for: "can't do the learner's work", "residual trunks"))
            let other = ActorThread(endpoint, makeActorOffer("other"))
            #expect(train(learner!, 200, from: &update, before: .after(seconds: 60)) >= 200)
            #expect(learner!.overview.sessions == 1)
            learner!.finish(.restarting, before: .after(seconds: 3))
            #expect(lines.all.count { $0.contains("residual trunks") } == 1)
            learner = nil
            other.stop()
            let next = try TCPTests().bindAgain(at: endpoint)
            next.open(try makeOffer(run: "shallow"))
            next.publish(makeSnapshot(1))
            while loop.sent == 0, !deadline.isPast { loop.turn(before: .after(seconds: 0.1)) }
            #expect(loop.assignment?.run == "shallow" && loop.sent > 0)
            link.drain(before: .after(seconds: 3))
            next.finish(.finished, before: .after(seconds: 3))
        }
    }
}
