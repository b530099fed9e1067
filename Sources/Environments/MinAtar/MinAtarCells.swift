/// A set of cells of the board.
struct MinAtarCells: BitwiseCopyable, Sendable {
    /// Rows from the top, a bit for each column from the left.
    private var rows = InlineArray<10, UInt16>(repeating: 0)

    private static let full: UInt16 = (1 << 10) - 1

    init() {}

    /// A rectangle.
    init(columns: Range<Int8>, rows lines: Range<Int8>) {
        for y in lines {
            for x in columns { insert(MinAtarCell(x, y)) }
        }
    }

    var isPossible: Bool { rows.indices.allSatisfy { rows[$0] <= Self.full } }
    var isEmpty: Bool { rows.indices.allSatisfy { rows[$0] == 0 } }
    var count: Int { rows.indices.reduce(0) { $0 + rows[$1].nonzeroBitCount } }

    func contains(_ cell: MinAtarCell) -> Bool { rows[Int(cell.y)] & Self.bit(cell.x) != 0 }
    mutating func insert(_ cell: MinAtarCell) { rows[Int(cell.y)] |= Self.bit(cell.x) }

    private static func bit(_ x: Int8) -> UInt16 { 1 << UInt16(x) }

    /// Whether there is any in this column.
    func hasColumn(_ x: Int8) -> Bool { lowest(inColumn: x) != nil }

    /// Whether there is any in this row.
    func hasRow(_ y: Int8) -> Bool { rows[Int(y)] != 0 }

    /// The one nearest to the bottom of this column; there is none in a column beyond the board.
    func lowest(inColumn x: Int8) -> MinAtarCell? {
        guard MinAtarCell.isOnBoard(x) else { return nil }
        for y in rows.indices.reversed() where rows[y] & Self.bit(x) != 0 { return MinAtarCell(x, Int8(y)) }
        return nil
    }

    /// Takes those out that both have.
    /// - Returns: how many.
    static func removeCommon(_ a: inout Self, _ b: inout Self) -> Int {
        var count = 0
        for y in a.rows.indices {
            let common = a.rows[y] & b.rows[y]
            count += common.nonzeroBitCount
            a.rows[y] &= ~common
            b.rows[y] &= ~common
        }
        return count
    }

    /// One row up; what leaves the board is gone.
    mutating func moveUp() {
        for y in 0..<9 { rows[y] = rows[y + 1] }
        rows[9] = 0
    }

    /// One row down; what leaves the board is gone, or comes round to the top.
    mutating func moveDown(isRound: Bool = false) {
        let lowest = rows[9]
        for y in (1...9).reversed() { rows[y] = rows[y - 1] }
        rows[0] = isRound ? lowest : 0
    }

    /// One column to the left (−1) or to the right (1); what leaves the board is gone.
    mutating func moveAside(_ direction: Int8) {
        for y in rows.indices { rows[y] = direction < 0 ? rows[y] >> 1 : rows[y] << 1 & Self.full }
    }

    func draw(_ plane: Int, into observation: inout MutableSpan<UInt8>) {
        for y in rows.indices {
            var rest = rows[y]
            while rest != 0 {
                observation.mark(plane, MinAtarCell(Int8(rest.trailingZeroBitCount), Int8(y)))
                rest &= rest - 1
            }
        }
    }
}
