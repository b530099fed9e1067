import StarlingEnvironments
import Testing

@Suite struct ConnectFourSolverTests {
    /// Every position that is reached, by minimax without bounds; a table so small that positions drive each other out changes nothing.
    @Test(arguments: [(4, 3, 11035), (3, 4, 5105), (4, 4, 134_289)])
    func everyPositionOfSmallBoardsIsWorthWhatMinimaxSays(columns: Int, rows: Int, positions: Int) {
        var known: [ConnectFourBoard: Int] = [:]
        func minimax(_ board: ConnectFourBoard) -> Int {
            if let worth = known[board] { return worth }
            guard !board.isFull else { return 0 }
            let worth = board.moves.map { board.wins($0) ? board.emptyCount : -minimax(board.playing($0)) }.max()!
            known[board] = worth
            return worth
        }
        #expect(minimax(ConnectFourBoard(columns: columns, rows: rows)) == 0)
        #expect(known.count == positions)
        for bits in [3, 16] {
            var solver = ConnectFourSolver(columns: columns, rows: rows, tableBits: bits)
            // In another order at each time; with the small table not all, since it forgets what it found.
            for (board, worth) in bits == 3 ? Array(known.filter { $0.key.count > 4 }.prefix(3000)) : Array(known) {
                let found = solver.worth(board)
                #expect(found == worth, "\(board)")
            }
        }
    }

    /// `Tests/Fixtures/connect-four/make.py` makes them, without bits and bounds.
    @Test func worthsAndOptimalMovesEqualTheOracles() throws {
        let file = try Fixture.file("connect-four/positions.safetensors")
        let cells = try file.values("cells", of: UInt8.self)
        let worths = try file.values("worths", of: Int32.self)
        let optimal = try file.values("optimal", of: UInt8.self)
        #expect(cells.count == 400 * 20 && worths.count == 400 * 5)
        var solver = ConnectFourSolver(columns: 5, rows: 4)
        for position in 0..<400 {
            let board = try #require(Self.board(cells[position * 20..<position * 20 + 20]))
            let expected = worths[position * 5..<position * 5 + 5].map { $0 == -128 ? nil : Int($0) }
            let moves = (0..<5).filter { optimal[position * 5 + $0] == 1 }
            let (found, best) = (solver.moveWorths(board), solver.optimalMoves(board))
            #expect(found == expected, "\(board)")
            #expect(best == moves, "\(board)")
            #expect(solver.worth(board) == expected.compactMap { $0 }.max())
        }
    }

    /// From cells, rows from the top: 0 empty, 1 of who is to move, 2 the other's.
    static func board(_ cells: ArraySlice<UInt8>) -> ConnectFourBoard? {
        let empty = ConnectFourBoard(columns: 5, rows: 4)
        var (own, stones): (UInt64, UInt64) = (0, 0)
        for (place, cell) in cells.enumerated() where cell > 0 {
            let bit = empty.cell(place % 5, 3 - place / 5)
            stones |= bit
            if cell == 1 { own |= bit }
        }
        return ConnectFourBoard(columns: 5, rows: 4, own: own, stones: stones)
    }

    /// Of the empty board everything is known to be a draw but the sides, with which the second player fills the board and wins.
    @Test func theGameIsADraw() {
        var solver = ConnectFourSolver(columns: 5, rows: 4)
        let worths = solver.moveWorths(ConnectFourBoard(columns: 5, rows: 4))
        #expect(worths == [-1, 0, 0, 0, -1])
    }

    @Test func theWorthIsThatOfTheMirroredPosition() throws {
        var solver = ConnectFourSolver(columns: 5, rows: 4)
        for board in ConnectFourPositions.all.prefix(200) {
            var cells = [UInt8](repeating: 0, count: 20)
            for place in 0..<20 {
                let bit = board.cell(4 - place % 5, 3 - place / 5)
                cells[place] = board.own & bit != 0 ? 1 : board.other & bit != 0 ? 2 : 0
            }
            let mirrored = try #require(Self.board(cells[...]))
            let (there, here) = (solver.moveWorths(mirrored), solver.moveWorths(board))
            #expect(there == here.reversed())
        }
    }

    @Test func positionsToJudgeByAreReachableDistinctAndTellGoodMovesFromBadOnes() {
        let all = ConnectFourPositions.all
        #expect(all.count == 1000 && Set(all).count == 1000)
        var counts = [0, 0, 0]
        var winsAtOnce = 0
        for board in all {
            #expect(ConnectFourBoard(columns: 5, rows: 4, own: board.own, stones: board.stones) == board)
            let (optimal, worth) = ConnectFourSolver.ask { ($0.optimalMoves(board), $0.worth(board)) }
            #expect(!optimal.isEmpty && optimal.count < board.moves.count)
            counts[1 + worth.signum()] += 1
            if board.moves.contains(where: { board.wins($0) }) { winsAtOnce += 1 }
        }
        // A lost position has only moves that lose, so none is here.
        #expect(counts[2] == ConnectFourPositions.won.count)
        #expect(counts == [0, 465, 535] && winsAtOnce == 135)
    }
}
