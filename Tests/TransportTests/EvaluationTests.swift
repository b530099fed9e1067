import StarlingExperience
import StarlingMessages
import StarlingThreads
import StarlingTransport
import Testing

@Suite("Evaluations that are wanted no more")
struct EvaluationTests {
    private func ask(_ desk: Desk, _ identifier: UInt64) {
        desk.learner.evaluate(
            EvaluationRequest(identifier: identifier, version: desk.snapshot.version, episodes: 2, seed: 1), desk.snapshot)
    }

    private func asked(_ desk: Desk, _ connection: Connection) -> (identifiers: [UInt64], cancelled: UInt64) {
        var (identifiers, cancelled) = ([UInt64](), UInt64(0))
        for message in desk.said(to: connection) {
            if case .evaluate(_, let request, _) = message { identifiers.append(request.identifier) }
            if case .status(let status) = message { cancelled = max(cancelled, status.cancelledEvaluations) }
        }
        return (identifiers, cancelled)
    }

    private func report(_ desk: Desk, _ identifier: UInt64, _ session: UInt64) {
        let report = EvaluationReport(identifier: identifier, version: desk.snapshot.version, returns: [1, 2])
        desk.learner.receive(.evaluation(session: session, report), from: 1, at: desk.now)
    }

    private func answers(_ desk: Desk) -> [UInt64] {
        var identifiers: [UInt64] = []
        while let event = desk.learner.takeEvent() {
            switch event {
            case .evaluation(let report): identifiers.append(report.identifier)
            case .evaluationLost(let identifier, _): identifiers.append(identifier)
            default: break
            }
        }
        return identifiers
    }

    @Test("One that waits is never asked for")
    func waiting() throws {
        let desk = Desk(try makeOffer())
        for identifier in 1...3 as ClosedRange<UInt64> { ask(desk, identifier) }
        desk.learner.cancelEvaluation(2)
        desk.learner.cancelEvaluation(9)
        desk.hello(1, "a")
        let session = try #require(desk.welcome(1)).status.session
        report(desk, 1, session)
        #expect(asked(desk, 1) == ([3], 0))
        report(desk, 3, session)
        #expect(answers(desk) == [1, 3] && desk.learner.ledger.garbage == 0)
    }

    @Test("One that is played is called off, its actor gets the next, and an answer that is late is no garbage")
    func played() throws {
        let desk = Desk(try makeOffer())
        desk.hello(1, "a")
        let session = try #require(desk.welcome(1)).status.session
        ask(desk, 1)
        ask(desk, 2)
        #expect(asked(desk, 1) == ([1], 0))
        desk.learner.cancelEvaluation(1)
        #expect(asked(desk, 1) == ([2], 1))
        // Its report was under way.
        report(desk, 1, session)
        report(desk, 2, session)
        #expect(answers(desk) == [2] && desk.learner.ledger.garbage == 0)
        // Only so many answers are late as were called off.
        report(desk, 1, session)
        #expect(desk.learner.ledger.garbage == 1)
        desk.learner.connectionLost(1)
        #expect(answers(desk).isEmpty)
    }

    @Test("A failure that comes late makes nobody unfit")
    func lateFailure() throws {
        let desk = Desk(try makeOffer())
        desk.hello(1, "a")
        let session = try #require(desk.welcome(1)).status.session
        ask(desk, 1)
        desk.learner.cancelEvaluation(1)
        let failure = EvaluationFailure(identifier: 1, reason: "no")
        desk.learner.receive(.evaluationFailed(session: session, failure), from: 1, at: desk.now)
        ask(desk, 2)
        #expect(asked(desk, 1).identifiers == [1, 2] && desk.learner.ledger.garbage == 0)
    }

    @Test("Who plays a cancelled one is interrupted, also when the next was asked for and cancelled meanwhile")
    func interruption() throws {
        let course = SuccessionTests()
        var actor = ActorSession(offer: makeActorOffer())
        let snapshot = makeSnapshot(1)
        var learner = course.makeLearner(try makeOffer(), snapshot)
        let now = Deadline(nanoseconds: 1)
        func request(_ identifier: UInt64) -> EvaluationRequest {
            EvaluationRequest(identifier: identifier, version: snapshot.version, episodes: 1, seed: 1)
        }
        actor.connected(at: now)
        guard case .assigned? = course.turn(&actor, &learner, 1) else { throw Unexpected("not assigned") }
        learner.evaluate(request(1), snapshot)
        guard case .evaluate(let playing, _)? = course.turn(&actor, &learner, 1) else { throw Unexpected("no evaluation") }
        #expect(playing.identifier == 1 && !actor.wantsToInterrupt)
        // Another word changes nothing.
        course.pump(&actor, &learner, 1)
        #expect(!actor.wantsToInterrupt)
        learner.cancelEvaluation(1)
        learner.evaluate(request(2), snapshot)
        learner.cancelEvaluation(2)
        learner.evaluate(request(3), snapshot)
        course.pump(&actor, &learner, 1)
        #expect(actor.wantsToInterrupt)
        guard case .evaluate(let next, _)? = course.turn(&actor, &learner, 1) else { throw Unexpected("no evaluation") }
        #expect(next.identifier == 3 && !actor.wantsToInterrupt)
        learner.cancelEvaluation(3)
        course.pump(&actor, &learner, 1)
        #expect(actor.wantsToInterrupt)
        // Back to acting.
        guard case .rollout? = course.turn(&actor, &learner, 1) else { throw Unexpected("it doesn't act") }
    }

    @Test("In one process too: what is cancelled before its actor's turn is not played")
    func inProcess() throws {
        let pair = InProcessPair(actors: [makeActorOffer()], build: "test", logger: quiet)
        let snapshot = makeSnapshot(1)
        pair.learner.open(try makeOffer())
        pair.learner.publish(snapshot)
        let loop = Loop(pair.actors[0])
        for _ in 0..<4 { loop.turn() }
        let before = loop.sent
        for identifier in 1...2 as ClosedRange<UInt64> {
            pair.learner.evaluate(
                EvaluationRequest(identifier: identifier, version: snapshot.version, episodes: 1, seed: 1), snapshot)
        }
        pair.learner.cancelEvaluation(1)
        for _ in 0..<4 { loop.turn() }
        #expect(loop.evaluated == [2])
        while let event = pair.learner.next(before: .now) { if case .unroll(let unroll) = event { pair.learner.settle(unroll, .trained) } }
        for _ in 0..<4 { loop.turn() }
        #expect(loop.sent > before)
    }
}
