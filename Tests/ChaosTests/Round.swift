import Foundation
import StarlingProcessSupport
import Testing

/// A number that a round found, and what it had to be.
struct Measure {
    enum Bound {
        case none
        case atMost(Double)
        case atLeast(Double)
    }

    let name: String
    let value: Double
    let unit: String
    let bound: Bound

    var holds: Bool {
        switch bound {
        case .none: true
        case .atMost(let limit): value <= limit
        case .atLeast(let limit): value >= limit
        }
    }

    /// `≤ 10 s`; nothing without a bound.
    var demand: String {
        switch bound {
        case .none: ""
        case .atMost(let limit): "≤ \(Self.text(limit))\(space)\(unit)"
        case .atLeast(let limit): "≥ \(Self.text(limit))\(space)\(unit)"
        }
    }

    var description: String { "\(name) \(Self.text(value))\(space)\(unit)" }

    private var space: String { unit.isEmpty ? "" : " " }

    /// Three digits at least, no more than two behind the point.
    static func text(_ value: Double) -> String {
        guard value.isFinite else { return "none" }
        let rounded = (value * 100).rounded() / 100
        return abs(rounded) < 1e15 && rounded == rounded.rounded() ? "\(Int(rounded))" : "\(rounded)"
    }
}

/// One trial of a row: its random numbers, what it measured, and what did not hold.
struct Round {
    /// Faults as long as the table says, and its times are demanded; else both are mild, for machines under load.
    let isLong: Bool
    let seed: UInt64
    var dice: Dice
    private(set) var faults: [String] = []
    private(set) var measures: [Measure] = []

    init(isLong: Bool, seed: UInt64) {
        self.isLong = isLong
        self.seed = seed
        dice = Dice(seed: seed)
    }

    /// Seconds after which throughput must be back.
    var patience: Double { isLong ? 10 : 45 }

    /// All that was measured, in a line.
    var told: String { measures.map(\.description).joined(separator: ", ") }

    mutating func expect(_ holds: Bool, _ fault: @autoclosure () -> String) {
        if !holds { faults.append(fault()) }
    }

    mutating func note(_ name: String, _ value: Double, _ unit: String = "") {
        measures.append(Measure(name: name, value: value, unit: unit, bound: .none))
    }

    mutating func demand(_ name: String, _ value: Double, atMost limit: Double, _ unit: String = "") {
        add(Measure(name: name, value: value, unit: unit, bound: .atMost(limit)))
    }

    mutating func demand(_ name: String, _ value: Double, atLeast limit: Double, _ unit: String = "") {
        add(Measure(name: name, value: value, unit: unit, bound: .atLeast(limit)))
    }

    private mutating func add(_ measure: Measure) {
        measures.append(measure)
        expect(measure.holds, "\(measure.description) (\(measure.demand) demanded)")
    }

    /// The run's books: they add up, and nothing is lost.
    /// - Parameters:
    ///   - killed: actors died, and what they had not handed over with them.
    ///   - lostWithLearner: unrolls that were destroyed on the learner's disk: so many are told, no more and no fewer.
    mutating func expectBalance(_ books: Books, killed: Bool = false, lostWithLearner: Int = 0) {
        note("produced", Double(books["produced"]))
        for name in ["trained", "too_stale", "abandoned", "pending"] {
            note(name.replacingOccurrences(of: "_", with: " "), Double(books[name]))
        }
        expect(books.fault == nil, "the ledger: \(books.fault ?? "")")
        for name in ["dropped", "invalid"] { demand(name, Double(books[name]), atMost: 0) }
        let lost = Double(books["lost_with_actor"])
        if killed { note("lost with killed actors", lost) } else { demand("lost", lost, atMost: 0) }
        demand("lost with the learner", Double(books["lost_with_learner"]), atMost: Double(lostWithLearner))
        if lostWithLearner > 0 {
            demand("of", Double(books["lost_with_learner"]), atLeast: Double(lostWithLearner), "destroyed on purpose")
        }
    }

    /// Waits until the rate is back at 90 % of what it was, and stays there.
    mutating func expectRecovery(of flock: Flock, to steady: Double, after moment: Double, window: Double? = nil) {
        let limit = patience
        let window = window ?? (isLong ? 3 : 1.5)
        let back = flock.recovery(to: 0.9 * steady, after: moment, window: window, within: limit + window + 1)
        demand("back after", back?.seconds ?? .infinity, atMost: limit, "s")
        note("then", (back?.rate ?? 0) / steady, "of the rate before")
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

    static let all = processRows + linkRows + diskRows + machineRows + flockRows
}
