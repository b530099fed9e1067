import Foundation
import StarlingProcessSupport

extension Row {
    /// Processes that die or stand still.
    static let processRows = [
        Row("actors killed") { round in
            // Learning is slow enough that all are killed before the goal is reached.
            let flock = try Flock(
                round.isLong ? Recipe(goal: 18, learningRate: 0.003) : Recipe(stepMilliseconds: 5, goal: 18, learningRate: 0.004))
            try flock.start(8)
            try flock.settle(actors: 8, seconds: 2)
            let steady = flock.metrics.rate(from: flock.now - 1.5, to: flock.now) ?? 0
            let kills = round.isLong ? 20 : 3
            for _ in 0..<kills {
                flock.pause(round.dice.seconds(in: 0.1...1))
                try flock.replaceActor(Int.random(in: 0..<8, using: &round.dice))
            }
            round.note("kills", Double(kills))
            round.note("mean return after them", flock.metrics.last?.meanReturn ?? 0, "of 20")
            round.expect(flock.learner.isRunning, "the goal was reached before the last actor was killed")
            round.expectRecovery(of: flock, to: steady, after: flock.now)
            let start = Date()
            let books = try flock.end(within: 150)
            round.note("goal after", Date().timeIntervalSince(start), "s more")
            round.expect(books.goalReached, "the learner ended without its goal: \(flock.learner.everything.suffix(500))")
            round.demand("evaluated", books.evaluation ?? 0, atLeast: 18, "of 20")
            round.expectBalance(books, killed: true)
        },
        Row("learner stopped") { round in
            let flock = try Flock(Recipe())
            try flock.start(8)
            try flock.settle(actors: 8, seconds: round.isLong ? 4 : 2)
            let steady = flock.metrics.rate(from: flock.now - (round.isLong ? 3 : 1.5), to: flock.now) ?? 0
            let memory = flock.actors.map { residentBytes($0.identifier) }
            flock.learner.signal(SIGSTOP)
            // Longer than it takes to give an actor up.
            let seconds = round.isLong ? round.dice.seconds(in: 120...150) : 3
            flock.pause(seconds)
            let growth = zip(flock.actors, memory).map { residentBytes($0.identifier) - $1 }.max() ?? 0
            round.note("stopped for", seconds, "s")
            // Two unrolls of some kilobytes are all that an actor has credit for; the rest is room for the allocator.
            round.demand("an actor grew by", Double(growth) / 1e6, atMost: 4, "MB")
            let stopped = flock.now
            flock.learner.signal(SIGCONT)
            guard eventually(within: 20, { flock.now > stopped }) else {
                return round.expect(false, "the learner does not go on")
            }
            // The first row after the pause covers all of it.
            round.expectRecovery(of: flock, to: steady, after: flock.now)
            flock.expectNobodyDeclaredDead(&round)
            round.expectBalance(try flock.finish())
        },
        learnerKilled(sync: "os"), learnerKilled(sync: "disk"), anythingKilled,
    ]

    /// Actors of one thread and of some, and their learner: whoever it hits.
    private static let anythingKilled = Row(
        "anything killed", lack: { Flock.understands("ledger") ? nil : "this build has no journal" }
    ) { round in
        let flock = try Flock(Recipe(more: ["journal: {sync: os}", "checkpoint: {seconds: 2}"]))
        try flock.start(4)
        try flock.start(2, threads: 3)
        try flock.settle(actors: 6, seconds: 1)
        var (generation, actors) = (1, 0)
        let end = Date().addingTimeInterval(round.isLong ? 120 : 6)
        while Date() < end {
            flock.pause(round.dice.seconds(in: 0.1...2))
            // In the short one, one of each at least.
            if (generation == 1 && actors > 0) || Int.random(in: 0..<4, using: &round.dice) == 0 {
                generation += 1
                try flock.replaceLearner()
            } else {
                actors += 1
                try flock.replaceActor(Int.random(in: 0..<6, using: &round.dice))
            }
        }
        round.note("learners killed", Double(generation - 1))
        round.note("actors and nodes killed", Double(actors))
        round.expect(
            eventually(within: round.patience) { flock.isTraining(generation: generation) },
            "start \(generation) doesn't train: \(flock.learner.everything.suffix(1000))")
        round.expectBalance(try flock.finish(), killed: true)
    }

    /// - Parameter sync: the journal's policy.
    private static func learnerKilled(sync: String) -> Row {
        Row(
            "learner killed, journal \(sync)",
            lack: { Flock.understands("ledger") ? nil : "this build has no journal" }
        ) { round in
            let flock = try Flock(Recipe(more: ["journal: {sync: \(sync)}", "checkpoint: {seconds: 2}"]))
            try flock.start(8)
            try flock.settle(actors: 8, seconds: 1)
            var waits: [Double] = []
            for generation in 2...(round.isLong ? 21 : 3) {
                flock.pause(round.dice.seconds(in: 0.1...4))
                let start = Date()
                try flock.replaceLearner()
                let goesOn = eventually(within: round.patience) { flock.isTraining(generation: generation) }
                waits.append(Date().timeIntervalSince(start))
                round.expect(goesOn, "start \(generation) doesn't train: \(flock.learner.everything.suffix(1000))")
            }
            round.note("kills", Double(waits.count))
            round.note("training goes on after, median", waits.sorted()[waits.count / 2], "s")
            round.demand("and worst", waits.max() ?? .infinity, atMost: round.patience, "s")
            round.expect(flock.actors.allSatisfy(\.isRunning), "an actor ended")
            round.expectBalance(try flock.finish())
        }
    }
}

extension Flock {
    /// Nobody may be given up who lives.
    func expectNobodyDeclaredDead(_ round: inout Round) {
        let words = learner.standardError.split(separator: "\n").filter { $0.contains(" left: no word for") }
        round.demand("declared dead", Double(words.count), atMost: 0)
        round.expect(words.isEmpty, words.prefix(3).joined(separator: "; "))
    }
}
