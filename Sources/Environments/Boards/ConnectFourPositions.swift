/// Positions of ``ConnectFour`` to judge a player by, always the same: random play of up to fourteen stones came there, each is there
/// once, and of its moves some keep the game's value and some, that can be made, don't.
package enum ConnectFourPositions {
    package static let count = 1000

    /// All of them.
    package static let all: [ConnectFourBoard] = {
        var random = SeededGenerator(seed: 20_240_504)
        var (positions, seen): ([ConnectFourBoard], Set<ConnectFourBoard>) = ([], [])
        while positions.count < count {
            let board = ConnectFourBoard(columns: ConnectFour.columns, rows: ConnectFour.rows, upTo: 14, &random)
            guard seen.insert(board).inserted else { continue }
            let optimal = ConnectFourSolver.ask { $0.optimalMoves(board) }
            if optimal.count < board.moves.count { positions.append(board) }
        }
        return positions
    }()

    /// Those that who is to move can win.
    package static let won = all.filter { board in ConnectFourSolver.ask { $0.worth(board) } > 0 }
}

extension ConnectFourBoard {
    /// What random play of none to `limit` stones, as many as not, comes to without an end of the game.
    init(columns: Int, rows: Int, upTo limit: Int, _ random: inout SeededGenerator) {
        self.init(columns: columns, rows: rows)
        let empty = self
        var left = random.below(limit + 1)
        while left > 0, !isFull {
            let moves = moves
            let column = moves[random.below(moves.count)]
            // That game is over: another.
            (self, left) = wins(column) ? (empty, random.below(limit + 1)) : (playing(column), left - 1)
        }
    }
}
