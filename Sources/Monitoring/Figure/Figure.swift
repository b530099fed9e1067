/// Curves over one axis, each with the band that it lies in: what a terminal, an SVG and a PNG show alike.
package struct Figure: Sendable {
    package struct Point: Hashable, Sendable {
        package var x: Double
        package var y: Double
        /// Of the band.
        package var low: Double
        package var high: Double

        package init(x: Double, y: Double, low: Double, high: Double) { (self.x, self.y, self.low, self.high) = (x, y, low, high) }
    }

    package struct Curve: Sendable {
        package var name: String
        /// From left to right.
        package var points: [Point]

        package init(_ name: String, _ points: [Point]) { (self.name, self.points) = (name, points) }

        /// The point at x, between those beside it; nil where the curve isn't.
        func point(at x: Double) -> Point? {
            guard let first = points.first, let last = points.last, x >= first.x, x <= last.x else { return nil }
            let right = points.firstIndex { $0.x >= x } ?? points.count - 1
            guard right > 0, points[right].x > points[right - 1].x else { return points[right] }
            let (a, b) = (points[right - 1], points[right])
            let share = (x - a.x) / (b.x - a.x)
            func between(_ part: KeyPath<Point, Double>) -> Double { a[keyPath: part] * (1 - share) + b[keyPath: part] * share }
            return Point(x: x, y: between(\.y), low: between(\.low), high: between(\.high))
        }
    }

    package var title: String
    package var xLabel: String
    package var yLabel: String
    package var curves: [Curve]

    package init(title: String, xLabel: String, yLabel: String, curves: [Curve]) {
        (self.title, self.xLabel, self.yLabel, self.curves) = (title, xLabel, yLabel, curves)
    }

    /// What the curves span.
    var xRange: ClosedRange<Double> { Self.range(curves.flatMap { $0.points.map(\.x) }) }
    var yRange: ClosedRange<Double> { Self.range(curves.flatMap { $0.points.flatMap { [$0.low, $0.y, $0.high] } }) }

    private static func range(_ values: [Double]) -> ClosedRange<Double> {
        let known = values.filter(\.isFinite)
        guard let low = known.min(), let high = known.max() else { return 0...1 }
        return low < high ? low...high : (low - 0.5)...(high + 0.5)
    }
}

/// Round numbers along an axis.
struct AxisTicks {
    let values: [Double]

    /// - Parameter count: about so many.
    init(_ range: ClosedRange<Double>, count: Int) {
        let span = range.upperBound - range.lowerBound
        var step = 1.0
        // 1, 2 or 5 times a power of ten.
        while step * Double(count) < span { step *= 10 }
        while step * Double(count) > span * 10 { step /= 10 }
        for share in [0.1, 0.2, 0.5, 1] where step * share * Double(count) >= span {
            step *= share
            break
        }
        let first = (range.lowerBound / step).rounded(.up)
        values = (0...count + 1).map { (first + Double($0)) * step }.filter { $0 <= range.upperBound + step * 1e-9 }
    }

    /// `20k` of frames, `0.5` of a share.
    static func text(_ value: Double) -> String {
        guard abs(value) >= 1e4 else { return Quantity.trimmed(abs(value) < 1e-12 ? 0 : value) }
        return (value < 0 ? "-" : "") + Quantity.short(UInt64(abs(value).rounded()))
    }
}
