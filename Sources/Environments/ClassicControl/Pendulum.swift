import Glibc
public import StarlingExperience

/// Pendulum-v1: a rod hangs from a pivot and is to be swung up and held with a torque that is too small to lift it at once.
///
/// Gymnasium's equations and constants, for gravity g = 10 m/s², mass m = 1 kg, length l = 1 m and steps of 0.05 s, the angle
/// θ = 0 upright: `θ̈ = 3g/(2l)·sin θ + 3/(m·l²)·u`; the speed is advanced first, held within ±8 rad/s, and then moves the
/// angle. The reward is −(θ² + 0.1·θ̇² + 0.001·u²) of the state before the step, θ within ±π. Starts are uniform in ±π and ±1.
/// It never terminates and is truncated after 200 steps.
///
/// Action: the torque u within ±2 Nm. Observation: cos θ, sin θ, θ̇ (rad/s).
public struct Pendulum: ContinuousEnvironment, BitwiseCopyable, Sendable {
    /// In double, as Gymnasium keeps it; only the observation is rounded.
    package struct State: BitwiseCopyable, Hashable, Sendable {
        /// Not wrapped: it counts the turns.
        package var theta, thetaDot: Double

        package init(theta: Double, thetaDot: Double) { (self.theta, self.thetaDot) = (theta, thetaDot) }
    }

    package var state = State(theta: .pi, thetaDot: 0)
    /// Steps since the reset.
    package var steps = 0

    private static let timeLimit = 200
    private static let gravity = 10.0
    private static let torqueLimit: Float = 2
    private static let speedLimit = 8.0
    /// Seconds between steps.
    private static let tau = 0.05

    public init() {}

    public var observationShape: [Int] { [3] }
    public var action: ActionSpec { .continuous(low: [-Self.torqueLimit], high: [Self.torqueLimit]) }

    public mutating func reset(seed: UInt64, into observation: inout MutableSpan<Float>) {
        var random = SeededGenerator(seed: seed)
        state = State(theta: random.uniform(-.pi, .pi), thetaDot: random.uniform(-1, 1))
        steps = 0
        write(into: &observation)
    }

    public mutating func step(_ action: Span<Float>, into observation: inout MutableSpan<Float>) -> StepResult {
        let torque = Double(action[0])
        let angle = Self.wrapped(state.theta)
        let cost = angle * angle + 0.1 * (state.thetaDot * state.thetaDot) + 0.001 * (torque * torque)
        let acceleration = 1.5 * Self.gravity * sin(state.theta) + 3 * torque
        state.thetaDot = min(Self.speedLimit, max(-Self.speedLimit, state.thetaDot + acceleration * Self.tau))
        state.theta += state.thetaDot * Self.tau
        steps += 1
        write(into: &observation)
        return StepResult(reward: Float(-cost), ending: steps >= Self.timeLimit ? .truncated : .none)
    }

    /// The same angle within −π ..< π.
    private static func wrapped(_ angle: Double) -> Double {
        let turn = 2 * Double.pi
        let shifted = angle + .pi
        return shifted - turn * (shifted / turn).rounded(.down) - .pi
    }

    private func write(into observation: inout MutableSpan<Float>) {
        observation[0] = Float(cos(state.theta))
        observation[1] = Float(sin(state.theta))
        observation[2] = Float(state.thetaDot)
    }
}

extension Pendulum {
    /// The rod from the pivot in the middle; a line is as high as two columns are wide.
    public var picture: Picture? {
        let radius = 5
        var lines: [[Character]] = Array(repeating: Array(repeating: " ", count: 4 * radius + 1), count: 2 * radius + 1)
        for place in 1...4 * radius {
            let part = Double(place) / 4
            let column = 2 * radius - Int((2 * part * sin(state.theta)).rounded())
            lines[radius - Int((part * cos(state.theta)).rounded())][column] = place == 4 * radius ? "@" : "*"
        }
        lines[radius][2 * radius] = "+"
        return .text(lines.map { String($0) })
    }
}
