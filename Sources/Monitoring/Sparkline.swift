/// A curve as block characters in one or more rows.
enum Sparkline {
    private static let blocks = Array(" ▁▂▃▄▅▆▇█")
    private static let letters = Array(" .:-=+*#@")

    /// Rows from top to bottom, each as long as `values`. The lowest level still shows, so that a curve has no gaps.
    static func rows(
        _ values: [Double], height: Int, range: ClosedRange<Double>, unicode: Bool = true
    ) -> [String] {
        let glyphs = unicode ? blocks : letters
        let span = range.upperBound - range.lowerBound
        let levels = values.map { value in
            let part = span > 0 ? (value - range.lowerBound) / span : 0.5
            return max(1, min(height * 8, Int((part * Double(height * 8)).rounded())))
        }
        return (0..<height).map { row in
            let floor = (height - 1 - row) * 8
            return String(levels.map { glyphs[max(0, min(8, $0 - floor))] })
        }
    }
}
