import Foundation
import StarlingProcessSupport
import Testing

/// One trial of a row: its random numbers, what it measured, and what did not hold.
struct Round {
    /// Faults as long as the table says, and its times are demanded; else both are mild, for machines under load.
    let isLong: Bool
    var dice: Dice
    private(set) var faults: [String] = []
    private(set) var measures: [String] = []

    init(isLong: Bool, seed: UInt64) {
        self.isLong = isLong
        dice = Dice(seed: seed)
    }

    /// Seconds after which throughput must be back.
    var patience: Double { isLong ? 10 : 45 }

    mutating func expect(_ holds: Bool, _ fault: @autoclosure () -> String) {
        if !holds { faults.append(fault()) }
    }

    mutating func note(_ what: String, _ value: Double, _ unit: String) {
        measures.append("\(what) \((value * 100).rounded() / 100) \(unit)")
    }

    mutating func note(_ what: String) { measures.append(what) }

    /// The run's books: they add up, and no living actor's unrolls were lost.
    /// - Parameter killed: actors died, so that unrolls were.
    mutating func expectBalance(_ books: Books, killed: Bool = false) {
        expect(books.fault == nil, "the ledger: \(books.fault ?? "")")
        expect(killed || books["lost_with_actor"] == 0, "\(books["lost_with_actor"]) unrolls of living actors are lost")
        note("trained \(books["trained"]) of \(books["produced"])")
    }

    /// Waits until the rate is back at 90 % of what it was.
    mutating func expectRecovery(of flock: Flock, to steady: Double, after moment: Double) {
        let limit = patience
        let back = flock.secondsUntil(rate: 0.9 * steady, after: moment, within: limit + 3)
        expect(back.map { $0 <= limit } ?? false, "the rate is not back at \(steady)/s after \(limit) s")
        if let back { note("back after", back, "s") }
    }
}

/// A row of the table: a fault and what must hold.
struct Row: Sendable, CustomTestStringConvertible {
    let name: String
    /// What it needs of the machine and does not find.
    let lack: @Sendable () -> String?
    let play: @Sendable (inout Round) throws -> Void

    init(
        _ name: String, lack: @escaping @Sendable () -> String? = { nil },
        _ play: @escaping @Sendable (inout Round) throws -> Void
    ) {
        self.name = name
        self.lack = lack
        self.play = play
    }

    var testDescription: String { name }

    static let all = processRows + linkRows + machineRows + flockRows
}
