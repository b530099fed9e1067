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
        print("\(row.name): \(round.faults.isEmpty ? "holds" : "FAILS")  [\(round.told)]")
        for fault in round.faults { Issue.record("\(row.name): \(fault)\n\(round.told)") }
    }

    @Test(.enabled(if: minutes != nil, "scripts/chaos --minutes N plays the rows at length"))
    func holdForMinutes() async throws {
        try #require(!Self.rows.isEmpty, "no row's name contains \(Self.choice ?? "")")
        let failures = try await onThread {
            var tally = Tally(Self.rows, seed: Self.seed ?? UInt64(Date().timeIntervalSince1970))
            let end = Date().addingTimeInterval((Self.minutes ?? 0) * 60)
            repeat { tally.play(until: end) } while Date() < end
            tally.tell()
            return tally.failureCount
        }
        #expect(failures == 0, "rounds that did not hold are listed above")
    }
}
