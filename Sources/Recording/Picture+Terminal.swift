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
}
