/// The mean return over a run's time, in bounded space: when it is full, neighbours are merged, so the curve keeps its
/// whole span and loses only fineness.
package struct ReturnHistory: Hashable, Sendable {
    /// Means of equal spans of time, from the beginning.
    package private(set) var points: [Double] = []
    private var pending = 0.0
    private var pendingCount = 0
    /// Samples in a point.
    private var span = 1
    private let capacity: Int

    package init(capacity: Int = 512) {
        precondition(capacity >= 2 && capacity % 2 == 0, "a history of \(capacity) points can't be halved")
        self.capacity = capacity
    }

    package mutating func append(_ value: Double) {
        guard value.isFinite else { return }
        pending += value
        pendingCount += 1
        guard pendingCount >= span else { return }
        points.append(pending / Double(pendingCount))
        (pending, pendingCount) = (0, 0)
        guard points.count == capacity else { return }
        points = stride(from: 0, to: capacity, by: 2).map { (points[$0] + points[$0 + 1]) / 2 }
        span *= 2
    }

    /// The curve for a terminal, with the least and the largest return beside it; empty before there is one.
    package func lines(width: Int, height: Int = 5) -> [String] {
        let values = resampled(to: max(1, width - 10))
        guard let low = values.min(), let high = values.max() else { return [] }
        let rows = Sparkline.rows(values, height: height, range: low < high ? low...high : low...(low + 1))
        return rows.enumerated().map { index, row in
            let label = index == 0 ? Quantity.trimmed(high) : index == height - 1 && low < high ? Quantity.trimmed(low) : ""
            return "\(label.leading(to: 7)) ▏\(row)"
        }
    }

    /// The curve in so many columns: means where there are more points, straight lines between them where there are
    /// fewer.
    package func resampled(to columns: Int) -> [Double] {
        guard let first = points.first else { return [] }
        guard points.count > 1, columns > 1 else { return Array(repeating: first, count: max(0, columns)) }
        if points.count > columns {
            return (0..<columns).map { column in
                let part = points[column * points.count / columns..<(column + 1) * points.count / columns]
                return part.reduce(0, +) / Double(part.count)
            }
        }
        return (0..<columns).map { column in
            let position = Double(column) * Double(points.count - 1) / Double(columns - 1)
            let index = min(Int(position), points.count - 2)
            let part = position - Double(index)
            return points[index] * (1 - part) + points[index + 1] * part
        }
    }
}
