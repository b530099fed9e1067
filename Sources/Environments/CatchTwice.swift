public import StarlingExperience

/// Two boards of ``Catch`` at once, each with a paddle of its own: an action has two parts, and a step's reward is the sum of both boards'.
/// Random play scores −1.2, perfect play 2.
///
/// Observation: `[2, 10, 5]`, a plane for each board.
public struct CatchTwice: MultiDiscreteEnvironment, BitwiseCopyable, Sendable {
    private static let count = Catch.rows * Catch.columns

    package var first = Catch()
    package var second = Catch()

    public init() {}

    public var observationShape: [Int] { [2, Catch.rows, Catch.columns] }
    public var action: ActionSpec { .multiDiscrete([3, 3]) }

    public mutating func reset(seed: UInt64, into observation: inout MutableSpan<UInt8>) {
        var upper = observation._mutatingExtracting(first: Self.count)
        first.reset(seed: Seed.mix(seed, 0), into: &upper)
        var lower = observation._mutatingExtracting(last: Self.count)
        second.reset(seed: Seed.mix(seed, 1), into: &lower)
    }

    /// Both balls reach the lowest row in the same step.
    public mutating func step(_ action: Span<Int32>, into observation: inout MutableSpan<UInt8>) -> StepResult {
        var upper = observation._mutatingExtracting(first: Self.count)
        var result = first.step(Int(action[0]), into: &upper)
        var lower = observation._mutatingExtracting(last: Self.count)
        result.reward += second.step(Int(action[1]), into: &lower).reward
        return result
    }

    public func savedState() -> [UInt8]? { first.savedState()! + second.savedState()! }

    public mutating func restore(from state: [UInt8]) -> Bool {
        var (a, b) = (first, second)
        guard state.count == 6, a.restore(from: Array(state[..<3])), b.restore(from: Array(state[3...])), a.ballRow == b.ballRow else {
            return false
        }
        (first, second) = (a, b)
        return true
    }

    /// Side by side.
    public var picture: Picture? {
        guard case .text(let left)? = first.picture, case .text(let right)? = second.picture else { return nil }
        return .text(zip(left, right).map { $0 + " " + $1 })
    }

    public var trueState: [Float]? { first.trueState! + second.trueState! }
}
