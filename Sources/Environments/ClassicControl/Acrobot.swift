import Glibc
public import StarlingExperience

/// Acrobot-v1: two links hang from a pivot, and the joint between them is driven to swing the tip up above a line (Sutton 1996).
///
/// Gymnasium's constants and its equations "of the book" (Sutton and Barto 2018, section 11.3): links of mass 1 kg, length 1 m, centre at
/// half, moment of inertia 1 kg·m², g = 9.8 m/s²; steps of 0.2 s by one step of Runge and Kutta's fourth order; angles within ±π, speeds
/// within ±4π and ±9π rad/s. The torque is −1 (0), 0 (1) or +1 (2) Nm. −1 for every step but the last, which gives 0: the tip, −cos θ₁ −
/// cos(θ₁ + θ₂), is above 1. Starts are uniform in ±0.1. Truncated after 500 steps.
///
/// Observation: cos θ₁, sin θ₁, cos θ₂, sin θ₂, θ̇₁, θ̇₂ (rad/s); θ₁ is 0 straight down, θ₂ relative to the first link.
public struct Acrobot: Environment, BitwiseCopyable, Sendable {
    /// θ₁, θ₂, θ̇₁, θ̇₂, in double, as Gymnasium keeps them; only the observation is rounded.
    package var state = SIMD4<Double>()
    /// Steps since the reset.
    package var steps = 0

    private static let timeLimit = 500
    private static let tau = 0.2
    private static let gravity = 9.8
    private static let speedLimits = (4 * Double.pi, 9 * Double.pi)

    public init() {}

    public var observationShape: [Int] { [6] }
    public var action: ActionSpec { .discrete(3) }

    public mutating func reset(seed: UInt64, into observation: inout MutableSpan<Float>) {
        var random = SeededGenerator(seed: seed)
        for index in 0..<4 { state[index] = random.uniform(-0.1, 0.1) }
        steps = 0
        write(into: &observation)
    }

    public mutating func step(_ action: Int, into observation: inout MutableSpan<Float>) -> StepResult {
        state = Self.next(state, torque: Double(action - 1))
        steps += 1
        write(into: &observation)
        let isUp = -cos(state[0]) - cos(state[1] + state[0]) > 1
        return StepResult(reward: isUp ? 0 : -1, ending: isUp ? .terminated : steps >= Self.timeLimit ? .truncated : .none)
    }

    private static func next(_ state: SIMD4<Double>, torque: Double) -> SIMD4<Double> {
        let k1 = change(state, torque)
        let k2 = change(state + tau / 2 * k1, torque)
        let k3 = change(state + tau / 2 * k2, torque)
        let k4 = change(state + tau * k3, torque)
        var next = state + tau / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
        (next[0], next[1]) = (wrapped(next[0]), wrapped(next[1]))
        next[2] = min(speedLimits.0, max(-speedLimits.0, next[2]))
        next[3] = min(speedLimits.1, max(-speedLimits.1, next[3]))
        return next
    }

    /// The state's derivative by time.
    private static func change(_ state: SIMD4<Double>, _ torque: Double) -> SIMD4<Double> {
        let (angle1, angle2, speed1, speed2) = (state[0], state[1], state[2], state[3])
        // l₁ = m₁ = m₂ = I₁ = I₂ = 1 and l_c = ½.
        let d1 = 0.25 + (1 + 0.25 + cos(angle2)) + 2
        let d2 = 0.25 + 0.5 * cos(angle2) + 1
        let phi2 = 0.5 * gravity * cos(angle1 + angle2 - .pi / 2)
        let phi1 =
            -0.5 * (speed2 * speed2) * sin(angle2) - speed2 * speed1 * sin(angle2)
            + 1.5 * gravity * cos(angle1 - .pi / 2) + phi2
        let acceleration2 =
            (torque + d2 / d1 * phi1 - 0.5 * (speed1 * speed1) * sin(angle2) - phi2) / (0.25 + 1 - d2 * d2 / d1)
        let acceleration1 = -(d2 * acceleration2 + phi1) / d1
        return SIMD4(speed1, speed2, acceleration1, acceleration2)
    }

    /// The same angle within ±π; in steps, as Gymnasium, so that one which is within keeps its bits.
    private static func wrapped(_ angle: Double) -> Double {
        var angle = angle
        while angle > .pi { angle -= 2 * .pi }
        while angle < -.pi { angle += 2 * .pi }
        return angle
    }

    private func write(into observation: inout MutableSpan<Float>) {
        observation[0] = Float(cos(state[0]))
        observation[1] = Float(sin(state[0]))
        observation[2] = Float(cos(state[1]))
        observation[3] = Float(sin(state[1]))
        observation[4] = Float(state[2])
        observation[5] = Float(state[3])
    }
}

extension Acrobot {
    /// The links from the pivot in the middle, and the line that the tip is to pass; a line is as high as two columns are wide.
    public var picture: Picture? {
        let unit = 3.0
        let (rows, columns) = (13, 25)
        var lines: [[Character]] = Array(repeating: Array(repeating: " ", count: columns), count: rows)
        for column in 0..<columns { lines[rows / 2 - Int(unit)][column] = "-" }
        func mark(_ x: Double, _ y: Double, _ character: Character) {
            lines[rows / 2 + Int((unit * y).rounded())][columns / 2 + Int((2 * unit * x).rounded())] = character
        }
        let (first, both) = (state[0], state[0] + state[1])
        for part in stride(from: 0.25, through: 1, by: 0.25) {
            mark(part * sin(first), part * cos(first), "*")
            mark(sin(first) + part * sin(both), cos(first) + part * cos(both), part == 1 ? "@" : "o")
        }
        mark(0, 0, "+")
        return .text(lines.map { String($0) })
    }
}
