import Glibc
public import StarlingExperience

/// CartPole-v1: a pole stands on a cart that is pushed left (0) or right (1) at every step.
///
/// Equations of Barto, Sutton and Anderson, "Neuronlike adaptive elements that can solve difficult learning control
/// problems" (1983), with the constants, the explicit Euler step, the limits and the rewards of Gymnasium's
/// CartPole-v1: +1 for every step, the last one too; termination beyond |x| = 2.4 or |θ| = 12°; truncation after
/// 500 steps; start uniform in ±0.05.
///
/// Observation: x (m), ẋ (m/s), θ (rad, from upright), θ̇ (rad/s).
public struct CartPole: Environment, BitwiseCopyable, Sendable {
    /// In double, as Gymnasium keeps it; only the observation is rounded.
    package struct State: BitwiseCopyable, Hashable, Sendable {
        package var x, xDot, theta, thetaDot: Double

        package init(x: Double, xDot: Double, theta: Double, thetaDot: Double) {
            (self.x, self.xDot, self.theta, self.thetaDot) = (x, xDot, theta, thetaDot)
        }
    }

    package var state = State(x: 0, xDot: 0, theta: 0, thetaDot: 0)
    /// Steps since the reset.
    package var steps = 0

    private static let timeLimit = 500
    private static let positionLimit = 2.4
    private static let angleLimit = 12 * 2 * Double.pi / 360

    public init() {}

    public var observationShape: [Int] { [4] }
    public var action: ActionSpec { .discrete(2) }

    public mutating func reset(seed: UInt64, into observation: inout MutableSpan<Float>) {
        begin(seed: seed)
        write(into: &observation)
    }

    public mutating func step(_ action: Int, into observation: inout MutableSpan<Float>) -> StepResult {
        let result = advance(action)
        write(into: &observation)
        return result
    }

    /// Begins the episode of this seed.
    mutating func begin(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        state = State(
            x: random.uniform(-0.05, 0.05), xDot: random.uniform(-0.05, 0.05),
            theta: random.uniform(-0.05, 0.05), thetaDot: random.uniform(-0.05, 0.05))
        steps = 0
    }

    /// Takes one step.
    mutating func advance(_ action: Int) -> StepResult {
        state = Self.next(state, pushRight: action == 1)
        steps += 1
        let fell = abs(state.x) > Self.positionLimit || abs(state.theta) > Self.angleLimit
        return StepResult(reward: 1, ending: fell ? .terminated : steps >= Self.timeLimit ? .truncated : .none)
    }

    /// What it shows as it is: of a latent that is made of it a linear map should tell it again.
    public var trueState: [Float]? { [state.x, state.xDot, state.theta, state.thetaDot].map { Float($0) } }

    private func write(into observation: inout MutableSpan<Float>) {
        observation[0] = Float(state.x)
        observation[1] = Float(state.xDot)
        observation[2] = Float(state.theta)
        observation[3] = Float(state.thetaDot)
    }
}
