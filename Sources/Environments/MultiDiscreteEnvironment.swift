/// A task whose actions are several choices at once:
///
/// ```swift
/// struct Locks: MultiDiscreteEnvironment {
///     let observationShape = [2]
///     let action = ActionSpec.multiDiscrete([3, 4])
///     var digits = (0, 0)
///
///     mutating func reset(seed: UInt64, into observation: inout MutableSpan<Float>) {
///         var random = SeededGenerator(seed: seed)
///         digits = (random.below(3), random.below(4))
///         (observation[0], observation[1]) = (Float(digits.0), Float(digits.1))
///     }
///
///     mutating func step(_ action: Span<Int32>, into observation: inout MutableSpan<Float>) -> StepResult {
///         (observation[0], observation[1]) = (0, 0)
///         let right = (Int(action[0]) == digits.0 ? 1 : 0) + (Int(action[1]) == digits.1 ? 1 : 0)
///         return StepResult(reward: Float(right), ending: .terminated)
///     }
/// }
/// ```
///
/// All else is as in `Environment`. What is switched on or off is a part of 2.
public protocol MultiDiscreteEnvironment: EnvironmentCore {
    /// Takes one step and writes the observation after it, the final one of an episode included.
    /// After an ending other than `.none`, `reset` comes next.
    /// - Parameter action: a number for each part of `action`, which is `.multiDiscrete`, below that part's count; nothing else ever
    ///   gets here. Lent for the call.
    mutating func step(_ action: Span<Int32>, into observation: inout MutableSpan<Scalar>) -> StepResult
}
