public import StarlingExperience
import Synchronization

/// ``ConnectFour`` against a player who is given: what a policy that learned against itself is judged by. A step is a move of the policy and
/// the answer to it.
public struct ConnectFourMatch: Environment, Sendable {
    /// Who answers.
    public enum Opponent: Sendable {
        /// Any column that has room.
        case random
        /// One of the moves that win soonest or lose latest, by exact solution.
        case solver
    }

    /// Where a game begins, always with the policy's move, and what is told at its end.
    public enum Start: Sendable {
        /// The empty board: +1 for a win, −1 for a loss. Against a solver 0 is the most there is.
        case empty
        /// One of ``ConnectFourPositions`` that is won: 1 for a win, else 0.
        case won
    }

    private let opponent: Opponent
    private let start: Start
    private var board = ConnectFourBoard(columns: ConnectFour.columns, rows: ConnectFour.rows)
    private var random = SeededGenerator(seed: 0)

    /// - Parameter opponent: who has the other colour.
    public init(against opponent: Opponent, from start: Start = .empty) { (self.opponent, self.start) = (opponent, start) }

    public var observationShape: [Int] { ConnectFour().observationShape }
    public var action: ActionSpec { ConnectFour().action }

    public mutating func reset(seed: UInt64, into observation: inout MutableSpan<UInt8>) {
        random = SeededGenerator(seed: seed)
        switch start {
        case .empty: board = ConnectFourBoard(columns: ConnectFour.columns, rows: ConnectFour.rows)
        case .won: board = ConnectFourPositions.won[random.below(ConnectFourPositions.won.count)]
        }
        board.write(into: &observation)
    }

    public mutating func step(_ action: Int, into observation: inout MutableSpan<UInt8>) -> StepResult {
        var result = board.take(action)
        if result.ending == .none {
            result = board.take(answer())
            result.reward = -result.reward
        }
        if start == .won { result.reward = max(0, result.reward) }
        board.write(into: &observation)
        return result
    }

    private mutating func answer() -> Int {
        let moves = opponent == .random ? board.moves : ConnectFourSolver.ask { $0.bestMoves(board) }
        return moves[random.below(moves.count)]
    }

    public func savedState() -> [UInt8]? { withUnsafeBytes(of: random) { Array($0) } + board.savedState }

    public mutating func restore(from state: [UInt8]) -> Bool {
        let size = MemoryLayout<SeededGenerator>.size
        guard state.count > size,
            let board = ConnectFourBoard(columns: ConnectFour.columns, rows: ConnectFour.rows, Array(state[size...]))
        else { return false }
        withUnsafeMutableBytes(of: &random) { $0.copyBytes(from: state[..<size]) }
        self.board = board
        return true
    }

    public var picture: Picture? { board.picture }
}

extension ConnectFourSolver {
    /// Of the board of ``ConnectFour``, for the whole process: a few MiB, and only where somebody asks.
    private static let shared = Mutex(ConnectFourSolver(columns: ConnectFour.columns, rows: ConnectFour.rows))

    /// Asks the one solver that the process has.
    package static func ask<Answer: Sendable>(_ question: (inout Self) -> Answer) -> Answer { shared.withLock { question(&$0) } }
}
