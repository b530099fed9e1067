import StarlingExperience
import StarlingMessages
import StarlingThreads
import StarlingTransport
import Testing

/// What peers say of themselves, and how much of it is kept.
@Suite("Books are kept of work, not of words") struct BoundedBooksTests {
    @Test("Who joins and leaves without an unroll leaves no trace", arguments: [true, false])
    func namesWithoutWork(saysGoodbye: Bool) throws {
        let desk = Desk(try makeOffer(), opens: false, publishes: false)
        desk.learner.open(desk.offer, isJournaling: true, at: desk.now)
        desk.learner.publish(desk.snapshot)
        for number in 1...5000 as ClosedRange<Connection> {
            desk.hello(number, "name-\(number)")
            let session = try #require(desk.welcome(number)).status.session
            if saysGoodbye {
                desk.learner.receive(.bye(session: session, ActorCounts()), from: number, at: desk.now)
            } else {
                desk.learner.connectionLost(number)
            }
        }
        desk.now = desk.now.advanced(seconds: 61)
        for _ in 0..<2 {
            desk.now = desk.now.advanced(seconds: 1)
            desk.learner.advance(to: desk.now)
        }
        #expect(desk.learner.books.accounts.isEmpty && desk.learner.takeUnwritten().isEmpty)
        #expect(desk.learner.ledger == Ledger())
    }

    @Test("Who says HELLO again while the learner says goodbye takes its session over: what that would still send is not counted")
    func returnAtTheEnd() throws {
        let desk = Desk(try makeOffer())
        desk.hello(1, "a")
        let session = try #require(desk.welcome(1)).status.session
        desk.learner.part(.finished)
        desk.hello(2, "a")
        #expect(desk.said(to: 2).contains(.bye(session: 0, .finished)))
        #expect(desk.experience(1, session, 1) == .ignore)
        #expect(desk.learner.isParted && desk.learner.ledger == Ledger())
    }

    @Test("Of those who worked and left, only so many are kept apart; the ledger still knows what they did")
    func namesThatWorked() throws {
        let desk = Desk(try makeOffer())
        let count: UInt64 = 6000
        for number in 1...count {
            desk.hello(number, "name-\(number)")
            let session = try #require(desk.welcome(number)).status.session
            #expect(desk.experience(number, session, 1) == .read)
            desk.learner.settle(desk.take(), .trained)
            desk.learner.receive(.bye(session: session, ActorCounts(produced: 1)), from: number, at: desk.now)
        }
        let books = desk.learner.books
        #expect(books.accounts.count <= 4097)
        #expect(books.ledger.trained == count && books.ledger.isBalanced && books.ledger == desk.learner.ledger)
    }

    @Test("Of those who only say that they have unrolls, few names are kept, and what they lost is still counted")
    func namesWithoutDeeds() throws {
        let desk = Desk(try makeOffer())
        for number in 1...2000 as ClosedRange<Connection> {
            desk.hello(number, "name-\(number)")
            let session = try #require(desk.welcome(number)).status.session
            desk.learner.receive(.bye(session: session, ActorCounts(produced: 1)), from: number, at: desk.now)
        }
        let books = desk.learner.books
        #expect(books.accounts.count <= 65)
        #expect(books.ledger.lostWithActor == 2000 && books.ledger.isBalanced && books.ledger == desk.learner.ledger)
    }

