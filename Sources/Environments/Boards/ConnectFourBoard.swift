/// A position of Connect Four: two players in turn drop a stone into a column, where it falls upon those that are there; four of one
/// player's in a row, column or diagonal win, and a full board without is a draw.
///
/// Stones are bits, column by column from the left and from the bottom up, each column with a bit more on top that is never set, so that
/// no line goes from one column's top to the next one's bottom (Tromp, "John's Connect Four Playground").
package struct ConnectFourBoard: BitwiseCopyable, Hashable, Sendable {
    package let columns: Int
    package let rows: Int
    /// Stones of the player who is to move.
    package private(set) var own: UInt64 = 0
    /// All stones.
    package private(set) var stones: UInt64 = 0

    /// An empty board, of 64 bits at most.
    package init(columns: Int, rows: Int) {
        precondition(columns > 0 && rows > 0 && columns * (rows + 1) <= 64, "a board of \(columns) × \(rows)")
        (self.columns, self.rows) = (columns, rows)
    }

    /// - Returns: nil when no game comes there and goes on: stones in the air or of both, too many of one, or a line of four.
    package init?(columns: Int, rows: Int, own: UInt64, stones: UInt64) {
        self.init(columns: columns, rows: rows)
        (self.own, self.stones) = (own, stones)
        guard own & ~stones == 0, stones & ~(0..<columns).reduce(0, { $0 | column($1) }) == 0 else { return nil }
        let holds = (0..<columns).allSatisfy { place in (stones & column(place)) & landing(place) == 0 }
        let ahead = (stones ^ own).nonzeroBitCount - own.nonzeroBitCount
        guard holds, (0...1).contains(ahead), !hasLine(own), !hasLine(stones ^ own) else { return nil }
    }

    package var count: Int { stones.nonzeroBitCount }
    package var emptyCount: Int { columns * rows - count }
    package var isFull: Bool { emptyCount == 0 }

    /// Stones of the player who moved last.
    package var other: UInt64 { stones ^ own }

    /// The bit of a cell; rows count from the bottom.
    @inline(__always)
    package func cell(_ column: Int, _ row: Int) -> UInt64 { 1 << UInt64(column * (rows + 1) + row) }
    @inline(__always)
    private func bottom(_ column: Int) -> UInt64 { cell(column, 0) }
    /// All cells of a column.
    @inline(__always)
    private func column(_ column: Int) -> UInt64 { (1 << UInt64(rows) - 1) << UInt64(column * (rows + 1)) }

    @inline(__always)
    package func canPlay(_ column: Int) -> Bool { stones & cell(column, rows - 1) == 0 }

    /// Columns that have room.
    package var moves: [Int] { (0..<columns).filter(canPlay) }

    /// Where a stone in a column comes to lie.
    @inline(__always)
    private func landing(_ place: Int) -> UInt64 { (stones & column(place)) &+ bottom(place) }

    /// Whether a stone in a column that has room wins.
    @inline(__always)
    package func wins(_ column: Int) -> Bool { hasLine(own | landing(column)) }

    /// Drops a stone into a column that has room; then it is the other's turn.
    @inline(__always)
    package mutating func play(_ column: Int) {
        let place = landing(column)
        own = other
        stones |= place
    }

    package func playing(_ column: Int) -> Self {
        var next = self
        next.play(column)
        return next
    }

    /// Whether four of these lie in a line.
    @inline(__always)
    private func hasLine(_ stones: UInt64) -> Bool {
        func has(_ step: Int) -> Bool {
            let pairs = stones & (stones >> UInt64(step))
            return pairs & (pairs >> UInt64(2 * step)) != 0
        }
        return has(1) || has(rows) || has(rows + 1) || has(rows + 2)
    }

    /// A number of its own for every position of boards of this size: of a column with h stones `own + stones` is within
    /// `2ʰ − 1 ... 2ʰ⁺¹ − 2`.
    @inline(__always)
    package var key: UInt64 { own &+ stones }
}
