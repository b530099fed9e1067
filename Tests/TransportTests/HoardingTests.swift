import StarlingExperience
import StarlingMessages
import StarlingThreads
import StarlingTransport
import Testing

/// Actors that hold credit and send nothing.
@Suite("Credit that lies idle") struct HoardingTests {
    /// A session and what it has sent.
    private final class Actor {
        let connection: Connection
        let session: UInt64
        var limit: Int
        var sent: UInt64 = 0

        init(_ desk: Desk, _ connection: Connection, _ name: String) throws {
            self.connection = connection
            desk.hello(connection, name)
            let status = try #require(desk.welcome(connection)).status
            (session, limit) = (status.session, desk.unrolls(status.creditLimit))
        }

        func listen(_ desk: Desk) {
            if let status = desk.status(connection) { limit = max(limit, desk.unrolls(status.creditLimit)) }
        }

        /// Sends all that it has credit for, which is trained on at once.
        /// - Returns: unrolls that were taken.
        func work(_ desk: Desk) -> Int {
            listen(desk)
            var count = 0
            while sent < UInt64(limit), desk.experience(connection, session, sent + 1) == .read {
                sent += 1
                count += 1
            }
            desk.learner.settle(desk.take(), .trained)
            return count
        }

        /// Lies that it steps.
        func ping(_ desk: Desk, steps: UInt64) {
            desk.learner.receive(.ping(session: session, ActorCounts(steps: steps)), from: connection, at: desk.now)
        }
    }

    @Test("Two that take all credit and only say that they step keep nobody from stepping, and are named")
    func hoarders() throws {
        let desk = Desk(try makeOffer(unrollsPerBatch: 2))
        let hoarders = try [1, 2].map { try Actor(desk, Connection($0), "hoarder-\($0)") }
        let honest = try Actor(desk, 3, "honest")
        var counts: [Int] = []
        for tick in 1...80 as ClosedRange<UInt64> {
            desk.now = desk.now.advanced(seconds: 0.25)
            for hoarder in hoarders { hoarder.ping(desk, steps: tick) }
            honest.ping(desk, steps: tick)
            desk.learner.advance(to: desk.now)
            counts.append(honest.work(desk))
        }
        // A round in every tick, once the patience of the beginning is over.
        #expect(counts[12...].allSatisfy { $0 > 0 }, "\(counts)")
        let told = desk.learner.notices.filter { $0.text.contains("holds credit") }.map(\.text)
        #expect(told.count == 2 && told.allSatisfy { $0.contains("hoarder") && $0.contains("says that it steps") }, "\(told)")
        #expect(desk.learner.overview.idleActors == 2 && desk.learner.overview.idleNames == "hoarder-1#1, hoarder-2#1")
        #expect(desk.learner.creditImbalance == 0 && desk.learner.ledger.isBalanced)
    }

    @Test("One unroll now and then buys nobody the time of others")
    func slowHoarders() throws {
        let desk = Desk(try makeOffer(unrollsPerBatch: 2))
        let slow = try (1...8).map { try Actor(desk, Connection($0), "slow-\($0)") }
        let honest = try Actor(desk, 20, "honest")
        var counts: [Int] = []
        for tick in 1...200 as ClosedRange<UInt64> {
            desk.now = desk.now.advanced(seconds: 0.25)
            // One of them each tick: an unroll in two seconds each.
            let actor = slow[Int(tick) % 8]
            actor.listen(desk)
            if actor.sent < UInt64(actor.limit), desk.experience(actor.connection, actor.session, actor.sent + 1) == .read {
                actor.sent += 1
            }
            for actor in slow { actor.ping(desk, steps: tick) }
            desk.learner.advance(to: desk.now)
            desk.learner.settle(desk.take(), .trained)
            counts.append(honest.work(desk))
        }
        #expect(counts[20...].count { $0 > 0 } > 170, "\(counts)")
        // And they are not shut out either.
        #expect(slow.allSatisfy { $0.sent > 4 }, "\(slow.map(\.sent))")
        #expect(desk.learner.creditImbalance == 0)
    }

