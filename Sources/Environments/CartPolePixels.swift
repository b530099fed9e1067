public import StarlingExperience

/// CartPole-v1 seen by a camera: the same episodes, step by step, but the policy gets pictures only.
///
/// Observation: `[2, 32, 32]` grey levels, the frame before the last step and the frame after it, so that velocities
/// can be seen; both are the same at the start of an episode. Frames are stacked here only until the transport
/// stacks them at its ends and sends one frame a step.
public struct CartPolePixels: Environment, BitwiseCopyable, Sendable {
    /// The dynamics, the rewards and the ends.
    package var pole = CartPole()
    /// The state before the last step.
    package var previous = CartPole().state

    public init() {}

    public var observationShape: [Int] { [2, CartPoleFrame.side, CartPoleFrame.side] }
    public var action: ActionSpec { pole.action }

    public mutating func reset(seed: UInt64, into observation: inout MutableSpan<UInt8>) {
        pole.begin(seed: seed)
        previous = pole.state
        write(into: &observation)
    }

    public mutating func step(_ action: Int, into observation: inout MutableSpan<UInt8>) -> StepResult {
        previous = pole.state
        let result = pole.advance(action)
        write(into: &observation)
        return result
    }

    /// Draws the older frame anew, which is as cheap as keeping it and leaves nothing but numbers to be saved.
    private func write(into observation: inout MutableSpan<UInt8>) {
        observation.update(repeating: 0)
        var pixels = observation.mutableBytes
        CartPoleFrame.draw(previous, into: &pixels, at: 0)
        CartPoleFrame.draw(pole.state, into: &pixels, at: CartPoleFrame.byteCount)
    }

    /// The newer frame.
    public var picture: Picture? {
        var grey = [UInt8](repeating: 0, count: CartPoleFrame.byteCount)
        var span = grey.mutableSpan
        var pixels = span.mutableBytes
        CartPoleFrame.draw(pole.state, into: &pixels, at: 0)
        return .pixels(
            width: CartPoleFrame.side, height: CartPoleFrame.side, rgb: grey.flatMap { [$0, $0, $0] })
    }
}
