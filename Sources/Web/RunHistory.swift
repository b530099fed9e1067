import Glibc
import StarlingMonitoring

/// The curves of a run's time in bounded space: when it is full, neighbours are merged, so every curve keeps its whole span, and its
/// highest and lowest values, and loses only fineness.
package struct RunHistory: Sendable {
    /// Of the curves.
    package let names: [String]
    private var points: [Point] = []
    /// Samples in a point, and in the last one so far.
    private var span = 1
    private var filled = 0
    private let capacity: Int

    private struct Point: Sendable {
        var seconds: Double
        var frames: Double
        var cells: [Cell]
    }

    /// What a curve's samples of a point come to.
    private struct Cell: Sendable {
        var sum: Float = 0
        var count: Float = 0
        var low = Float.infinity
        var high = -Float.infinity

        mutating func add(_ value: Float) {
            guard value.isFinite else { return }
            sum += value
            count += 1
            (low, high) = (min(low, value), max(high, value))
        }

        mutating func add(_ other: Cell) {
            sum += other.sum
            count += other.count
            (low, high) = (min(low, other.low), max(high, other.high))
        }
    }

    /// - Parameter capacity: points, an even number; a curve of a day then has one for each 42 s and takes 32 kB.
    package init(_ names: [String], capacity: Int = 2048) {
        precondition(capacity >= 2 && capacity % 2 == 0, "a history of \(capacity) points can't be halved")
        (self.names, self.capacity) = (names, capacity)
    }

    package var count: Int { points.count }

    /// - Parameters:
    ///   - seconds: of training; a sample that isn't later than the one before doesn't count.
    ///   - values: one for each name, NaN where there is none.
    package mutating func append(seconds: Double, frames: Double, _ values: [Float]) {
        precondition(values.count == names.count, "\(values.count) values for \(names.count) curves")
        guard seconds > points.last?.seconds ?? -.infinity else { return }
        if filled == 0 || filled == span {
            if points.count == capacity { halve() }
            points.append(Point(seconds: seconds, frames: frames, cells: Array(repeating: Cell(), count: names.count)))
            filled = 0
        }
        let last = points.count - 1
        (points[last].seconds, points[last].frames) = (seconds, frames)
        for place in values.indices { points[last].cells[place].add(values[place]) }
        filled += 1
    }

    private mutating func halve() {
        points = Self.merged(points, by: 2)
        span *= 2
        filled = span
    }

    private static func merged(_ points: [Point], by factor: Int) -> [Point] {
        stride(from: 0, to: points.count, by: factor).map { first in
            var point = points[first]
            for next in points[first..<min(first + factor, points.count)].dropFirst() {
                (point.seconds, point.frames) = (next.seconds, next.frames)
                for place in point.cells.indices { point.cells[place].add(next.cells[place]) }
            }
            return point
        }
    }

    /// As JSON, in at most so many points: for each curve that has values its means, and where they sum up different values the lowest and
    /// highest of these.
    package func json(points most: Int) -> [UInt8] {
        let shown = Self.merged(points, by: max(1, (points.count + most - 1) / max(1, most)))
        var text = "{\"seconds\":[\(Self.list(shown) { $0.seconds })],\"frames\":[\(Self.list(shown) { $0.frames })],\"series\":{"
        var isFirst = true
        for (place, name) in names.enumerated() {
            guard shown.contains(where: { $0.cells[place].count > 0 }) else { continue }
            func numbers(_ value: (Cell) -> Float) -> String {
                Self.list(shown) { $0.cells[place].count > 0 ? Double(value($0.cells[place])) : .nan }
            }
            text += "\(isFirst ? "" : ",")\(JSONValue.text(name).line):{\"mean\":[\(numbers { $0.sum / $0.count })]"
            if shown.contains(where: { $0.cells[place].count > 1 && $0.cells[place].low < $0.cells[place].high }) {
                text += ",\"lo\":[\(numbers { $0.low })],\"hi\":[\(numbers { $0.high })]"
            }
            text += "}"
            isFirst = false
        }
        return Array((text + "}}").utf8)
    }

    private static func list(_ points: [Point], _ value: (Point) -> Double) -> String {
        points.map { short(value($0)) }.joined(separator: ",")
    }

    /// With five digits, which is more than a screen shows.
    private static func short(_ value: Double) -> String {
        guard value.isFinite else { return "null" }
        guard value != 0 else { return "0" }
        guard abs(value) < 1e5 || value != value.rounded() else { return "\(Int64(clamping: value))" }
        let scale = pow(10, 4 - floor(log10(abs(value))))
        let rounded = (value * scale).rounded() / scale
        return rounded == rounded.rounded() && abs(rounded) < 1e15 ? "\(Int64(rounded))" : "\(rounded)"
    }
}

extension Int64 {
    fileprivate init(clamping value: Double) { self = Int64(exactly: value.rounded()) ?? (value < 0 ? .min : .max) }
}
