extension Figure {
    /// The figure in pixels, two on a side of each of the SVG's.
    package func raster(width: Int = 800, height: Int = 480) -> (width: Int, height: Int, rgb: [UInt8]) {
        let scale = 2.0
        let plot = PlotArea(
            width: Double(width), height: Double(height), xs: xRange, ys: yRange, legend: curves.count)
        var raster = Raster(width: width * Int(scale), height: height * Int(scale))
        func at(_ x: Double, _ y: Double) -> (Double, Double) { (x * scale, y * scale) }
        let (ink, soft): (Raster.Color, Raster.Color) = ((34, 34, 34), (102, 102, 102))
        raster.write(title, at: at(plot.left, 16), .start, ink)
        for value in plot.yTicks {
            raster.draw([at(plot.left, plot.y(value)), at(plot.right, plot.y(value))], width: scale, (228, 228, 228))
            raster.write(AxisTicks.text(value), at: at(plot.left - 8, plot.y(value)), .end, ink)
        }
        for value in plot.xTicks { raster.write(AxisTicks.text(value), at: at(plot.x(value), plot.bottom + 14), .middle, ink) }
        raster.write(xLabel, at: at(plot.right, plot.bottom + 32), .end, soft)
        raster.write(yLabel, at: at(plot.left, plot.top - 12), .start, soft)
        for (number, curve) in curves.enumerated() {
            let color = Self.palette[number % Self.palette.count]
            let points = curve.points.filter { $0.y.isFinite }
            raster.fill(
                points.map { point in (point.x, point.low, point.high) }.map {
                    (plot.x($0.0) * scale, plot.y($0.2) * scale, plot.y($0.1) * scale)
                }, color)
            raster.draw(points.map { at(plot.x($0.x), plot.y($0.y)) }, width: 2 * scale, color)
            let y = plot.legendTop + Double(number) * PlotArea.legendStep
            raster.draw([at(plot.left, y), at(plot.left + 22, y)], width: 3 * scale, color)
            raster.write(curve.name, at: at(plot.left + 30, y), .start, ink)
        }
        return (raster.width, raster.height, raster.rgb)
    }
}

/// White paper of pixels, for lines, bands and words.
private struct Raster {
    typealias Color = (red: UInt8, green: UInt8, blue: UInt8)
    enum Anchor { case start, middle, end }

    let width: Int
    let height: Int
    /// Three bytes a pixel, rows from the top.
    private(set) var rgb: [UInt8]

    private static let bandShare = 0.18
    /// Pixels on a side of one of a letter's.
    private static let letterScale = 3

    init(width: Int, height: Int) {
        (self.width, self.height) = (width, height)
        rgb = [UInt8](repeating: 255, count: 3 * width * height)
    }

    private mutating func blend(_ x: Int, _ y: Int, _ color: Color, _ share: Double) {
        guard (0..<width).contains(x), (0..<height).contains(y) else { return }
        let place = 3 * (y * width + x)
        for (offset, value) in [color.red, color.green, color.blue].enumerated() {
            let old = Double(rgb[place + offset])
            rgb[place + offset] = UInt8(old + (Double(value) - old) * min(1, max(0, share)) + 0.5)
        }
    }

    /// Segments from point to point. A pixel is covered as far as it is from the nearest of them.
    mutating func draw(_ points: [(Double, Double)], width line: Double, _ color: Color) {
        var cover: [Int: Double] = [:]
        for (a, b) in zip(points, points.dropFirst()) {
            let (dx, dy) = (b.0 - a.0, b.1 - a.1)
            let length = dx * dx + dy * dy
            let reach = line / 2 + 1
            let xs = Int(min(a.0, b.0) - reach)...Int(max(a.0, b.0) + reach)
            for y in Int(min(a.1, b.1) - reach)...Int(max(a.1, b.1) + reach) {
                for x in xs {
                    let (px, py) = (Double(x) + 0.5 - a.0, Double(y) + 0.5 - a.1)
                    let share = length > 0 ? min(1, max(0, (px * dx + py * dy) / length)) : 0
                    let (ex, ey) = (px - share * dx, py - share * dy)
                    let covered = line / 2 + 0.5 - (ex * ex + ey * ey).squareRoot()
                    if covered > 0 { cover[y * width + x] = max(cover[y * width + x] ?? 0, covered) }
                }
            }
        }
        for (pixel, share) in cover where pixel >= 0 { blend(pixel % width, pixel / width, color, share) }
    }

    /// - Parameter edges: x, top and bottom from left to right.
    mutating func fill(_ edges: [(Double, Double, Double)], _ color: Color) {
        for (a, b) in zip(edges, edges.dropFirst()) where b.0 > a.0 {
            for x in Int(a.0.rounded(.up))..<Int(b.0.rounded(.up)) {
                let share = (Double(x) - a.0) / (b.0 - a.0)
                let (top, bottom) = (a.1 + (b.1 - a.1) * share, a.2 + (b.2 - a.2) * share)
                for y in Int(top)..<max(Int(top), Int(bottom.rounded(.up))) { blend(x, y, color, Self.bandShare) }
            }
        }
    }

    /// Words whose middle is as high as the place.
    mutating func write(_ words: String, at place: (Double, Double), _ anchor: Anchor, _ color: Color) {
        let length = words.count * Letters.step * Self.letterScale
        let left = Int(place.0) - (anchor == .start ? 0 : anchor == .end ? length : length / 2)
        let top = Int(place.1) - Letters.height * Self.letterScale / 2
        for (number, letter) in words.enumerated() {
            for (row, bits) in Letters.rows(of: letter).enumerated() {
                for column in 0..<Letters.width where bits >> (Letters.width - 1 - column) & 1 == 1 {
                    let (x, y) = (left + (number * Letters.step + column) * Self.letterScale, top + row * Self.letterScale)
                    for pixel in 0..<Self.letterScale * Self.letterScale {
                        blend(x + pixel % Self.letterScale, y + pixel / Self.letterScale, color, 1)
                    }
                }
            }
        }
    }
}
