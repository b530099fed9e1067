import Glibc
public import StarlingExperience

/// MountainCar-v0: a car in a valley is too weak for the hill on its right, and must swing up (Moore 1990).
///
/// Gymnasium's equations and constants: `v ← v + 0.001·(a − 1) − 0.0025·cos(3x)` within ±0.07, then `x ← x + v` within −1.2 … 0.6, where
/// the left end is a wall that stops it. It is pushed left (0), not at all (1) or right (2); −1 for every step; the goal is x ≥ 0.5. Starts
/// are uniform in −0.6 … −0.4, at rest. Truncated after 200 steps.
///
/// Observation: x, v.
public struct MountainCar: Environment, BitwiseCopyable, Sendable {
    package var state = MountainCarState()
    /// Steps since the reset.
    package var steps = 0

    private static let timeLimit = 200
    private static let goal = 0.5

    public init() {}

    public var observationShape: [Int] { [2] }
    public var action: ActionSpec { .discrete(3) }

    public mutating func reset(seed: UInt64, into observation: inout MutableSpan<Float>) {
        (state, steps) = (MountainCarState(seed: seed), 0)
        state.write(into: &observation)
    }

    public mutating func step(_ action: Int, into observation: inout MutableSpan<Float>) -> StepResult {
        state.advance(push: Double(action - 1) * 0.001)
        steps += 1
        state.write(into: &observation)
        let isThere = state.isThere(Self.goal)
        return StepResult(reward: -1, ending: isThere ? .terminated : steps >= Self.timeLimit ? .truncated : .none)
    }

    public var picture: Picture? { state.picture(goal: Self.goal) }
}

/// MountainCarContinuous-v0: the same valley with a force of one's choice.
///
/// Gymnasium's equations and constants: the action within ±1, times 0.0015, is what the velocity changes by; −0.1·a² for every step and
/// +100 for the goal, x ≥ 0.45. Truncated after 999 steps. Its state is rounded to 32 bits after every step, as Gymnasium's.
public struct MountainCarContinuous: ContinuousEnvironment, BitwiseCopyable, Sendable {
    package var state = MountainCarState()
    /// Steps since the reset.
    package var steps = 0

    private static let timeLimit = 999
    private static let goal = 0.45

    public init() {}

    public var observationShape: [Int] { [2] }
    public var action: ActionSpec { .continuous(low: [-1], high: [1]) }

    public mutating func reset(seed: UInt64, into observation: inout MutableSpan<Float>) {
        (state, steps) = (MountainCarState(seed: seed), 0)
        state.write(into: &observation)
    }

    public mutating func step(_ action: Span<Float>, into observation: inout MutableSpan<Float>) -> StepResult {
        let force = Double(action[0])
        state.advance(push: force * 0.0015)
        let isThere = state.isThere(Self.goal)
        state = MountainCarState(position: Double(Float(state.position)), velocity: Double(Float(state.velocity)))
        steps += 1
        state.write(into: &observation)
        return StepResult(
            reward: Float((isThere ? 100 : 0) - 0.1 * (force * force)),
            ending: isThere ? .terminated : steps >= Self.timeLimit ? .truncated : .none)
    }

    public var picture: Picture? { state.picture(goal: Self.goal) }
}

/// Where the car is, and how fast.
package struct MountainCarState: BitwiseCopyable, Hashable, Sendable {
    package var position: Double
    package var velocity: Double

    package init(position: Double = -0.5, velocity: Double = 0) { (self.position, self.velocity) = (position, velocity) }

    init(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        self.init(position: random.uniform(-0.6, -0.4))
    }

    private static let speedLimit = 0.07
    private static let ends = -1.2...0.6

    mutating func advance(push: Double) {
        velocity += push - 0.0025 * cos(3 * position)
        velocity = min(Self.speedLimit, max(-Self.speedLimit, velocity))
        position = min(Self.ends.upperBound, max(Self.ends.lowerBound, position + velocity))
        if position == Self.ends.lowerBound, velocity < 0 { velocity = 0 }
    }

    func isThere(_ goal: Double) -> Bool { position >= goal && velocity >= 0 }

    func write(into observation: inout MutableSpan<Float>) {
        observation[0] = Float(position)
        observation[1] = Float(velocity)
    }

    /// The hills as `sin 3x`, the car as `@`, the goal as `!`.
    func picture(goal: Double) -> Picture {
        let (rows, columns) = (10, 37)
        var lines: [[Character]] = Array(repeating: Array(repeating: " ", count: columns), count: rows)
        func place(_ x: Double) -> (row: Int, column: Int) {
            let part = (x - Self.ends.lowerBound) / (Self.ends.upperBound - Self.ends.lowerBound)
            return (rows - 2 - Int(((sin(3 * x) + 1) / 2 * Double(rows - 2)).rounded()), Int((part * Double(columns - 1)).rounded()))
        }
        for column in 0..<columns {
            let x = Self.ends.lowerBound + Double(column) / Double(columns - 1) * (Self.ends.upperBound - Self.ends.lowerBound)
            lines[place(x).row + 1][column] = "."
        }
        let (flag, car) = (place(goal), place(position))
        lines[flag.row][flag.column] = "!"
        lines[car.row][car.column] = "@"
        return .text(lines.map { String($0) })
    }
}
