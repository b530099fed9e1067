import Foundation
import StarlingProcessSupport

extension Row {
    /// Networks that are bad for a while, then good again.
    static let linkRows = [
        Row("partition") { round in
            try broken(&round, long: 30...40) { link, _ in link.set(.cut) }
        },
        Row("one-way partition") { round in
            try broken(&round, long: 30...40) { link, dice in
                let isFromLearner = Bool.random(using: &dice)
                link.set(fromFirst: isFromLearner ? .cut : .perfect, fromSecond: isFromLearner ? .perfect : .cut)
            }
        },
        Row("loss 5 %, delay 50 ms") { round in
            try broken(&round, long: 20...30) { link, _ in link.set(.init(delay: 0.05, loss: 0.05, overtaking: 0.02)) }
        },
        Row("link at 10 Mbit/s") { round in
            try broken(&round, long: 20...30) { link, _ in link.set(.init(delay: 0.01, megabits: 10)) }
        },
        Row("link at 10 Mbit/s, 17 MB of parameters") { round in
            try broken(&round, Recipe(columns: 4, isLarge: true), long: 30...60) { link, _ in
                link.set(.init(delay: 0.01, megabits: 10))
            }
        },
        Row("connections reset", lack: { tool("/usr/bin/ss", "iproute2") }) { round in
            let flock = try Flock(Recipe())
            try flock.start(8)
            try flock.settle(actors: 8, seconds: round.isLong ? 4 : 2)
            let steady = flock.metrics.rate(from: flock.now - (round.isLong ? 3 : 1.5), to: flock.now) ?? 0
            for _ in 0..<(round.isLong ? 10 : 2) {
                try flock.onMachines("/usr/bin/ss", ["-K", "dport", "=", "5555"])
                flock.pause(round.dice.seconds(in: 0.2...3))
            }
            round.expectRecovery(of: flock, to: steady, after: flock.now)
            let returns = flock.learner.everything.components(separatedBy: "is back").count - 1
            round.demand("connections reset", Double(returns), atLeast: round.isLong ? 40 : 8)
            flock.expectNobodyDeclaredDead(&round)
            round.expectBalance(try flock.finish())
        },
    ]

    /// Half of the machines have a bad link for a while; the others go on as if nothing were.
    private static func broken(
        _ round: inout Round, _ recipe: Recipe = Recipe(), long: ClosedRange<Double>,
        _ spoil: (Link, inout Dice) -> Void
    ) throws {
        // At length, four actors share a link that large parameters take a minute to pass.
        let flock = try Flock(recipe, machines: recipe.isLarge ? 2 : 4, seed: round.dice.next())
        let count = recipe.isLarge && !round.isLong ? 4 : 8
        try flock.start(count)
        // A large model's update takes most of a second and acknowledges a whole batch: its rate takes a while to know.
        let seconds = recipe.isLarge ? (round.isLong ? 12.0 : 8) : round.isLong ? 4 : 2
        try flock.settle(actors: count, seconds: seconds)
        let window = recipe.isLarge ? seconds / 2 : round.isLong ? 3.0 : 1.5
        let steady = flock.metrics.rate(from: flock.now - seconds * 0.75, to: flock.now) ?? 0
        round.note("before", steady, "unrolls/s")
        let spoiled = flock.now
        let memory = (recipe.isLarge ? peakResidentBytes : residentBytes)(flock.learner.identifier)
        for link in flock.links.prefix(flock.links.count / 2) { spoil(link, &round.dice) }
        let bad = round.isLong ? round.dice.seconds(in: long) : 3
        flock.pause(bad)
        round.note("bad for", bad, "s")
        let meanwhile = (flock.metrics.rate(from: spoiled, to: flock.now) ?? 0) / steady
        // Half of the actors have good links.
        round.demand("meanwhile", meanwhile, atLeast: round.isLong ? 0.4 : 0, "of the rate before")
        // What is sent to slow links is lent, not copied. A checkpoint that is just being written takes some times the
        // parameters for a moment, so it is the most of before that counts.
        let growth = Double(residentBytes(flock.learner.identifier) - memory) / 1e6
        round.demand("the learner grew by", growth, atMost: recipe.isLarge ? 35 : 8, "MB")
        for link in flock.links { link.set(.perfect) }
        round.expectRecovery(of: flock, to: steady, after: flock.now, window: window)
        flock.expectNobodyDeclaredDead(&round)
        // Whose credit went to others while it fetched may hold a complete unroll when the run ends; nobody waits for it.
        round.expectBalance(try flock.finish(), killed: recipe.isLarge)
    }

    /// What is said when a program that a row needs is not there.
    static func tool(_ path: String, _ package: String) -> String? {
        FileManager.default.isExecutableFile(atPath: path) ? nil : "\(path) is not there: apt-get install \(package)"
    }
}
