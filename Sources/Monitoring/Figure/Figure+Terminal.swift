extension Figure {
    /// The figure as this terminal shows it: curves of dots, bands of fewer.
    package func lines(width: Int, height: Int = 14, on terminal: Terminal) -> [String] {
        lines(width: width, height: height, unicode: terminal.isUnicode).map {
            $0.rendered(colored: terminal.isColored, unicode: true)
        }
    }

    /// Every line at most `width` wide.
    package func lines(width: Int, height: Int = 14, unicode: Bool = true) -> [PanelLine] {
        let axis = 9
        var canvas = DotCanvas(columns: max(8, width - axis - 1), rows: max(3, height), unicode: unicode)
        let (xs, ys) = (xRange, yRange)
        for (number, curve) in curves.enumerated() { draw(curve, number, xs, ys, &canvas) }
        var lines = [PanelLine(" \(yLabel) over \(xLabel)", .label)]
        let labels = tickLabels(ys, rows: canvas.rows)
        for row in 0..<canvas.rows {
            var line = PanelLine((labels[row] ?? "").leading(to: axis - 2), .label)
            line.append(unicode ? " ▏" : " |", .label)
            line.append(canvas.line(row))
            lines.append(line)
        }
        lines.append(xAxis(xs, indent: axis, columns: canvas.columns))
        for (number, curve) in curves.enumerated() {
            var line = PanelLine(String(repeating: " ", count: axis))
            line.append("\(unicode ? "━━" : String(repeating: DotCanvas.letter(number), count: 2)) ", .series(number))
            line.append(curve.name)
            lines.append(line)
        }
        return lines.map { $0.clipped(to: width) }
    }

    private func draw(
        _ curve: Curve, _ number: Int, _ xs: ClosedRange<Double>, _ ys: ClosedRange<Double>, _ canvas: inout DotCanvas
    ) {
        func level(_ y: Double) -> Int {
            let share = (y - ys.lowerBound) / (ys.upperBound - ys.lowerBound)
            return min(canvas.dotRows - 1, max(0, Int((1 - share) * Double(canvas.dotRows - 1) + 0.5)))
        }
        var before: Int?
        for column in 0..<canvas.dotColumns {
            let x = xs.lowerBound + (xs.upperBound - xs.lowerBound) * Double(column) / Double(canvas.dotColumns - 1)
            guard let point = curve.point(at: x), point.y.isFinite else {
                before = nil
                continue
            }
            // Every fourth dot.
            for dot in level(point.high)...max(level(point.high), level(point.low)) where (dot + column) % 2 == 0 && column % 2 == 0 {
                canvas.shade(column, dot, number)
            }
            let here = level(point.y)
            for dot in min(before ?? here, here)...max(before ?? here, here) { canvas.draw(column, dot, number) }
            before = here
        }
    }

    /// By row; none twice.
    private func tickLabels(_ range: ClosedRange<Double>, rows: Int) -> [Int: String] {
        var labels: [Int: String] = [:]
        for value in AxisTicks(range, count: max(2, rows / 3)).values {
            let share = (value - range.lowerBound) / (range.upperBound - range.lowerBound)
            labels[min(rows - 1, max(0, Int((1 - share) * Double(rows))))] = AxisTicks.text(value)
        }
        return labels
    }

    private func xAxis(_ range: ClosedRange<Double>, indent: Int, columns: Int) -> PanelLine {
        var line = PanelLine(String(repeating: " ", count: indent), .label)
        for value in AxisTicks(range, count: max(2, columns / 12)).values {
            let text = AxisTicks.text(value)
            let place = Int((value - range.lowerBound) / (range.upperBound - range.lowerBound) * Double(columns - 1))
            let start = indent + min(max(0, place - text.count / 2), columns - text.count)
            guard start > line.width || line.width == indent else { continue }
            line.append(String(repeating: " ", count: max(0, start - line.width)) + text, .label)
        }
        return line
    }
}

/// Cells of a terminal of 2 × 4 dots each, in the colour of the curve that was drawn there last.
private struct DotCanvas {
    let columns: Int
    let rows: Int
    private let unicode: Bool
    private var dots: [UInt8]
    private var owners: [Owner?]

    private struct Owner {
        var number: Int
        var isCurve: Bool
    }

    init(columns: Int, rows: Int, unicode: Bool) {
        (self.columns, self.rows, self.unicode) = (columns, rows, unicode)
        dots = Array(repeating: 0, count: columns * rows)
        owners = Array(repeating: nil, count: columns * rows)
    }

    var dotColumns: Int { 2 * columns }
    var dotRows: Int { 4 * rows }

    static func letter(_ number: Int) -> Character { Character(UnicodeScalar(UInt8(ascii: "a") + UInt8(number % 26))) }

    mutating func draw(_ x: Int, _ y: Int, _ number: Int) {
        let cell = y / 4 * columns + x / 2
        // A curve stands before bands.
        if owners[cell]?.isCurve != true { dots[cell] = 0 }
        dots[cell] |= Self.bit(x % 2, y % 4)
        owners[cell] = Owner(number: number, isCurve: true)
    }

    mutating func shade(_ x: Int, _ y: Int, _ number: Int) {
        let cell = y / 4 * columns + x / 2
        guard owners[cell]?.isCurve != true else { return }
        dots[cell] |= Self.bit(x % 2, y % 4)
        owners[cell] = Owner(number: number, isCurve: false)
    }

    /// Braille patterns count their dots down the left column, then down the right; the fourth row came later (Unicode 17, section 21.1).
    private static func bit(_ x: Int, _ y: Int) -> UInt8 { y == 3 ? 1 << (6 + x) : 1 << (3 * x + y) }

    func line(_ row: Int) -> PanelLine {
        var line = PanelLine()
        for cell in row * columns..<(row + 1) * columns {
            guard let owner = owners[cell] else {
                line.append(" ")
                continue
            }
            let glyph =
                unicode
                ? Character(UnicodeScalar(0x2800 + UInt32(dots[cell]))!) : owner.isCurve ? Self.letter(owner.number) : "."
            line.append(String(glyph), owner.isCurve ? .series(owner.number) : .label)
        }
        return line
    }
}
