public import StarlingExperience

/// CartPole-v1 seen by a camera: the same episodes, step by step, but the policy gets pictures only.
///
/// Observation: `[1, 32, 32]` grey levels. One frame shows no velocities: a model needs a stack of two, or memory.
public struct CartPolePixels: Environment, BitwiseCopyable, Sendable {
    /// The dynamics, the rewards and the ends.
    package var pole = CartPole()

    public init() {}

    public var observationShape: [Int] { [1, CartPoleFrame.side, CartPoleFrame.side] }
    public var action: ActionSpec { pole.action }

    public mutating func reset(seed: UInt64, into observation: inout MutableSpan<UInt8>) {
        pole.begin(seed: seed)
        write(into: &observation)
    }

    public mutating func step(_ action: Int, into observation: inout MutableSpan<UInt8>) -> StepResult {
        let result = pole.advance(action)
        write(into: &observation)
        return result
    }

    private func write(into observation: inout MutableSpan<UInt8>) {
        observation.update(repeating: 0)
        var pixels = observation.mutableBytes
        CartPoleFrame.draw(pole.state, into: &pixels, at: 0)
    }

    /// x (m), ẋ (m/s), θ (rad, from upright), θ̇ (rad/s).
    public var trueState: [Float]? {
        [pole.state.x, pole.state.xDot, pole.state.theta, pole.state.thetaDot].map { Float($0) }
    }

    /// The frame.
    public var picture: Picture? {
        var grey = [UInt8](repeating: 0, count: CartPoleFrame.byteCount)
        var span = grey.mutableSpan
        var pixels = span.mutableBytes
        CartPoleFrame.draw(pole.state, into: &pixels, at: 0)
        return .pixels(
            width: CartPoleFrame.side, height: CartPoleFrame.side, rgb: grey.flatMap { [$0, $0, $0] })
    }
}
