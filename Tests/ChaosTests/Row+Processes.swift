import Foundation
import StarlingProcessSupport

extension Row {
    /// Processes that die or stand still.
    static let processRows = [
        Row("actors killed") { round in
            let flock = try Flock(Recipe(stepMilliseconds: 5))
            try flock.start(8)
            try flock.settle(actors: 8, seconds: 2)
            let steady = flock.metrics.rate(from: flock.now - 1.5, to: flock.now) ?? 0
            for _ in 0..<(round.isLong ? 20 : 3) {
                flock.pause(round.dice.seconds(in: 0.1...1))
                try flock.replaceActor(Int.random(in: 0..<8, using: &round.dice))
            }
            round.expectRecovery(of: flock, to: steady, after: flock.now)
            let isLearned = eventually(within: 90) { flock.metrics.last?.meanReturn ?? 0 >= 17 }
            round.expect(isLearned, "the mean return is \(flock.metrics.last?.meanReturn ?? 0) instead of 17 of 20")
            round.expectBalance(try flock.finish(), killed: true)
        },
        Row("learner stopped") { round in
            let flock = try Flock(Recipe())
            try flock.start(8)
            try flock.settle(actors: 8, seconds: round.isLong ? 4 : 2)
            let steady = flock.metrics.rate(from: flock.now - (round.isLong ? 3 : 1.5), to: flock.now) ?? 0
            let memory = flock.actors.map { residentBytes($0.identifier) }
            flock.learner.signal(SIGSTOP)
            flock.pause(round.isLong ? round.dice.seconds(in: 30...120) : 3)
            let growth = zip(flock.actors, memory).map { residentBytes($0.identifier) - $1 }.max() ?? 0
            round.expect(growth < 64 << 20, "an actor grew by \(growth) bytes while the learner stood still")
            round.note("actors grew by", Double(growth) / 1e6, "MB")
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
        learnerKilled(sync: "os"), learnerKilled(sync: "disk"),
    ]

    /// - Parameter sync: the journal's policy.
    private static func learnerKilled(sync: String) -> Row {
        Row(
            "learner killed, journal \(sync)",
            lack: { Flock.understands("ledger") ? nil : "this build has no journal" }
        ) { round in
            let flock = try Flock(Recipe(more: ["journal: {sync: \(sync)}", "checkpoint: {seconds: 2}"]))
            try flock.start(8)
            try flock.settle(actors: 8, seconds: 1)
            var slowest = 0.0
            for generation in 2...(round.isLong ? 21 : 3) {
                flock.pause(round.dice.seconds(in: 0.1...4))
                let start = Date()
                try flock.replaceLearner()
                let goesOn = eventually(within: round.patience) {
                    let rows = flock.metrics.rows.filter { $0.generation == generation }
                    return (rows.last?.update ?? 0) > (rows.first?.update ?? 0)
                }
                slowest = max(slowest, Date().timeIntervalSince(start))
                round.expect(goesOn, "start \(generation) doesn't train: \(flock.learner.everything.suffix(1000))")
            }
            round.note("training went on within", slowest, "s")
            round.expect(flock.actors.allSatisfy(\.isRunning), "an actor ended")
            round.expectBalance(try flock.finish())
        }
    }
}

extension Flock {
    /// Nobody may be given up who lives.
    func expectNobodyDeclaredDead(_ round: inout Round) {
        let words = learner.standardError.split(separator: "\n").filter { $0.contains(" left: no word for") }
        round.expect(words.isEmpty, "declared dead: \(words.prefix(3).joined(separator: "; "))")
    }
}

/// Resident memory of a process; 0 if it is gone.
func residentBytes(_ process: Int32) -> Int {
    guard let text = try? String(contentsOfFile: "/proc/\(process)/statm", encoding: .utf8) else { return 0 }
    let fields = text.split(separator: " ")
    return fields.count > 1 ? (Int(fields[1]) ?? 0) * 4096 : 0
}
