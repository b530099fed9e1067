/// A task whose actions are numbers within bounds:
///
/// ```swift
/// struct Thermostat: ContinuousEnvironment {
///     let observationShape = [1]
///     let action = ActionSpec.continuous(low: [-1], high: [1])
///     var temperature: Float = 0
///     var steps = 0
///
///     mutating func reset(seed: UInt64, into observation: inout MutableSpan<Float>) {
///         var random = SeededGenerator(seed: seed)
///         (temperature, steps) = (Float(random.uniform(-5, 5)), 0)
///         observation[0] = temperature
///     }
///
///     mutating func step(_ action: Span<Float>, into observation: inout MutableSpan<Float>) -> StepResult {
///         temperature += action[0]
///         steps += 1
///         observation[0] = temperature
///         return StepResult(reward: -abs(temperature), ending: steps == 50 ? .truncated : .none)
///     }
/// }
/// ```
///
/// All else is as in `Environment`. Two protocols, because an action that is lent cannot be an associated type: `Span` doesn't
/// escape, and associated types must.
public protocol ContinuousEnvironment: EnvironmentCore {
    /// Takes one step and writes the observation after it, the final one of an episode included.
    /// After an ending other than `.none`, `reset` comes next.
    /// - Parameter action: as many numbers as `action`, which is `.continuous`, has bounds, and within them; nothing else
    ///   ever gets here. Lent for the call.
    mutating func step(_ action: Span<Float>, into observation: inout MutableSpan<Scalar>) -> StepResult
}
