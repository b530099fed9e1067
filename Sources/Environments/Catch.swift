public import StarlingExperience

/// Catch: a ball falls down a board of 10 rows and 5 columns, and a paddle in the lowest row is to be under it.
///
/// The rules of bsuite's Catch (Osband et al., "Behaviour Suite for Reinforcement Learning", 2020): the ball starts
/// in the highest row, in a uniform column, the paddle in the middle. At every move the paddle goes left (0), stays
/// (1) or goes right (2), no further than the board's sides, and the ball falls one row. The ninth move ends the
/// episode: +1 if the paddle is under the ball, else −1; all other rewards are 0. Random play scores −0.6.
///
/// Observation: `[1, 10, 5]`, 1 where the ball is and where the paddle is, else 0.
public struct Catch: Environment, BitwiseCopyable, Sendable {
    package static let rows = 10
    package static let columns = 5

    package var ballRow = 0
    package var ballColumn = 0
    package var paddle = columns / 2

    public init() {}

    public var observationShape: [Int] { [1, Self.rows, Self.columns] }
    public var action: ActionSpec { .discrete(3) }

    public mutating func reset(seed: UInt64, into observation: inout MutableSpan<UInt8>) {
        var random = SeededGenerator(seed: seed)
        ballRow = 0
        ballColumn = random.below(Self.columns)
        paddle = Self.columns / 2
        write(into: &observation)
    }

    public mutating func step(_ action: Int, into observation: inout MutableSpan<UInt8>) -> StepResult {
        paddle = min(max(paddle + action - 1, 0), Self.columns - 1)
        ballRow = min(ballRow + 1, Self.rows - 1)
        write(into: &observation)
        guard ballRow == Self.rows - 1 else { return StepResult(reward: 0) }
        return StepResult(reward: paddle == ballColumn ? 1 : -1, ending: .terminated)
    }

    private func write(into observation: inout MutableSpan<UInt8>) {
        observation.update(repeating: 0)
        observation[ballRow * Self.columns + ballColumn] = 1
        observation[(Self.rows - 1) * Self.columns + paddle] = 1
    }
}

extension Catch {
    /// Row and column of the ball, column of the paddle.
    public func savedState() -> [UInt8]? { [UInt8(ballRow), UInt8(ballColumn), UInt8(paddle)] }

    /// Takes no place beyond the board, whose memory would not be its own.
    public mutating func restore(from state: [UInt8]) -> Bool {
        guard state.count == 3, state[0] < Self.rows, state[1] < Self.columns, state[2] < Self.columns else {
            return false
        }
        (ballRow, ballColumn, paddle) = (Int(state[0]), Int(state[1]), Int(state[2]))
        return true
    }

    /// Row and column of the ball, column of the paddle.
    public var trueState: [Float]? { [Float(ballRow), Float(ballColumn), Float(paddle)] }

    /// The board within its sides; the paddle is `=`, or `#` with the ball on it.
    public var picture: Picture? {
        var board: [[Character]] = Array(
            repeating: ["|"] + Array(repeating: " ", count: Self.columns) + ["|"], count: Self.rows)
        board[ballRow][1 + ballColumn] = "o"
        board[Self.rows - 1][1 + paddle] = ballRow == Self.rows - 1 && ballColumn == paddle ? "#" : "="
        return .text(board.map { String($0) })
    }
}
