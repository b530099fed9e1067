/// Places of a grid, numbered row by row.
struct Grid {
    let rows: Int
    let columns: Int

    var count: Int { rows * columns }

    /// The place beside one, or the same where the grid ends.
    func neighbor(of place: Int, _ direction: Direction) -> Int {
        let (row, column) = (place / columns, place % columns)
        let (nextRow, nextColumn) = (row + direction.rows, column + direction.columns)
        guard (0..<rows).contains(nextRow), (0..<columns).contains(nextColumn) else { return place }
        return nextRow * columns + nextColumn
    }

    enum Direction {
        case left, down, right, up

        var rows: Int { self == .down ? 1 : self == .up ? -1 : 0 }
        var columns: Int { self == .right ? 1 : self == .left ? -1 : 0 }
    }

    /// Directions that a slip may take one to who wants the one at this place of a circle of four: the one before, itself, the one behind.
    static func slips(_ circle: [Direction], _ wanted: Int) -> [Direction] {
        [circle[(wanted + 3) % 4], circle[wanted], circle[(wanted + 1) % 4]]
    }
}

extension Grid {
    /// One character for every place.
    func lines(_ character: (_ place: Int) -> Character) -> [String] {
        (0..<rows).map { row in String((0..<columns).map { character(row * columns + $0) }) }
    }
}
