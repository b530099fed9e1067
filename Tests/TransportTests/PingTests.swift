import StarlingExperience
import StarlingMessages
import StarlingThreads
import StarlingTransport
import Testing

@Suite("How often sessions are heard")
struct PingTests {
    @Test("A thousand sessions say a word each second, more of them less often", arguments: [(1, 0), (1999, 0), (3000, 3)])
    func learner(sessions: Int, seconds: UInt32) throws {
        let desk = Desk(try makeOffer())
        for number in 1...sessions { desk.hello(Connection(number), "a\(number)") }
        let last = Connection(sessions)
        let first = try #require(desk.welcome(1)).status
        #expect(try (sessions == 1 ? first : #require(desk.welcome(last)).status).pingSeconds == seconds)
        // Those who came first hear of it with the answer to their next.
        desk.learner.receive(.ping(session: first.session, ActorCounts()), from: 1, at: desk.now)
        #expect(desk.status(1)?.pingSeconds == seconds)
    }

    @Test("An actor does as it is told, within reason", arguments: [(0, 1.0), (3, 3.0), (4000, 15.0)])
    func actor(told: UInt32, seconds: Double) throws {
        let now = Deadline(nanoseconds: 1)
        var actor = ActorSession(offer: makeActorOffer())
        var learner = LearnerSessions(build: "test")
        learner.open(try makeOffer(), at: now)
        actor.connected(at: now)
        SuccessionTests().pump(&actor, &learner, 1)
        guard case .ping(let session, _)? = heard(&actor, now.advanced(seconds: 1)) else { throw Unexpected("no PING") }
        actor.receive(
            .status(SessionStatus(session: session, acknowledgedThrough: 0, creditLimit: 0, newest: nil, pingSeconds: told)), nil, at: now)
        let first = now.advanced(seconds: 2)
        _ = heard(&actor, first)
        if heard(&actor, first.advanced(seconds: seconds - 0.1)) != nil { Issue.record("a PING too early") }
        guard case .ping? = heard(&actor, first.advanced(seconds: seconds + 0.1)) else { throw Unexpected("a PING too late") }
    }

    private func heard(_ actor: inout ActorSession, _ now: Deadline) -> ActorMessage? {
        actor.advance(to: now)
        defer { actor.outgoing = [] }
        return actor.outgoing.first?.message
    }
}
