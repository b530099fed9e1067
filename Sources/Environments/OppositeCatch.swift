public import StarlingExperience

/// Catch with another aim: the paddle is to be in the column opposite to the ball's, 4 − c for a ball in column c. What it looks like,
/// and what the actions do, is the same: for what was learned on Catch to be tried on.
public struct OppositeCatch: Environment, BitwiseCopyable, Sendable {
    package var board = Catch()

    public init() {}

    public var observationShape: [Int] { board.observationShape }
    public var action: ActionSpec { board.action }

    public mutating func reset(seed: UInt64, into observation: inout MutableSpan<UInt8>) {
        board.reset(seed: seed, into: &observation)
    }

    public mutating func step(_ action: Int, into observation: inout MutableSpan<UInt8>) -> StepResult {
        var result = board.step(action, into: &observation)
        guard result.ending == .terminated else { return result }
        result.reward = board.paddle == Catch.columns - 1 - board.ballColumn ? 1 : -1
        return result
    }

    public func savedState() -> [UInt8]? { board.savedState() }
    public mutating func restore(from state: [UInt8]) -> Bool { board.restore(from: state) }
    public var picture: Picture? { board.picture }
    public var trueState: [Float]? { board.trueState }
}
