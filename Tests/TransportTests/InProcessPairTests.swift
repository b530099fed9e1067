import StarlingExperience
import StarlingMessages
import StarlingThreads
import StarlingTransport
import Testing

@Suite("In-process pair")
struct InProcessPairTests {
    /// Takes events until a batch is complete or nothing comes.
    func batch(_ learner: any LearnerLink, _ count: Int) -> [ReceivedUnroll] {
        var batch: [ReceivedUnroll] = []
        while batch.count < count, let event = learner.next(before: .now) {
            if case .unroll(let unroll) = event { batch.append(unroll) }
        }
        return batch
    }

    @Test("Lockstep: every batch is of the newest version, and the books balance")
    func lockstep() throws {
        let pair = InProcessPair(actors: [makeActorOffer("a"), makeActorOffer("b")], build: "test", logger: quiet)
        let loops = pair.actors.map { Loop($0) }
        pair.learner.open(try makeOffer(queuedBatches: 0))
        for update in 0..<50 as Range<UInt64> {
            let snapshot = makeSnapshot(update)
            pair.learner.publish(snapshot)
            var received: [ReceivedUnroll] = []
            for _ in 0..<20 where received.count < 4 {
                for loop in loops { while loop.turn() {} }
                received += batch(pair.learner, 4 - received.count)
            }
            #expect(received.count == 4)
            #expect(received.allSatisfy { $0.header.version == snapshot.version && $0.header.digest == snapshot.digest })
            #expect(Set(received.map(\.actor.ordinal)).count == 2)
            for loop in loops { while loop.turn() {} }
            #expect(batch(pair.learner, 1).isEmpty)
            pair.learner.settle(received, .trained)
        }
        pair.learner.finish(.finished, before: .now)
        for loop in loops { loop.turn() }
        #expect(loops.allSatisfy { $0.farewells == [.finished] })
        let ledger = pair.learner.overview.ledger
        #expect(ledger.produced == 200 && ledger.trained == 200 && ledger.isBalanced)
    }
}
