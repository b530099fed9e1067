import StarlingExperience
import StarlingMessages
import StarlingThreads
import StarlingTransport
import Testing

@Suite("Actors on slow links") struct LongPullTests {
    @Test("Credit of an actor that fetches parameters for long is lent to others, and it is told why")
    func longPull() throws {
        let desk = Desk(try makeOffer(unrollsPerBatch: 4, queuedBatches: 0))
        desk.hello(1, "far")
        desk.hello(2, "near")
        let far = try #require(desk.welcome(1)).status
        let near = try #require(desk.welcome(2)).status.session
        // Told with the WELCOME, and with the next status.
        #expect(desk.unrolls(max(far.creditLimit, desk.status(1)?.creditLimit ?? 0)) >= 2)
        pull(desk, far.session, 0, 10)
        for tick in 1...12 as ClosedRange<UInt64> {
            desk.now = desk.now.advanced(seconds: 1)
            desk.learner.receive(.ping(session: far.session, ActorCounts()), from: 1, at: desk.now)
            desk.learner.receive(.ping(session: near, ActorCounts(steps: tick)), from: 2, at: desk.now)
            desk.learner.advance(to: desk.now)
        }
        #expect(desk.learner.notices.count { $0.text.contains("still fetching parameters") } == 1)
        // The whole batch is the other's.
        for sequence in 1...4 as ClosedRange<UInt64> { #expect(desk.experience(2, near, sequence) == .read) }
        #expect(desk.learner.creditImbalance == 0)
        desk.learner.settle(desk.take(), .trained)
        // The last piece is under way: what the next batch has is for both.
        pull(desk, far.session, 90, 10)
        desk.learner.publish(makeSnapshot(2))
        #expect(desk.experience(1, far.session, 1) == .read)
        #expect(desk.learner.creditImbalance == 0 && desk.learner.ledger.overCredit == 0)
    }

    private func pull(_ desk: Desk, _ session: UInt64, _ offset: UInt64, _ count: UInt32) {
        desk.learner.receive(
            .pull(Pull(session: session, version: desk.snapshot.version, offset: offset, count: count)), from: 1, at: desk.now)
    }
}
