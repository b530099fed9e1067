/// Positions of ``ConnectFour`` to judge a player by, always the same: random play of up to fourteen stones came there, each is there
/// once, and of its moves some keep the game's value and some, that can be made, don't.
package enum ConnectFourPositions {
    package static let count = 1000

    /// All of them.
    package static let all: [ConnectFourBoard] = {
        var random = SeededGenerator(seed: 20_240_504)
        var (positions, seen): ([ConnectFourBoard], Set<ConnectFourBoard>) = ([], [])
        while positions.count < count {
            guard let board = play(random.below(15), &random), seen.insert(board).inserted else { continue }
            let optimal = ConnectFourSolver.ask { $0.optimalMoves(board) }
            if optimal.count < board.moves.count { positions.append(board) }
        }
        return positions
    }()

    /// Those that who is to move can win.
    package static let won = all.filter { board in ConnectFourSolver.ask { $0.worth(board) } > 0 }

    /// - Returns: nil when the game was over before.
    private static func play(_ stones: Int, _ random: inout SeededGenerator) -> ConnectFourBoard? {
        var board = ConnectFourBoard(columns: ConnectFour.columns, rows: ConnectFour.rows)
        for _ in 0..<stones {
            let moves = board.moves
            let column = moves[random.below(moves.count)]
            if board.wins(column) { return nil }
            board.play(column)
        }
        return board
    }
}
