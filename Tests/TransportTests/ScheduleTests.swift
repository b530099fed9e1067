import StarlingExperience
import StarlingMessages
import StarlingThreads
import StarlingTransport
import Testing

/// Thousands of random schedules of loss, death and delay; after every single step the books balance, the credit of all
/// sessions adds up, and neither limit is passed.
@Suite("Random schedules")
struct ScheduleTests {
    @Test("No unroll gets two fates, and the books balance at every step", arguments: 0..<30)
    func balance(_ block: Int) throws {
        for seed in UInt64(block * 40)..<UInt64(block * 40 + 40) {
            var simulation = try Simulation(
                seed: seed, actors: 1 + Int(seed % 4), queuedBatches: Int(seed / 4 % 3), evaluator: seed % 5 == 0)
            simulation.publish()
            for _ in 0..<600 {
                simulation.step()
                try #require(simulation.faults.isEmpty, "seed \(seed): \(simulation.faults)")
            }
            simulation.settleDown()
            try #require(simulation.faults.isEmpty, "seed \(seed): \(simulation.faults)")
            let ledger = simulation.learner.ledger
            #expect(ledger.trained + ledger.tooStale == UInt64(simulation.fates.count), "seed \(seed)")
            #expect(ledger.pending == 0 && ledger.outbox == 0 && ledger.lostWithLearner == 0, "seed \(seed): \(ledger)")
            #expect(simulation.openEvaluations.isEmpty, "seed \(seed)")
            // What living actors produced was taken over to the last unroll, and nothing of it twice.
            for peer in simulation.peers where peer.session.offer.role == .act {
                #expect(peer.session.outboxCount == 0, "seed \(seed) \(simulation.learner.ledger)")
                let fates = simulation.fates.keys.filter {
                    $0.instance == peer.instance && $0.incarnation == peer.session.offer.incarnation
                }
                #expect(UInt64(fates.count) == peer.session.produced, "seed \(seed) \(peer.instance)")
            }
        }
    }

    @Test("A learner that dies loses what it had acknowledged, and its successor says how much", arguments: 0..<10)
    func learnerDies(_ block: Int) throws {
        var lost: UInt64 = 0
        for seed in UInt64(block * 20)..<UInt64(block * 20 + 20) {
            var simulation = try Simulation(seed: seed, actors: 3, queuedBatches: 2, evaluator: false)
            simulation.publish()
            for _ in 0..<400 { simulation.step() }
            try simulation.restartLearner()
            simulation.publish()
            for _ in 0..<400 { simulation.step() }
            simulation.settleDown()
            try #require(simulation.faults.isEmpty, "seed \(seed): \(simulation.faults)")
            let ledger = simulation.learner.ledger
            #expect(ledger.isBalanced && ledger.pending == 0 && ledger.outbox == 0)
            #expect(ledger.trained + ledger.tooStale == UInt64(simulation.fates.count))
            lost += ledger.lostWithLearner
        }
        #expect(lost > 0)
    }

    @Test("With a journal nothing acknowledged is lost, however often learners die", arguments: 0..<10)
    func nothingIsLost(_ block: Int) throws {
        var replayed = 0
        for seed in UInt64(block * 20)..<UInt64(block * 20 + 20) {
            var simulation = try Simulation(
                seed: seed, actors: 1 + Int(seed % 4), queuedBatches: Int(seed / 4 % 3), evaluator: false,
                isJournaling: true)
            simulation.publish()
            for _ in 0..<6 {
                for _ in 0..<Int.random(in: 50...400, using: &simulation.random) {
                    simulation.step()
                    if Int.random(in: 0..<60, using: &simulation.random) == 0 { simulation.takeCheckpoint() }
                    try #require(simulation.faults.isEmpty, "seed \(seed): \(simulation.faults)")
                }
                try simulation.restartLearner()
                replayed += simulation.backlog.count
                simulation.checkAcknowledged()
                simulation.check()
                try #require(simulation.faults.isEmpty, "seed \(seed): \(simulation.faults)")
                simulation.publish()
            }
            for _ in 0..<200 { simulation.step() }
            simulation.settleDown()
            simulation.checkAcknowledged()
            try #require(simulation.faults.isEmpty, "seed \(seed): \(simulation.faults)")
            let ledger = simulation.learner.ledger
            #expect(ledger.isBalanced && ledger.pending == 0 && ledger.outbox == 0 && ledger.lostWithLearner == 0)
            #expect(ledger.trained + ledger.tooStale == UInt64(simulation.fates.count), "seed \(seed): \(ledger)")
            for peer in simulation.peers {
                let fates = simulation.fates.keys.filter {
                    $0.instance == peer.instance && $0.incarnation == peer.session.offer.incarnation
                }
                #expect(UInt64(fates.count) == peer.session.produced, "seed \(seed) \(peer.instance)")
            }
        }
        #expect(replayed > 0)
    }

    @Test("Schedules do something: unrolls are trained, evaluations answered")
    func isNotIdle() throws {
        var simulation = try Simulation(seed: 5, actors: 3, queuedBatches: 2, evaluator: true)
        simulation.publish()
        for _ in 0..<5000 { simulation.step() }
        #expect(simulation.learner.ledger.trained > 40)
        #expect(simulation.answeredEvaluations > 3)
    }
}
