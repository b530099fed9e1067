extension Figure {
    /// Colours that are told apart by most eyes, of light and of dark ground (Okabe & Ito 2008, "Color universal design", but for black
    /// and yellow).
    static let palette: [(red: UInt8, green: UInt8, blue: UInt8)] = [
        (0, 114, 178), (213, 94, 0), (0, 158, 115), (204, 121, 167), (230, 159, 0), (86, 180, 233),
    ]

    /// The figure as a file that every browser shows.
    package func svg(width: Int = 800, height: Int = 480) -> String {
        let plot = PlotArea(width: Double(width), height: Double(height), xs: xRange, ys: yRange, legend: curves.count)
        var parts = [
            """
            <svg xmlns="http://www.w3.org/2000/svg" width="\(width)" height="\(height)" viewBox="0 0 \(width) \(height)" \
            font-family="system-ui, sans-serif" font-size="13" fill="#222222">
            <rect width="\(width)" height="\(height)" fill="#ffffff"/>
            """,
            Self.text(title, plot.left, 22, "start", extra: #" font-weight="600" font-size="15""#),
        ]
        for value in plot.yTicks {
            let y = plot.y(value)
            parts.append(
                #"<line x1="\#(Self.n(plot.left))" y1="\#(Self.n(y))" x2="\#(Self.n(plot.right))" y2="\#(Self.n(y))" stroke="gainsboro"/>"#)
            parts.append(Self.text(AxisTicks.text(value), plot.left - 8, y + 4, "end"))
        }
        for value in plot.xTicks { parts.append(Self.text(AxisTicks.text(value), plot.x(value), plot.bottom + 18, "middle")) }
        parts.append(Self.text(xLabel, plot.right, plot.bottom + 36, "end", extra: #" fill="dimgray""#))
        parts.append(Self.text(yLabel, plot.left, plot.top - 8, "start", extra: #" fill="dimgray""#))
        for (number, curve) in curves.enumerated() {
            let points = curve.points.filter { $0.y.isFinite }
            let band = points.map { (plot.x($0.x), plot.y($0.high)) } + points.reversed().map { (plot.x($0.x), plot.y($0.low)) }
            let color = Self.hex(Self.palette[number % Self.palette.count])
            func path(_ points: [(Double, Double)]) -> String { points.map { "\(Self.n($0.0)),\(Self.n($0.1))" }.joined(separator: " ") }
            parts.append(#"<polygon points="\#(path(band))" fill="\#(color)" fill-opacity="0.18"/>"#)
            let line = path(points.map { (plot.x($0.x), plot.y($0.y)) })
            parts.append(#"<polyline points="\#(line)" fill="none" stroke="\#(color)" stroke-width="2" stroke-linejoin="round"/>"#)
            let y = plot.legendTop + Double(number) * PlotArea.legendStep
            parts.append(
                #"<line x1="\#(Self.n(plot.left))" y1="\#(Self.n(y))" x2="\#(Self.n(plot.left + 22))" y2="\#(Self.n(y))" stroke="\#(color)" stroke-width="3"/>"#
            )
            parts.append(Self.text(curve.name, plot.left + 30, y + 4, "start"))
        }
        return (parts + ["</svg>"]).joined(separator: "\n") + "\n"
    }

    private static func n(_ value: Double) -> String { Quantity.fixed(value, places: 1) }

    private static func hex(_ color: (red: UInt8, green: UInt8, blue: UInt8)) -> String {
        "#" + [color.red, color.green, color.blue].map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    private static func text(_ words: String, _ x: Double, _ y: Double, _ anchor: String, extra: String = "") -> String {
        var escaped = ""
        for letter in words { escaped += ["&": "&amp;", "<": "&lt;", ">": "&gt;", "\"": "&quot;"][letter] ?? String(letter) }
        return #"<text x="\#(n(x))" y="\#(n(y))" text-anchor="\#(anchor)"\#(extra)>\#(escaped)</text>"#
    }
}

/// Where the curves of a picture lie, in pixels from its upper left.
struct PlotArea {
    let left: Double
    let right: Double
    let top: Double
    let bottom: Double
    /// The middle of the first name's line.
    let legendTop: Double
    let xTicks: [Double]
    let yTicks: [Double]
    private let xs: ClosedRange<Double>
    private let ys: ClosedRange<Double>

    static let legendStep = 20.0

    init(width: Double, height: Double, xs: ClosedRange<Double>, ys: ClosedRange<Double>, legend: Int) {
        (left, right, top) = (64, width - 20, 56)
        bottom = height - 48 - Self.legendStep * Double(legend)
        legendTop = bottom + 52
        (self.xs, self.ys) = (xs, ys)
        xTicks = AxisTicks(xs, count: 7).values
        yTicks = AxisTicks(ys, count: 6).values
    }

    func x(_ value: Double) -> Double { left + (right - left) * (value - xs.lowerBound) / (xs.upperBound - xs.lowerBound) }
    func y(_ value: Double) -> Double { bottom - (bottom - top) * (value - ys.lowerBound) / (ys.upperBound - ys.lowerBound) }
}
