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
        var actors: Int
        var meanReturn: Double?
        var lag95: Double?
    }

    private let path: String
    private var offset: UInt64 = 0
    private var rest = Data()
    private var all: [Row] = []

    init(_ path: String) { self.path = path }

    /// All rows so far.
    var rows: [Row] {
        read()
        return all
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
        all.append(
            Row(
                seconds: row["wall_seconds"] as? Double ?? 0,
                generation: (row["parameter_version"] as? String)?.split(separator: ".").first.flatMap { Int($0) } ?? 0,
                update: row["update"] as? Int ?? 0,
                acknowledged: row["unrolls_acknowledged"] as? Int ?? 0, actors: row["actors_alive"] as? Int ?? 0,
                meanReturn: row["mean_return"] as? Double, lag95: row["policy_lag_p95"] as? Double))
    }

    /// Acknowledged unrolls per second between the rows next to these two times; nil without two rows.
    func rate(from start: Double, to end: Double) -> Double? {
        let rows = rows
        guard let first = rows.last(where: { $0.seconds <= start }) ?? rows.first,
            let last = rows.last(where: { $0.seconds <= end }), last.seconds > first.seconds
        else { return nil }
        return Double(last.acknowledged - first.acknowledged) / (last.seconds - first.seconds)
    }

    /// Median of the rates of windows of so many seconds that follow one another.
    func medianRate(from start: Double, to end: Double, window: Double = 1) -> Double? {
        let rates = stride(from: start, through: end - window, by: window).compactMap { rate(from: $0, to: $0 + window) }
        return rates.isEmpty ? nil : rates.sorted()[rates.count / 2]
    }
}
