import Foundation
import StarlingProcessSupport

extension Row {
    /// Many actors that come and go.
    static let flockRows = [
        Row("elastic actors") { round in
            let recipe = Recipe(stepMilliseconds: round.isLong ? 20 : 10, columns: round.isLong ? 64 : 8)
            let counts = round.isLong ? [1, 64, 8, 64] : [1, 8, 2, 8]
            let seconds = round.isLong ? 25.0 : 3.0
            let flock = try Flock(recipe)
            var changes: [Double] = []
            for count in counts {
                if count < flock.actors.count {
                    flock.end(flock.actors.count - count, Bool.random(using: &round.dice) ? SIGKILL : SIGTERM)
                } else {
                    try flock.start(count - flock.actors.count)
                }
                changes.append(flock.now)
                try flock.settle(actors: count, seconds: seconds)
            }
            let ends = Array(changes.dropFirst()) + [flock.now]
            for (index, count) in counts.enumerated() {
                round.check(flock, count, from: changes[index], to: ends[index])
            }
            try round.checkLateJoiner(flock)
            round.expectBalance(try flock.finish(), killed: true)
        }
    ]
}

extension Round {
    /// Ten seconds after a change, the rate is what it is to stay.
    fileprivate mutating func check(_ flock: Flock, _ count: Int, from start: Double, to end: Double) {
        // Five unrolls long: actors that began together send together.
        let window = 5 / flock.recipe.unrollsPerSecond
        guard let steady = flock.metrics.medianRate(from: end - (end - start) / 2, to: end, window: window) else {
            return expect(false, "no rate with \(count) actors")
        }
        note("\(count) actors:", steady, "unrolls/s")
        let ideal = Double(count) * flock.recipe.unrollsPerSecond
        demand("\(count) actors' rate", steady / ideal, atLeast: isLong ? 0.85 : 0.3, "of what they can do")
        guard isLong else { return }
        var settled: Double?
        for second in stride(from: 1.0, to: end - start - 5, by: 0.5) where settled == nil {
            let median = flock.metrics.medianRate(from: start + second, to: start + second + 5, window: window) ?? 0
            if abs(median / steady - 1) <= 0.1 { settled = second }
        }
        demand("\(count) actors are within 10 % after", settled ?? .infinity, atMost: 10, "s")
    }

    /// One more actor acts with parameters that are as new as everybody's, and soon.
    fileprivate mutating func checkLateJoiner(_ flock: Flock) throws {
        let start = Date()
        try flock.start(1)
        let joiner = flock.actors.last!
        var version: Int?
        let hasActed = eventually(within: 20) {
            version = joiner.standardError.split(separator: "\n").first { $0.contains("acting with parameters") }
                .flatMap { $0.split(separator: ".").last.flatMap { Int($0) } }
            return version != nil
        }
        let seconds = Date().timeIntervalSince(start)
        demand("a late joiner acts after", hasActed ? seconds : .infinity, atMost: isLong ? 2 : 20, "s")
        flock.pause(0.3)
        let newest = flock.metrics.last?.update ?? 0
        let age = newest - (version ?? 0)
        // Half a second of updates may lie between its line and the row.
        let rate = flock.metrics.rows.suffix(3)
        let recent = (rate.last?.update ?? 0) - (rate.first?.update ?? 0)
        demand("its parameters' age", Double(age), atMost: Double(recent + 2), "updates")
    }
}