    @Test("A thousand without merit take nothing from one with it")
    func thousandAfterwards() throws {
        let desk = Desk(try makeOffer(unrollsPerBatch: 2))
        let honest = try Actor(desk, 1, "honest")
        for _ in 0..<10 { _ = honest.work(desk) }
        let alone = honest.limit - Int(honest.sent)
        for number in 2...1001 as ClosedRange<Connection> { desk.hello(number, "n\(number)") }
        for tick in 1...40 {
            desk.now = desk.now.advanced(seconds: 0.25)
            desk.learner.advance(to: desk.now)
            #expect(honest.work(desk) > 0, "tick \(tick)")
            honest.listen(desk)
            #expect(honest.limit - Int(honest.sent) >= alone)
        }
        #expect(desk.learner.notices.count { $0.text.contains("hold") } < 40)
    }

    @Test("One that comes after a thousand without merit has its turn soon")
    func thousandBefore() throws {
        let desk = Desk(try makeOffer(unrollsPerBatch: 2))
        for number in 2...1001 as ClosedRange<Connection> { desk.hello(number, "n\(number)") }
        let honest = try Actor(desk, 1, "honest")
        var first: Double?
        for tick in 1...400 {
            desk.now = desk.now.advanced(seconds: 0.25)
            desk.learner.advance(to: desk.now)
            if honest.work(desk) > 0, first == nil { first = 0.25 * Double(tick) }
        }
        #expect(try #require(first) < 30)
        #expect(honest.sent > 300)
    }

    @Test("A slow machine loses nothing: its unroll is taken whenever it comes")
    func slowMachine() throws {
        let desk = Desk(try makeOffer(unrollsPerBatch: 2))
        let slow = try Actor(desk, 1, "slow")
        let quick = try Actor(desk, 2, "quick")
        slow.listen(desk)
        let told = slow.limit
        #expect(told > 0)
        for tick in 1...1200 as ClosedRange<UInt64> {
            desk.now = desk.now.advanced(seconds: 0.25)
            slow.ping(desk, steps: 0)
            quick.ping(desk, steps: tick)
            desk.learner.advance(to: desk.now)
            _ = quick.work(desk)
        }
        #expect(desk.learner.notices.contains { $0.text.contains("slow#1") && $0.text.contains("has not stepped") })
        slow.listen(desk)
        #expect(slow.limit >= told)
        #expect(desk.experience(1, slow.session, 1) == .read)
        #expect(desk.learner.notices.contains { $0.text.contains("sends again") })
        #expect(desk.learner.overview.idleActors == 0 && desk.learner.ledger.overCredit == 0)
        #expect(desk.learner.creditImbalance == 0 && desk.learner.ledger.isBalanced)
    }

    @Test("Lent credit is bounded by memory all the same: what finds no room is left for a later try")
    func memory() throws {
        let layout = try makeOffer().layout
        let desk = Desk(try makeOffer(unrollsPerBatch: 2, queuedBatches: 1, byteBudget: 2 * layout.byteCount))
        let slow = try Actor(desk, 1, "slow")
        slow.listen(desk)
        let quick = try Actor(desk, 2, "quick")
        for _ in 1...20 {
            desk.now = desk.now.advanced(seconds: 0.25)
            slow.ping(desk, steps: 0)
            quick.ping(desk, steps: 0)
            desk.learner.advance(to: desk.now)
        }
        quick.listen(desk)
        #expect(quick.limit > 0)
        for sequence in 1...2 as ClosedRange<UInt64> { desk.experience(2, quick.session, sequence) }
        #expect(desk.experience(1, slow.session, 1) == .ignore && desk.learner.ledger.overCredit == 1)
        desk.learner.settle(desk.take(), .trained)
        #expect(desk.experience(1, slow.session, 1) == .read)
    }

    @Test("When there is nothing more to train nothing is granted")
    func afterTheTraining() throws {
        let desk = Desk(try makeOffer(unrollsPerBatch: 2))
        let actor = try Actor(desk, 1, "a")
        _ = actor.work(desk)
        desk.learner.endTraining()
        actor.listen(desk)
        let limit = actor.limit
        for _ in 0..<10 {
            desk.now = desk.now.advanced(seconds: 0.25)
            desk.learner.advance(to: desk.now)
            _ = actor.work(desk)
        }
        #expect(actor.limit == limit && desk.learner.granted == 0)
    }
}
