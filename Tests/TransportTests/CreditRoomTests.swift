import StarlingExperience
import StarlingMessages
import StarlingThreads
import StarlingTransport
import Testing

/// `Credit` alone: no messages, no books, no sockets.
@Suite struct CreditRoomTests {
    private var statuses = UntoldStatuses()
    private let start = Deadline(nanoseconds: 1_000_000_000)

    private func makeCredit(_ pacing: Pacing = .fixed(batches: 2), batch: Int = 4, round: Int = 2, room: Int = 100) -> Credit {
        Credit(Credit.Terms(pacing: pacing, unrollsPerBatch: batch, unrollsPerRound: round, room: room))
    }

    private func makeSession(_ number: UInt64, threads: Int = 1, isProven: Bool = false) -> LearnerSession {
        let identity = ActorIdentity(ordinal: UInt32(number), instance: "a\(number)", incarnation: 1)
        let account = ActorAccount(identity: identity, role: .act, baseline: 0, produced: 0, at: start)
        return LearnerSession(
            number: number, on: number, account, threads: threads, appetite: Appetite(unrollsPerRound: 2 * threads, rounds: 100),
            isProven: isProven, at: start)
    }

    /// Sessions that have joined and stand in line.
    private mutating func joined(_ credit: inout Credit, _ count: Int, isProven: Bool = true) -> [LearnerSession] {
        let sessions = (1...UInt64(count)).map { makeSession($0, isProven: isProven) }
        for session in sessions {
            credit.join(session)
            credit.enqueue(session)
        }
        return sessions
    }

    @Test("Nothing is granted before there are parameters")
    mutating func closed() {
        var credit = makeCredit()
        let sessions = joined(&credit, 2)
        credit.grant(Credit.Supply(isOpen: false), at: start, &statuses)
        #expect(sessions.allSatisfy { $0.outstanding == 0 } && statuses.isEmpty)
        credit.grant(Credit.Supply(), at: start, &statuses)
        #expect(sessions.allSatisfy { $0.outstanding > 0 } && !statuses.isEmpty && credit.imbalance == 0)
    }

    @Test("All get the same, a turn each, and no more than the window")
    mutating func rotation() {
        var credit = makeCredit(batch: 8, round: 2)
        let sessions = joined(&credit, 4)
        credit.grant(Credit.Supply(), at: start, &statuses)
        #expect(sessions.map(\.outstanding) == [4, 4, 4, 4])
        #expect(credit.outstanding.proven == credit.window.limit && credit.freeCredit(Credit.Supply()) == 0)
    }

    @Test("Memory and blocks that wait for the journal bound what is granted")
    mutating func memory() {
        var credit = makeCredit(batch: 8, room: 10)
        _ = joined(&credit, 4)
        credit.grant(Credit.Supply(heldCount: 4), at: start, &statuses)
        #expect(credit.outstanding.total == 6)
    }

    @Test("Newcomers have a window of their own beside those who send")
    mutating func trial() {
        var credit = makeCredit(batch: 4)
        let proven = joined(&credit, 2)
        let newcomer = makeSession(9)
        credit.join(newcomer)
        credit.enqueue(newcomer)
        credit.grant(Credit.Supply(), at: start, &statuses)
        #expect(proven.reduce(0) { $0 + $1.outstanding } == credit.window.limit && newcomer.outstanding > 0)
        #expect(credit.outstanding.onTrial == newcomer.outstanding)
        // Eight unrolls in time prove it.
        var now = start
        for sequence in UInt64(1)...8 {
            now = now.advanced(seconds: 0.001)
            credit.use(newcomer, through: sequence, isUnroll: true, at: now)
            credit.noteQueued()
            _ = credit.take(Credit.Supply(), at: now)
            credit.noteFate(.trained, ofTaken: true)
            credit.enqueue(newcomer)
            credit.grant(Credit.Supply(), at: now, &statuses)
        }
        #expect(newcomer.isProven && credit.outstanding.onTrial == 0 && credit.imbalance == 0 && credit.threads.proven == 3)
    }

