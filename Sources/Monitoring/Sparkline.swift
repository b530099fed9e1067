/// A curve as block characters in one or more rows.
enum Sparkline {
    private static let blocks = Array(" ▁▂▃▄▅▆▇█")
    private static let letters = Array(" .:-=+*#@")

    /// Eighths of a row that a value fills, from 1 to 8 × height.
    static func level(of value: Double, in range: ClosedRange<Double>, height: Int) -> Int {
        let part = (value - range.lowerBound) / (range.upperBound - range.lowerBound)
        guard part.isFinite else { return 1 }
        return 1 + Int((min(1, max(0, part)) * Double(height * 8 - 1)).rounded())
    }

    /// Rows from top to bottom, each as long as `values`. The lowest level still shows, so that a curve has no gaps.
    static func rows(
        _ values: [Double], height: Int, range: ClosedRange<Double>, unicode: Bool = true
    ) -> [String] {
        let glyphs = unicode ? blocks : letters
        let levels = values.map { level(of: $0, in: range, height: height) }
        return (0..<height).map { row in
            let floor = (height - 1 - row) * 8
            return String(levels.map { glyphs[max(0, min(8, $0 - floor))] })
        }
    }
}
