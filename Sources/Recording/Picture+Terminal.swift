package import StarlingEnvironments

extension Picture {
    /// Lines for a terminal: of pixels two rows a line, the upper one as the half block's colour, the lower one as its ground; without colours a
    /// letter, the denser the brighter both are.
    package func terminalLines(colored: Bool) -> [String] {
        switch self {
        case .text(let lines): return lines
        case .pixels(let width, let height, let rgb):
            func colour(_ row: Int, _ column: Int) -> String {
                let place = 3 * (row * width + column)
                return row < height ? "2;\(rgb[place]);\(rgb[place + 1]);\(rgb[place + 2])" : "5;0"
            }
            func letter(_ row: Int, _ column: Int) -> Character {
                let rows = row + 1 < height ? [row, row + 1] : [row]
                let light = rows.reduce(0) { $0 + Self.luminance(rgb, 3 * ($1 * width + column)) } / rows.count
                return Self.letters[light * (Self.letters.count - 1) / 255]
            }
            return stride(from: 0, to: height, by: 2).map { row in
                colored
                    ? (0..<width).map { "\u{1B}[38;\(colour(row, $0));48;\(colour(row + 1, $0))m▀" }.joined() + "\u{1B}[0m"
                    : String((0..<width).map { letter(row, $0) })
            }
        }
    }

    /// From dark to bright.
    private static let letters = Array(" .:-=+*#%@")

    /// 0 to 255, by the weights of ITU-R BT.709.
    private static func luminance(_ rgb: [UInt8], _ place: Int) -> Int {
        (2126 * Int(rgb[place]) + 7152 * Int(rgb[place + 1]) + 722 * Int(rgb[place + 2])) / 10_000
    }

    /// The picture within so many columns and lines of a terminal: with as many pixels less as that takes, each the mean of a square of them;
    /// text is cut off.
    package func fitted(columns: Int, lines: Int) -> Picture {
        switch self {
        case .text(let text): return .text(text.prefix(lines).map { String($0.prefix(columns)) })
        case .pixels(let width, let height, let rgb):
            let side = max((width + columns - 1) / columns, (height + 2 * lines - 1) / (2 * lines))
            guard side > 1 else { return self }
            let (columns, rows) = (max(1, width / side), max(1, height / side))
            var result = [UInt8](repeating: 0, count: 3 * columns * rows)
            for place in result.indices {
                let (row, column, colour) = (place / 3 / columns, place / 3 % columns, place % 3)
                var (sum, count) = (0, 0)
                for y in row * side..<min(height, (row + 1) * side) {
                    for x in column * side..<min(width, (column + 1) * side) {
                        sum += Int(rgb[3 * (y * width + x) + colour])
                        count += 1
                    }
                }
                result[place] = UInt8(sum / max(1, count))
            }
            return .pixels(width: columns, height: rows, rgb: result)
        }
    }
}
