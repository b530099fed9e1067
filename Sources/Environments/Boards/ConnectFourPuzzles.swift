public import StarlingExperience

/// One move in one of ``ConnectFourPositions``: 1 for a move that keeps the game's value, by exact solution, else 0. The mean return is the
/// share of optimal moves.
public struct ConnectFourPuzzles: Environment, BitwiseCopyable, Sendable {
    private var index = 0

    public init() {}

    public var observationShape: [Int] { ConnectFour().observationShape }
    public var action: ActionSpec { ConnectFour().action }

    private var board: ConnectFourBoard { ConnectFourPositions.all[index] }

    public mutating func reset(seed: UInt64, into observation: inout MutableSpan<UInt8>) {
        var random = SeededGenerator(seed: seed)
        index = random.below(ConnectFourPositions.count)
        board.write(into: &observation)
    }

    public mutating func step(_ action: Int, into observation: inout MutableSpan<UInt8>) -> StepResult {
        let isOptimal = ConnectFourSolver.ask { $0.optimalMoves(board) }.contains(action)
        board.write(into: &observation)
        return StepResult(reward: isOptimal ? 1 : 0, ending: .terminated)
    }

    public func savedState() -> [UInt8]? { [UInt8(index & 255), UInt8(index >> 8)] }

    public mutating func restore(from state: [UInt8]) -> Bool {
        guard state.count == 2 else { return false }
        let index = Int(state[0]) | Int(state[1]) << 8
        guard index < ConnectFourPositions.count else { return false }
        self.index = index
        return true
    }

    public var picture: Picture? { board.picture }
}
