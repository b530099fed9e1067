import StarlingExperience
import StarlingMessages
import StarlingThreads
import StarlingTransport
import Testing

/// `Evaluations` alone: no messages, no books, no sockets.
@Suite struct EvaluationRoomTests {
    private let start = Deadline(nanoseconds: 1_000_000_000)
    /// 10 s, and 4 times what 3 episodes of a step or two take.
    private let pace = Evaluations.Pace(stepsPerUnroll: 1, secondsPerUnroll: 0.1)
    private var room = Evaluations()

    private func makeSession(_ ordinal: UInt32, _ role: ActorRole = .act) -> LearnerSession {
        let identity = ActorIdentity(ordinal: ordinal, instance: "a\(ordinal)", incarnation: 1)
        let account = ActorAccount(identity: identity, role: role, baseline: 0, produced: 0, at: start)
        return LearnerSession(
            number: UInt64(ordinal), on: Connection(ordinal), account, threads: 1, appetite: Appetite(unrollsPerRound: 1, rounds: 1),
            isProven: false, at: start)
    }

    private mutating func add(_ identifier: UInt64) {
        let snapshot = makeSnapshot(identifier)
        room.add(EvaluationRequest(identifier: identifier, version: snapshot.version, episodes: 3, seed: 1), snapshot)
    }

    private func report(
        _ identifier: UInt64, returns: [Float] = [1, 2, 3], costs: [Float] = [], steps: UInt64? = nil
    ) -> EvaluationReport {
        EvaluationReport(
            identifier: identifier, version: makeSnapshot(identifier).version, returns: returns, measures: costs, steps: steps)
    }

    private mutating func answer(_ report: EvaluationReport, from session: LearnerSession) -> Evaluations.Answer {
        var environment = EnvironmentSpec(name: "road", observation: ObservationSpec(shape: [1]), action: .discrete(2), tellsCost: true)
        environment.rewardLimit = 1
        return room.receive(report, from: session, in: environment, at: start)
    }

    @Test("The role for it comes first, then who acts, the lowest ordinal first; each has one at a time")
    mutating func order() {
        let sessions = [makeSession(2), makeSession(1), makeSession(7, .evaluate)]
        for identifier in 1...3 as ClosedRange<UInt64> { add(identifier) }
        #expect(room.assign(among: sessions, at: start).map(\.session.identity.ordinal) == [7])
        #expect(room.assign(among: sessions, at: start).isEmpty)
        #expect(room.assign(among: sessions.prefix(2), at: start).map(\.session.identity.ordinal) == [1, 2])
        #expect(room[makeSnapshot(2).version] != nil && room.byteCount == 300)
    }

    @Test("A report counts once, from who was asked, with all episodes, and its snapshot goes")
    mutating func reports() throws {
        let (player, other) = (makeSession(1), makeSession(2))
        add(4)
        #expect(room.assign(among: [player], at: start).count == 1)
        #expect(answer(report(4), from: other) == .unasked)
        // Nothing is told of what an episode cost that had to be left.
        #expect(answer(report(4, costs: [0, .infinity, 9], steps: 9), from: player) == .valid)
        #expect(answer(report(4), from: player) == .unasked)
        #expect(room.byteCount == 0)
    }

    @Test(
        "What no such episodes can have come to is somebody else's to play",
        arguments: [
            ([1], [], nil, "it told 1 returns of 3 episodes"),
            ([1, 2, 1e9], [], nil, "it told a return of 1e+09 in 100000 steps at most"),
            ([1, 2, -7], [], 6, "it told a return of -7.0 in 6 steps at most"),
            ([1, 2, 3], [0, 3.4e38, 0], nil, "it told costs of 3.4e+38 in 100000 steps at most"),
            ([1, 2, 3], [0, 0, -7], 6, "it told costs of -7.0 in 6 steps at most"),
        ] as [([Float], [Float], UInt64?, String)])
    mutating func beyond(returns: [Float], costs: [Float], steps: UInt64?, words: String) throws {
        let (liar, other) = (makeSession(1), makeSession(2))
        add(4)
        _ = room.assign(among: [liar], at: start)
        #expect(answer(report(4, returns: returns, costs: costs, steps: steps), from: liar) == .passedOn(words))
        #expect(room.assign(among: [liar, other], at: start).map { $0.session.identity.ordinal } == [2])
        #expect(answer(report(4), from: other) == .valid)
    }

    @Test("Who lets one pass without an answer loses it to another, and is asked last from then on; its answer comes too late")
    mutating func unanswered() throws {
        let sessions = [makeSession(1), makeSession(2), makeSession(3)]
        add(4)
        _ = room.assign(among: sessions, at: start)
        #expect(room.reassign(among: sessions, pace, at: start.advanced(seconds: 11)).isEmpty)
        let moved = try #require(room.reassign(among: sessions, pace, at: start.advanced(seconds: 12)).first)
        #expect(moved.from === sessions[0] && moved.to.session === sessions[1] && moved.seconds == 12)
        #expect(answer(report(4), from: sessions[0]) == .late)
        #expect(answer(report(4), from: sessions[0]) == .unasked)
        #expect(answer(report(4), from: sessions[1]) == .valid)
        add(5)
        add(6)
        add(7)
        #expect(room.assign(among: sessions, at: start).map(\.session.identity.ordinal) == [2, 3, 1])
    }

    @Test("With nobody else to ask, who is slow keeps it")
    mutating func alone() {
        let session = makeSession(1)
        add(4)
        _ = room.assign(among: [session], at: start)
        #expect(room.reassign(among: [session], pace, at: start.advanced(seconds: 1000)).isEmpty)
        #expect(answer(report(4), from: session) == .valid)
    }

    @Test("A cancelled one is nobody's; its player's answer is late, not garbage")
    mutating func cancelled() {
        let session = makeSession(1)
        add(4)
        #expect(room.cancel(9, pace, at: start) == nil)
        _ = room.assign(among: [session], at: start)
        #expect(room.cancel(4, pace, at: start) === session)
        #expect(answer(report(4), from: session) == .late)
        add(5)
        #expect(room.cancel(5, pace, at: start) == nil, "nobody plays it yet")
        #expect(room.assign(among: [session], at: start).isEmpty)
    }

    @Test("Who can't play is never asked again; who leaves loses what it plays")
    mutating func unable() {
        let (first, second) = (makeSession(1), makeSession(2))
        add(4)
        _ = room.assign(among: [first, second], at: start)
        let failure = EvaluationFailure(identifier: 4, reason: "no display")
        #expect(room.receive(failure, from: second, at: start) == .unasked)
        #expect(room.receive(failure, from: first, at: start) == .passedOn("no display"))
        #expect(room.assign(among: [first], at: start).isEmpty)
        #expect(room.assign(among: [first, second], at: start).map(\.session.identity.ordinal) == [2])
        #expect(room.lose(first) == nil && room.lose(second) == 4 && room.byteCount == 0)
    }
}
