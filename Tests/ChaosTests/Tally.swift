import Foundation
import StarlingProcessSupport

/// Rounds of many rows: a line for each when it is over, a table at the end.
struct Tally {
    private struct Sum {
        var played = 0
        var failed = 0
        var seconds = 0.0
        /// Why it was not played.
        var lack: String?
        var measures: [Measure] = []
        var faults: [String] = []
    }

    private var dice: Dice
    private let rows: [Row]
    private var sums: [String: Sum] = [:]
    private var number = 0

    init(_ rows: [Row], seed: UInt64) {
        self.rows = rows
        dice = Dice(seed: seed)
        print("seed \(seed): STARLING_CHAOS_SEED=\(seed) plays the same rounds again")
    }

    /// Rounds that did not hold.
    var failureCount: Int { sums.values.reduce(0) { $0 + $1.failed } }

    /// Every row once, in random order.
    mutating func play(until end: Date) {
        for row in rows.shuffled(using: &dice) where Date() < end {
            let seed = dice.next()
            if let lack = row.lack() {
                if sums[row.name]?.lack == nil { print("\(row.name) is not played: \(lack)") }
                sums[row.name, default: Sum()].lack = lack
                // Nothing but such rows would make this a busy loop.
                usleep(10_000)
                continue
            }
            number += 1
            var round = Round(isLong: true, seed: seed)
            let start = Date()
            do { try row.play(&round) } catch { round.expect(false, "\(error)") }
            add(round, of: row, seconds: Date().timeIntervalSince(start))
        }
    }

    private mutating func add(_ round: Round, of row: Row, seconds: Double) {
        let verdict = round.faults.isEmpty ? "holds" : "FAILS: " + round.faults.joined(separator: "; ")
        print("round \(number) \(row.name) (seed \(round.seed), \(Int(seconds)) s): \(verdict)  [\(round.told)]")
        fflush(nil)
        var sum = sums[row.name] ?? Sum()
        sum.played += 1
        sum.failed += round.faults.isEmpty ? 0 : 1
        sum.seconds += seconds
        sum.measures += round.measures
        sum.faults += round.faults
        sums[row.name] = sum
    }

    /// The table: a row's rounds, and beneath it every number it found: median, least and most, and what was demanded.
    func tell() {
        print("\nrounds  failed  minutes  fault")
        for row in rows {
            let sum = sums[row.name] ?? Sum()
            print(String(format: "%6d  %6d  %7.1f  ", sum.played, sum.failed, sum.seconds / 60) + row.name)
            if sum.played == 0 { print(Self.margin + "NOT PLAYED: \(sum.lack ?? "the minutes were over; give more")") }
            for fault in sum.faults { print(Self.margin + "FAILED: \(fault)") }
            for line in Self.lines(sum.measures) { print(Self.margin + line) }
        }
        let played = rows.count { (sums[$0.name]?.played ?? 0) > 0 }
        print("\(number) rounds, \(failureCount) failed; \(played) of \(rows.count) rows played")
        fflush(nil)
    }

    private static let margin = String(repeating: " ", count: 25)

    /// A line a number, in the order in which they were found first.
    private static func lines(_ measures: [Measure]) -> [String] {
        var names: [String] = []
        var groups: [String: [Measure]] = [:]
        for measure in measures {
            if groups[measure.name] == nil { names.append(measure.name) }
            groups[measure.name, default: []].append(measure)
        }
        return names.map { name in
            let group = groups[name]!
            let values = group.map(\.value).sorted()
            let unit = group[0].unit.isEmpty ? "" : " \(group[0].unit)"
            let numbers =
                values.count == 1
                ? Measure.text(values[0])
                : "\(Measure.text(values[values.count / 2])) (\(Measure.text(values[0])) … \(Measure.text(values[values.count - 1])))"
            return "\(name): \(numbers)\(unit)  \(group[0].demand)"
        }
    }
}
