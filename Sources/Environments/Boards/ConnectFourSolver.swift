/// Solves Connect Four exactly: negamax with alpha and beta, and a table of what is known of positions (Knuth & Moore 1975, "An analysis of
/// alpha-beta pruning").
///
/// What a position is worth to who is to move, when both play best: 0 of a draw, `1 + e` where a win leaves `e` cells empty, `−1 − e` of a
/// loss. So best is who wins soonest and loses latest, and the sign alone is the game's value.
package struct ConnectFourSolver: Sendable {
    /// What is known of a position: bounds of its worth.
    private struct Entry: BitwiseCopyable {
        var key: UInt64 = .max
        var low: Int8 = 0
        var high: Int8 = 0
    }

    private var table: [Entry]
    /// Columns, those first that are part of most lines.
    private let order: [Int]
    package let columns: Int
    package let rows: Int

    /// - Parameter tableBits: the table has 2 to their power entries, of 16 bytes.
    package init(columns: Int, rows: Int, tableBits: Int = 18) {
        (self.columns, self.rows) = (columns, rows)
        table = Array(repeating: Entry(), count: 1 << tableBits)
        order = (0..<columns).sorted { abs(2 * $0 - columns + 1) < abs(2 * $1 - columns + 1) }
    }

    /// What a position is worth to who is to move.
    package mutating func worth(_ board: ConnectFourBoard) -> Int {
        precondition((board.columns, board.rows) == (columns, rows), "a board of \(board.columns) × \(board.rows) for a solver of others")
        return worth(board, above: -board.columns * board.rows, below: board.columns * board.rows)
    }

    /// What each move is worth to who makes it, `[columns]`; nil of a full column.
    package mutating func moveWorths(_ board: ConnectFourBoard) -> [Int?] {
        (0..<columns).map { column in
            guard board.canPlay(column) else { return nil }
            return board.wins(column) ? board.emptyCount : -worth(board.playing(column))
        }
    }

    /// Moves that keep the game's value: a win where there is one, else a draw; all moves where both are gone.
    package mutating func optimalMoves(_ board: ConnectFourBoard) -> [Int] {
        let signs = moveWorths(board).map { $0?.signum() }
        let best = signs.compactMap { $0 }.max()
        return signs.indices.filter { signs[$0] != nil && signs[$0] == best }
    }

    /// Moves of the largest worth: of the optimal ones those that win soonest or lose latest.
    package mutating func bestMoves(_ board: ConnectFourBoard) -> [Int] {
        let worths = moveWorths(board)
        let best = worths.compactMap { $0 }.max()
        return worths.indices.filter { worths[$0] != nil && worths[$0] == best }
    }

    /// The worth where it lies between the bounds; else at most alpha or at least beta, and it is no more or no less than that.
    private mutating func worth(_ board: ConnectFourBoard, above alpha: Int, below beta: Int) -> Int {
        let empty = board.emptyCount
        if empty == 0 { return 0 }
        for column in order where board.canPlay(column) && board.wins(column) { return empty }
        // At worst the other wins with the next stone, at best the mover with the one after that.
        let place = Int(truncatingIfNeeded: (board.key &* 0x9E37_79B9_7F4A_7C15) >> 40) & (table.count - 1)
        var known = table[place]
        if known.key != board.key { known = Entry(key: board.key, low: Int8(1 - empty), high: Int8(max(0, empty - 2))) }
        let (low, high) = (Int(known.low), Int(known.high))
        if low == high || low >= beta { return low }
        if high <= alpha { return high }
        let (alpha, beta) = (max(alpha, low), min(beta, high))
        var best = -empty
        for column in order where board.canPlay(column) {
            best = max(best, -worth(board.playing(column), above: -beta, below: -max(alpha, best)))
            if best >= beta { break }
        }
        if best < beta { known.high = Int8(best) }
        if best > alpha { known.low = Int8(best) }
        table[place] = known
        return best
    }
}
