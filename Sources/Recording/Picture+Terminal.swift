package import StarlingEnvironments

extension Picture {
    /// Lines for a terminal: of pixels two rows a line, the upper one as the half block's colour, the lower one as its ground.
    package var terminalLines: [String] {
        switch self {
        case .text(let lines): return lines
        case .pixels(let width, let height, let rgb):
            func colour(_ row: Int, _ column: Int) -> String {
                let place = 3 * (row * width + column)
                return row < height ? "2;\(rgb[place]);\(rgb[place + 1]);\(rgb[place + 2])" : "5;0"
            }
            return stride(from: 0, to: height, by: 2).map { row in
                (0..<width).map { "\u{1B}[38;\(colour(row, $0));48;\(colour(row + 1, $0))m▀" }.joined() + "\u{1B}[0m"
            }
        }
    }

    /// The picture with as many pixels less as make it no wider than that: each the mean of a square of them.
    package func narrowed(to limit: Int) -> Picture {
        guard case .pixels(let width, let height, let rgb) = self, width > limit else { return self }
        let side = (width + limit - 1) / limit
        let (columns, rows) = (width / side, max(1, height / side))
        var result = [UInt8](repeating: 0, count: 3 * columns * rows)
        for place in result.indices {
            let (row, column, colour) = (place / 3 / columns, place / 3 % columns, place % 3)
            var (sum, count) = (0, 0)
            for y in row * side..<min(height, (row + 1) * side) {
                for x in column * side..<(column + 1) * side {
                    sum += Int(rgb[3 * (y * width + x) + colour])
                    count += 1
                }
            }
            result[place] = UInt8(sum / max(1, count))
        }
        return .pixels(width: columns, height: rows, rgb: result)
    }
}