    @Test("A fleet's coming gets a line each; who comes and goes all the time does not fill the log")
    func movements() throws {
        let desk = Desk(try makeOffer())
        func lines() -> Int { desk.learner.notices.count { $0.text.contains("joined") || $0.text.contains("left") } }
        for number in 1...3000 as ClosedRange<Connection> {
            desk.hello(number, "name-\(number)")
            let session = try #require(desk.welcome(number)).status.session
            desk.learner.receive(.bye(session: session, ActorCounts()), from: number, at: desk.now)
            if number == 64 { #expect(lines() == 128) }
        }
        #expect(lines() == Int(LineAllowance.burst))
        desk.now = desk.now.advanced(seconds: 2)
        desk.learner.advance(to: desk.now)
        #expect(desk.learner.notices.last?.text.contains("5000 lines about actors") == true)
        desk.hello(5000, "late")
        #expect(desk.learner.notices.last?.text.contains("late#") == true)
    }

    @Test("Who comes back after every fault of its own does not fill the log with these")
    func faults() throws {
        let desk = Desk(try makeOffer())
        for number in 1...3000 as ClosedRange<Connection> {
            desk.hello(number, "liar")
            _ = try #require(desk.welcome(number))
            desk.learner.receiveGarbage(from: number, "no message")
        }
        #expect(desk.learner.notices.count { $0.text.contains("liar") } <= Int(LineAllowance.burst))
        #expect(desk.learner.notices.contains { $0.text.contains("no message") })
    }

    @Test("A name is nobody's when its newest start has left, whatever the number of that was")
    func incarnations() throws {
        let desk = Desk(try makeOffer())
        desk.hello(1, "a", incarnation: WireLimits.incarnation - 1)
        let session = try #require(desk.welcome(1)).status.session
        #expect(desk.experience(1, session, 1) == .read)
        desk.learner.settle(desk.take(), .trained)
        desk.hello(2, "a", incarnation: 7)
        #expect(desk.refusal(2)?.code == .olderIncarnation)
        desk.learner.receive(.bye(session: session, ActorCounts(produced: 1)), from: 1, at: desk.now)
        desk.hello(3, "a", incarnation: 7)
        let second = try #require(desk.welcome(3)).status.session
        #expect(desk.experience(3, second, 1) == .read)
        let ledger = desk.learner.ledger
        #expect(ledger.acknowledged == 2 && ledger.isBalanced && desk.learner.books.ledger == ledger)
    }

    @Test("Nobody has completed more than it had credit for")
    func produced() throws {
        let desk = Desk(try makeOffer())
        desk.hello(1, "a")
        let session = try #require(desk.welcome(1)).status.session
        let lie = ActorCounts(produced: WireLimits.sequence, sentThrough: 0, steps: 1)
        desk.learner.receive(.ping(session: session, lie), from: 1, at: desk.now)
        let granted = UInt64(desk.learner.granted)
        #expect(desk.learner.ledger.produced == granted)
        desk.learner.receive(.skip(Skip(session: session, through: 1 << 39, counts: lie)), from: 1, at: desk.now)
        #expect(desk.learner.ledger.garbage == 1 && desk.learner.ledger.dropped == 0)
        desk.learner.receive(.bye(session: session, lie), from: 1, at: desk.now)
        #expect(desk.learner.ledger.lostWithActor == granted && desk.learner.ledger.isBalanced)
    }

    @Test("What a learner before is said to have acknowledged is believed once, within bounds, if there was one")
    func claims() throws {
        func ledger(generation: UInt32, first: UInt64, produced: UInt64) throws -> Ledger {
            let desk = Desk(try makeOffer(generation: generation))
            for (connection, claim) in [(1, first), (2, first + 1000)] as [(Connection, UInt64)] {
                desk.hello(
                    connection, "a", run: desk.offer.runIdentity, baseline: 0, first: claim, produced: max(produced, claim))
            }
            return desk.learner.ledger
        }
        #expect(try ledger(generation: 1, first: 101, produced: 105).lostWithLearner == 0)
        #expect(try ledger(generation: 2, first: 101, produced: 105).lostWithLearner == 100)
        let huge = try ledger(generation: 2, first: 1 << 39, produced: 1 << 40)
        #expect(huge.lostWithLearner == 0 && huge.produced < 1 << 24 && huge.isBalanced)
    }

    @Test("Who sends what can't be trained on gets to know, and is refused in the end")
    func unusable() throws {
        let desk = Desk(try makeOffer(unrollsPerBatch: 4, queuedBatches: 8))
        desk.hello(1, "a")
        let session = try #require(desk.welcome(1)).status.session
        for sequence in 1...UInt64(LearnerSessions.unusableLimit) {
            #expect(desk.experience(1, session, sequence) == .read)
            for unroll in desk.take() { desk.learner.settleUnusable(unroll, "total loss is nan") }
            if sequence == 1 {
                let status = try #require(desk.status(1))
                #expect(status.invalidUnrolls == 1 && status.lastFault == "total loss is nan")
            }
        }
        #expect(desk.refusal(1)?.code == .garbage && desk.learner.cuts == [1])
        #expect(desk.learner.ledger.invalid == UInt64(LearnerSessions.unusableLimit) && desk.learner.ledger.isBalanced)
        #expect(desk.learner.notices.count { $0.text.contains("invalid unroll") } == 1)
    }

    @Test("A HELLO that can't be read is refused with the reason")
    func unreadableHello() throws {
        let hello = Hello(
            protocolVersion: WireLimits.protocolVersion, build: "b", instance: "a\u{1B}[2J", incarnation: 1, role: .act, run: 0,
            ordinal: nil, runBaseline: 0, firstUnacknowledged: 1, counts: ActorCounts(), environments: [testEnvironment])
        var fault: MessageError?
        do {
            _ = try ActorMessage.hello(hello).encoded().withUnsafeBytes { try ActorMessage(decoding: $0) }
        } catch { fault = error as? MessageError }
        let error = try #require(fault)
        #expect(error.code == .unreadableHello && error.message.contains("hello.instance") && error.message.contains("\\u{1B}"))
        let desk = Desk(try makeOffer())
        desk.learner.refuseHello(from: 1, error.message)
        #expect(desk.refusal(1)?.reason.contains("hello.instance") == true && desk.learner.ledger.garbage == 1)
    }

    @Test("An evaluation that is not answered goes to another, and next time others are asked first")
    func silentEvaluator() throws {
        let desk = Desk(try makeOffer())
        desk.hello(1, "silent", role: .evaluate)
        desk.hello(2, "honest")
        let sessions = try [1, 2].map { try #require(desk.welcome($0)).status.session }
        func isAsked(_ connection: Connection) -> Bool {
            desk.said(to: connection).contains { if case .evaluate = $0 { true } else { false } }
        }
        desk.learner.evaluate(
            EvaluationRequest(identifier: 1, version: desk.snapshot.version, episodes: 2, seed: 1), desk.snapshot)
        #expect(isAsked(1) && !isAsked(2))
        var seconds = 0
        while seconds < 60, !isAsked(2) {
            seconds += 1
            desk.now = desk.now.advanced(seconds: 1)
            for (index, session) in sessions.enumerated() {
                desk.learner.receive(.ping(session: session, ActorCounts()), from: Connection(index + 1), at: desk.now)
            }
            desk.learner.advance(to: desk.now)
        }
        #expect((10...20).contains(seconds))
        #expect(desk.learner.notices.contains { $0.text.contains("silent#1 has not answered") && $0.text.contains("honest#1") })
        let report = EvaluationReport(identifier: 1, version: desk.snapshot.version, returns: [1, 2])
        desk.learner.receive(.evaluation(session: sessions[1], report), from: 2, at: desk.now)
        var reports = 0
        while let event = desk.learner.takeEvent() { if case .evaluation = event { reports += 1 } }
        #expect(reports == 1)
        // A late answer is no garbage, and the next one goes to who answers.
        desk.learner.receive(.evaluation(session: sessions[0], report), from: 1, at: desk.now)
        #expect(desk.learner.ledger.garbage == 0 && !desk.learner.hasEvents)
        desk.learner.evaluate(
            EvaluationRequest(identifier: 2, version: desk.snapshot.version, episodes: 2, seed: 1), desk.snapshot)
        #expect(isAsked(2) && !isAsked(1))
        // Returns that no episode can have: who tells them is asked no more.
        let lie = EvaluationReport(identifier: 2, version: desk.snapshot.version, returns: [3e38, 1])
        desk.learner.receive(.evaluation(session: sessions[1], lie), from: 2, at: desk.now)
        #expect(!desk.learner.hasEvents && isAsked(1))
        #expect(desk.learner.notices.contains { $0.text.contains("honest#1 can't play") && $0.text.contains("a return of 3e+38") })
    }
}
