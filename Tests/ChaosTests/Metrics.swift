import Foundation
import StarlingProcessSupport

/// What a learner writes about itself, read while it writes.
final class Metrics {
    struct Row {
        /// Since the learner's start.
        var seconds: Double
        /// Starts of the learner.
        var generation: Int
        var update: Int
        var acknowledged: Int
        var trained: Int
        var actors: Int
        var meanReturn: Double?
        var queued: Int
    }

    private let path: String
    private var offset: UInt64 = 0
    private var rest = Data()
    private var all: [Row] = []
    /// Of the newest start's first row: its clock begins anew.
    private var start = 0

    init(_ path: String) { self.path = path }

    /// All rows so far.
    var rows: [Row] {
        read()
        return all
    }
    /// Those of the newest start of the learner.
    private var current: ArraySlice<Row> {
        read()
        return all[start...]
    }
    var last: Row? { rows.last }

    private func read() {
        guard let file = FileHandle(forReadingAtPath: path) else { return }
        defer { try? file.close() }
        guard (try? file.seek(toOffset: offset)) != nil, let new = try? file.readToEnd(), !new.isEmpty else { return }
        offset += UInt64(new.count)
        rest.append(new)
        while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
            add(rest[rest.startIndex..<end])
            rest = Data(rest[rest.index(after: end)...])
        }
    }

    private func add(_ line: Data) {
        guard let row = try? JSONSerialization.jsonObject(with: line) as? [String: Any] else { return }
        let generation = (row["parameter_version"] as? String)?.split(separator: ".").first.flatMap { Int($0) } ?? 0
        if let last = all.last, generation > last.generation { start = all.count }
        all.append(
            Row(
                seconds: row["wall_seconds"] as? Double ?? 0,
                generation: generation, update: row["update"] as? Int ?? 0,
                acknowledged: row["unrolls_acknowledged"] as? Int ?? 0,
                trained: row["unrolls_trained"] as? Int ?? 0, actors: row["actors_alive"] as? Int ?? 0,
                meanReturn: row["mean_return"] as? Double, queued: row["queued_unrolls"] as? Int ?? 0))
    }

    /// Trained unrolls per second between the rows next to these two times; nil without two rows. Acknowledged ones would
    /// flatter the seconds in which the window of credit grows; over seconds with few batches they are exact.
    func rate(of count: KeyPath<Row, Int> = \.trained, from start: Double, to end: Double) -> Double? {
        let rows = current
        guard let first = rows.last(where: { $0.seconds <= start }) ?? rows.first,
            let last = rows.last(where: { $0.seconds <= end }), last.seconds > first.seconds
        else { return nil }
        return Double(last[keyPath: count] - first[keyPath: count]) / (last.seconds - first.seconds)
    }

    /// The first stretch of rows after a moment that lasts so long and has this rate or more.
    func firstWindow(of seconds: Double, from moment: Double, rate: Double) -> (start: Double, rate: Double)? {
        let rows = Array(current.drop { $0.seconds < moment })
        var last = 0
        for first in rows.indices {
            while last < rows.count, rows[last].seconds - rows[first].seconds < seconds { last += 1 }
            guard last < rows.count else { return nil }
            let trained = Double(rows[last].trained - rows[first].trained)
            let found = trained / (rows[last].seconds - rows[first].seconds)
            if found >= rate { return (rows[first].seconds, found) }
        }
        return nil
    }

    /// Median of the rates of acknowledged unrolls of windows of so many seconds that follow one another.
    func medianRate(from start: Double, to end: Double, window: Double = 1) -> Double? {
        let rates = stride(from: start, through: end - window, by: window).compactMap {
            rate(of: \.acknowledged, from: $0, to: $0 + window)
        }
        return rates.isEmpty ? nil : rates.sorted()[rates.count / 2]
    }
}
