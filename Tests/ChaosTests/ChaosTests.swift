import Foundation
import StarlingProcessSupport
import Testing

/// What the system survives: learner and actors on hosts of their own, and every row of the table of faults.
///
/// `scripts/test` plays each row once, in short. `scripts/chaos --minutes N` plays them at random until the time is over.
@Suite(.serialized, .enabled(if: Machine.lack == nil, "no test of faults: \(Machine.lack ?? "")"))
struct Chaos {
    /// Asked for by scripts/chaos.
    static let minutes = ProcessInfo.processInfo.environment["STARLING_CHAOS_MINUTES"].flatMap(Double.init)
    static let seed = ProcessInfo.processInfo.environment["STARLING_CHAOS_SEED"].flatMap(UInt64.init)
    /// Only rows whose name contains this.
    static let choice = ProcessInfo.processInfo.environment["STARLING_CHAOS_ROWS"]
    static let rows = Row.all.filter { row in choice.map { row.name.contains($0) } ?? true }

    @Test(.enabled(if: minutes == nil, "scripts/chaos plays the rows at length"), arguments: rows)
    func holds(_ row: Row) async throws {
        if let lack = row.lack() { return print("\(row.name) is not tested: \(lack)") }
        let round = try await onThread {
            var round = Round(isLong: false, seed: 1)
            try row.play(&round)
            return round
        }
        for fault in round.faults { Issue.record("\(fault)\n\(round.measures.joined(separator: ", "))") }
    }

    @Test(.enabled(if: minutes != nil, "scripts/chaos --minutes N plays the rows at length"))
    func holdForMinutes() async throws {
        let tally = try await onThread {
            var tally = Tally(seed: Self.seed ?? UInt64(Date().timeIntervalSince1970))
            let end = Date().addingTimeInterval((Self.minutes ?? 0) * 60)
            repeat { tally.play(Self.rows, until: end) } while Date() < end
            tally.tell()
            return tally
        }
        #expect(tally.faultCount == 0)
    }
}

/// Rounds of many rows: a line for each when it is over, a table at the end.
struct Tally {
    private var dice: Dice
    private var rounds: [String: (played: Int, failed: Int, seconds: Double)] = [:]
    private var number = 0
    private(set) var faultCount = 0

    init(seed: UInt64) {
        dice = Dice(seed: seed)
        print("seed \(seed): STARLING_CHAOS_SEED=\(seed) plays the same rounds again")
    }

    /// Every row once, in random order.
    mutating func play(_ rows: [Row], until end: Date) {
        for row in rows.shuffled(using: &dice) where Date() < end {
            let seed = dice.next()
            number += 1
            if let lack = row.lack() {
                print("round \(number) \(row.name): not played: \(lack)")
                continue
            }
            var round = Round(isLong: true, seed: seed)
            let start = Date()
            do { try row.play(&round) } catch { round.expect(false, "\(error)") }
            let seconds = Date().timeIntervalSince(start)
            let verdict = round.faults.isEmpty ? "holds" : "FAILS: " + round.faults.joined(separator: "; ")
            print("round \(number) \(row.name) (seed \(seed), \(Int(seconds)) s): \(verdict)  [\(round.measures.joined(separator: ", "))]")
            fflush(nil)
            let old = rounds[row.name] ?? (0, 0, 0)
            let failed = round.faults.isEmpty ? 0 : 1
            faultCount += failed
            rounds[row.name] = (old.played + 1, old.failed + failed, old.seconds + seconds)
        }
    }

    func tell() {
        print("\nrounds  failed  minutes  fault")
        for (name, row) in rounds.sorted(by: { $0.key < $1.key }) {
            print(String(format: "%6d  %6d  %7.1f  ", row.played, row.failed, row.seconds / 60) + name)
        }
    }
}