    @Test("Who holds credit for long has it lent, keeps it, and is back when it is used up")
    mutating func lending() {
        var credit = makeCredit(batch: 4)
        let sessions = joined(&credit, 2)
        credit.grant(Credit.Supply(), at: start, &statuses)
        let held = sessions[0].outstanding
        let late = start.advanced(seconds: 5)
        // The other one sends.
        let soon = start.advanced(seconds: 0.01)
        for sequence in 1...UInt64(sessions[1].outstanding) { credit.use(sessions[1], through: sequence, isUnroll: true, at: soon) }
        credit.lend(at: late)
        #expect(sessions[0].isIdle && credit.lentEver == UInt64(held) && credit.idleCount == 1)
        #expect(credit.outstanding.total == 0 && credit.imbalance == 0)
        var room = credit.covers(sessions[0], 1, Credit.Supply(), at: late)
        #expect(room)
        // Where memory is full it has to wait.
        room = credit.covers(sessions[0], 1, Credit.Supply(heldCount: 100), at: late)
        #expect(!room)
        for sequence in 1...UInt64(held) { credit.use(sessions[0], through: sequence, isUnroll: true, at: late) }
        #expect(!sessions[0].isIdle && credit.idleCount == 0 && credit.imbalance == 0)
    }

    @Test("Who leaves gives its credit to the others, in whatever order they go")
    mutating func leaving() {
        var credit = makeCredit(batch: 8)
        var sessions = joined(&credit, 5)
        credit.grant(Credit.Supply(), at: start, &statuses)
        for index in [0, 3, 1] {
            credit.leave(sessions.remove(at: index))
            #expect(credit.members.count == sessions.count && credit.imbalance == 0)
            let mayGrant = credit.shareOut()
            #expect(mayGrant)
            credit.grant(Credit.Supply(), at: start, &statuses)
        }
        #expect(credit.outstanding.total == credit.window.limit && credit.threads.acting == 2)
        #expect(sessions.allSatisfy { $0.outstanding == 8 })
    }

    @Test("Those who come and go by the thousand while nothing is granted are not kept")
    mutating func crowd() {
        var credit = makeCredit()
        weak var first: LearnerSession?
        for number in 1...UInt64(1000) {
            let session = makeSession(number)
            if number == 1 { first = session }
            credit.join(session)
            credit.enqueue(session)
            credit.leave(session)
        }
        #expect(first == nil && credit.members.isEmpty)
    }

    @Test("A share for each thread, once a session has shown that it sends; until then one")
    mutating func weights() {
        for isProven in [true, false] {
            var credit = makeCredit(batch: 16)
            let (one, three) = (makeSession(1, isProven: isProven), makeSession(2, threads: 3, isProven: isProven))
            for session in [one, three] {
                credit.join(session)
                credit.enqueue(session)
            }
            credit.grant(Credit.Supply(), at: start, &statuses)
            #expect(three.outstanding == (isProven ? 3 : 1) * one.outstanding && one.outstanding > 0)
        }
    }

    @Test("Who says to have threads that it has not gets no more than others by it, nor do they get less")
    mutating func liar() {
        var credit = makeCredit(batch: 32, round: 2, room: 1000)
        let (honest, liar) = (makeSession(1), makeSession(2, threads: 200))
        for session in [honest, liar] {
            credit.join(session)
            credit.enqueue(session)
        }
        var now = start
        for sequence in UInt64(1)...100 {
            now = now.advanced(seconds: 0.01)
            for session in [honest, liar] {
                credit.grant(Credit.Supply(), at: now, &statuses)
                credit.use(session, through: sequence, isUnroll: true, at: now)
                credit.noteQueued()
                _ = credit.take(Credit.Supply(), at: now)
                credit.noteFate(.trained, ofTaken: true)
                credit.enqueue(session)
            }
            credit.lend(at: now)
        }
        credit.grant(Credit.Supply(), at: now, &statuses)
        #expect(honest.isProven && !liar.isProven && credit.threads.proven == 1 && credit.imbalance == 0)
        #expect(honest.outstanding >= 2 && liar.outstanding <= credit.window.limit)
    }

    @Test("In lockstep a batch is granted for every version, and one that is not trained on is granted again")
    mutating func lockstep() {
        var credit = makeCredit(.lockstep, batch: 4)
        let sessions = joined(&credit, 2)
        credit.grant(Credit.Supply(), at: start, &statuses)
        #expect(credit.outstanding.total == 4)
        for session in sessions {
            for sequence in 1...UInt64(2) {
                credit.use(session, through: sequence, isUnroll: true, at: start)
                credit.noteQueued()
            }
        }
        for _ in 0..<4 { _ = credit.take(Credit.Supply(), at: start) }
        #expect(credit.freeCredit(Credit.Supply()) == 0 && credit.inTraining == 4)
        credit.noteFate(.tooStale, ofTaken: true)
        #expect(credit.freeCredit(Credit.Supply()) == 1)
        for _ in 0..<3 { credit.noteFate(.trained, ofTaken: true) }
        credit.notePublication()
        #expect(credit.freeCredit(Credit.Supply()) == 4)
    }
}
