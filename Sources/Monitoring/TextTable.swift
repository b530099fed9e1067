/// A table of plain text, in columns side by side. One that is too wide is told in blocks, each of which begins with the first column.
package struct TextTable {
    package enum Alignment: Sendable { case leading, trailing }

    package struct Column: Sendable {
        let title: String
        let alignment: Alignment

        package init(_ title: String, _ alignment: Alignment = .trailing) { (self.title, self.alignment) = (title, alignment) }
    }

    private let columns: [Column]
    private var rows: [[String]] = []
    private static let gap = "  "

    package init(_ columns: [Column]) { self.columns = columns }

    package var isEmpty: Bool { rows.isEmpty }

    /// - Precondition: as many cells as columns.
    package mutating func append(_ cells: [String]) {
        precondition(cells.count == columns.count, "\(cells.count) cells for \(columns.count) columns")
        rows.append(cells)
    }

    /// Lines of at most `width` characters, where single cells are not wider.
    package func lines(width: Int) -> [String] {
        let widths = columns.indices.map { column in rows.map { $0[column].count }.reduce(columns[column].title.count, max) }
        var lines: [String] = []
        for block in blocks(widths, width) {
            if !lines.isEmpty { lines.append("") }
            lines += ([columns.map(\.title)] + rows).map { line($0, block, widths) }
        }
        return lines
    }

    /// Columns that stand side by side.
    private func blocks(_ widths: [Int], _ width: Int) -> [[Int]] {
        var blocks = [[0]]
        var used = widths[0]
        for column in columns.indices.dropFirst() {
            if used + Self.gap.count + widths[column] > width, blocks[blocks.count - 1].count > 1 {
                blocks.append([0])
                used = widths[0]
            }
            blocks[blocks.count - 1].append(column)
            used += Self.gap.count + widths[column]
        }
        return blocks
    }

    private func line(_ cells: [String], _ block: [Int], _ widths: [Int]) -> String {
        var line = block.map { column in
            columns[column].alignment == .leading ? cells[column].padding(to: widths[column]) : cells[column].leading(to: widths[column])
        }.joined(separator: Self.gap)
        while line.last == " " { line.removeLast() }
        return line
    }
}
