import StarlingBench
import StarlingMonitoring

/// What the trials of a sweep came to, the best first: by their returns, and where these are the same by their frames.
struct SweepTable {
    let trials: [Sweep.Trial]

    /// In an order that is known.
    init(ranked trials: [Sweep.Trial]) { self.trials = trials }

    init(_ trials: [Sweep.Trial]) {
        self.trials = trials.sorted { a, b in
            switch (a.score?.mean, b.score?.mean) {
            case (let a?, let b?) where a != b: a > b
            case (nil, _?): false
            case (_?, nil): true
            default: Self.median(a, { Double($0.frames) }) < Self.median(b, { Double($0.frames) })
            }
        }
    }

    /// nil where no run of any came to an end.
    var best: Sweep.Trial? { trials.first.flatMap { $0.score == nil ? nil : $0 } }

    func lines(width: Int) -> [String] {
        let keys = trials.first?.assignments.map { String($0.prefix { $0 != "=" }) } ?? []
        var table = TextTable(
            KeyNames.short(keys).map { .init($0, .leading) } + ["return", "95 %", "frames", "s", "goals", "runs"].map { .init($0) })
        for trial in trials {
            let values = trial.assignments.map { String($0.drop { $0 != "=" }.dropFirst()) }
            let goals = trial.summaries.contains { $0.goal != nil } ? "\(trial.summaries.count(where: \.goalReached))" : "–"
            let failures = trial.outcomes.count - trial.summaries.count
            table.append(
                values + [
                    trial.score.map { Quantity.meanReturn($0.mean) } ?? "–",
                    trial.score.map { "\(Quantity.meanReturn($0.low)) … \(Quantity.meanReturn($0.high))" } ?? "–",
                    Quantity.grouped(Int(Self.median(trial) { Double($0.frames) })),
                    Self.median(trial, \.wallSeconds).text(1), goals,
                    "\(trial.outcomes.count)\(failures > 0 ? ", \(failures) failed" : "")",
                ])
        }
        return table.lines(width: width)
    }

    static let footnote = """
        return: the interquartile mean over runs of their greedy episodes, with its
        95 % interval by bootstrap; frames, s: medians; goals: runs that reached theirs.
        """

    /// 0 of no run.
    private static func median(_ trial: Sweep.Trial, _ value: (StoredSummary) -> Double) -> Double {
        trial.summaries.isEmpty ? 0 : trial.summaries.map(value).median
    }
}

/// Names of keys as heads of columns.
enum KeyNames {
    /// Last words, where they tell the keys apart.
    static func short(_ keys: [String]) -> [String] {
        let words = keys.map { $0.split(separator: ".").last.map(String.init) ?? $0 }
        return zip(keys, words).map { key, word in words.count { $0 == word } == 1 ? word : key }
    }
}
