import StarlingEnvironments

/// The simple policies of `Tests/Fixtures/minatar/make.py`, which explains them; both must choose the same.
enum MinAtarPolicies {
    static let stay = 0
    static let (left, up, right, down, fire) = (1, 2, 3, 4, 5)
    private static let offsets = [(0, 0), (-1, 0), (0, -1), (1, 0), (0, 1), (0, 0)]

    /// An observation.
    struct Board {
        let numbers: [UInt8]

        func has(_ plane: Int, _ x: Int, _ y: Int) -> Bool {
            (0..<10).contains(x) && (0..<10).contains(y) && numbers[plane * 100 + y * 10 + x] == 1
        }

        /// Columns and rows, from the upper left corner on.
        func cells(_ plane: Int) -> [(x: Int, y: Int)] {
            (0..<100).filter { numbers[plane * 100 + $0] == 1 }.map { ($0 % 10, $0 / 10) }
        }
    }

    private static func toward(_ x: Int, _ target: Int) -> Int { x == target ? stay : target < x ? left : right }

    static func breakout(_ board: Board) -> Int {
        let (paddle, ball, old) = (board.cells(0)[0], board.cells(1)[0], board.cells(2)[0])
        var target = ball.x + (ball.x - old.x) * (ball.y > old.y ? 8 - ball.y : abs(ball.y - 4) + 4)
        if target < 0 { target = -1 - target } else if target > 9 { target = 19 - target }
        return toward(paddle.x, target)
    }

    static func spaceInvaders(_ board: Board) -> Int {
        let x = board.cells(0)[0].x
        func isSafe(_ column: Int) -> Bool {
            (0..<10).contains(column) && !(7...9).contains { board.has(5, column, $0) } && !board.has(1, column, 8)
        }
        guard isSafe(x) else { return isSafe(x - 1) ? left : right }
        guard let target = Set(board.cells(1).map(\.x)).min(by: { (abs($0 - x), $0) < (abs($1 - x), $1) }) else { return stay }
        let isReady = !(0..<10).contains { column in (6...9).contains { board.has(4, column, $0) } }
        if abs(target - x) <= 1, isReady { return fire }
        let move = toward(x, target)
        return isSafe(x + offsets[move].0) ? move : stay
    }

    static func freeway(_ board: Board) -> Int {
        let y = board.cells(0)[0].y
        return (3...5).contains { board.has(1, $0, y - 1) } ? stay : up
    }

    private static func bestMove(_ x: Int, _ y: Int, _ rows: ClosedRange<Int>, _ score: (_ column: Int, _ row: Int) -> Int) -> Int {
        var (best, highest) = (stay, Int.min)
        for move in stay...down {
            let column = min(max(x + offsets[move].0, 0), 9)
            let row = min(max(y + offsets[move].1, rows.lowerBound), rows.upperBound)
            let value = score(column, row)
            if value > highest { (best, highest) = (move, value) }
        }
        return best
    }

    private static func nearness(_ cells: [(x: Int, y: Int)], _ column: Int, _ row: Int) -> Int {
        cells.map { 20 - abs($0.x - column) - abs($0.y - row) }.max() ?? 0
    }

    private static func danger(_ cells: [(x: Int, y: Int)], _ column: Int, _ row: Int) -> Int {
        cells.count { $0.y == row && abs($0.x - column) <= 2 }
    }

    static func asterix(_ board: Board) -> Int {
        let player = board.cells(0)[0]
        let (enemies, gold) = (board.cells(1), board.cells(3))
        return bestMove(player.x, player.y, 1...8) { nearness(gold, $0, $1) - 100 * danger(enemies, $0, $1) }
    }

    static func seaquest(_ board: Board) -> Int {
        let (x, y) = board.cells(0)[0]
        let facing = board.cells(1)[0].x < x ? 1 : -1
        let (oxygen, saved) = (board.cells(7).count, board.cells(8).count)
        let (enemies, torpedoes, divers) = (board.cells(5) + board.cells(6), board.cells(4), board.cells(9))
        let goesUp = saved >= 6 || (saved > 0 && oxygen <= 7)
        if y == 0 { return down }
        let isAhead = enemies.contains { $0.y == y && ($0.x - x) * facing > 0 }
        if isAhead, !board.has(2, x + facing, y), !goesUp, danger(torpedoes, x, y) == 0 { return fire }
        return bestMove(x, y, (goesUp ? 0 : 1)...8) { column, row in
            (goesUp ? 20 - 2 * row : nearness(divers, column, row)) - 100 * danger(enemies + torpedoes, column, row)
        }
    }
}
