package import StarlingExperience

/// `E` environments of one kind that are stepped together: one dynamic call per `E` steps.
///
/// It turns episodes into rows as the unroll wants them. Row `t` holds the observations before step `t`; step `t`
/// writes row `t + 1`:
/// - An ordinary step writes the observation after it.
/// - A *termination* needs no row of its own: the environment is reset within the step, and the next row is the
///   new episode's first observation. The row's kind is `.terminated`.
/// - A *truncation* writes the final observation, whose value counts, as the next row. The row's kind is
///   `.truncated`, and that next row's step is a `.reset`: its action is ignored, its reward is 0, and the row after
///   it is the new episode's first observation.
///
/// Not `Sendable`: made, stepped and dropped by one thread.
package protocol EnvironmentBatch: AnyObject {
    var spec: EnvironmentSpec { get }
    /// Environments `E`.
    var count: Int { get }

    /// Begins episode 0 of every environment.
    /// - Parameters:
    ///   - seeds: `[E]`; the seed of environment `i`'s `k`-th episode is `Seed.episode(k, of: seeds[i])`.
    ///   - observations: `[E, D]`, row 0.
    /// - Throws: `EnvironmentError` when no episode can begin.
    func reset(seeds: [UInt64], into observations: UnsafeMutableRawBufferPointer) throws

    /// Steps every environment once.
    /// - Parameters:
    ///   - actions: `[E]` Int32 if they are discrete, `[E, P]` of several parts, `[E, K]` Float if they are continuous; each within the spec, those of
    ///     `.reset` rows too.
    ///   - observations: `[E, D]`, the next row, aligned for the spec's scalar.
    ///   - rewards: `[E]`.
    ///   - kinds: `[E]`, raw values of `StepKind`.
    /// - Throws: `EnvironmentError` when they can be stepped no more. What costs no more than episodes isn't thrown: they are
    ///   truncated.
    func step(
        actions: UnsafeRawBufferPointer, into observations: UnsafeMutableRawBufferPointer,
        rewards: UnsafeMutableBufferPointer<Float>, kinds: UnsafeMutableBufferPointer<UInt8>) throws

    /// Tells which actions may be taken in the next step: asked after every `reset` and every step where the spec says that there are
    /// masks, and by who has restored a state.
    /// - Parameter masks: `[E, A]`, to be 1 of what may be done, else 0; of each part something may. Of a `.reset` row it says nothing.
    /// - Throws: `EnvironmentError` when an environment allows nothing.
    func writeActionMasks(into masks: UnsafeMutableBufferPointer<UInt8>) throws

    /// Tells what the last step cost: asked after every step where the spec says that there are costs.
    /// - Parameter costs: `[E]`, to be 0 of a `.reset` row.
    func writeCosts(into costs: UnsafeMutableBufferPointer<Float>)

    /// Hands over the episodes that have ended since it was last asked, in the order of their ends, each with the
    /// index of its environment.
    func takeFinishedEpisodes(_ body: (_ environment: Int, _ episode: UnrollHeader.Episode) -> Void)

    /// Everything that the next steps depend on, finished episodes not yet taken included; nil when the environment
    /// can't save itself. The observations belong to the caller: keep the last row beside these bytes.
    func savedState() -> [UInt8]?

    /// Goes on where `savedState` of a batch of the same environment and size was.
    /// - Throws: `EnvironmentError` when these bytes are no such state. Reset the batch then.
    func restore(from state: [UInt8]) throws

    /// A picture of one environment, if it can draw itself.
    func picture(of environment: Int) -> Picture?

    /// The true state of one environment, that its newest observation was made of; nil when it can't tell it (the default).
    func trueState(of environment: Int) -> [Float]?
}

extension EnvironmentBatch {
    package func writeActionMasks(into masks: UnsafeMutableBufferPointer<UInt8>) throws { masks.update(repeating: 1) }
    package func writeCosts(into costs: UnsafeMutableBufferPointer<Float>) { costs.update(repeating: 0) }
    package func trueState(of environment: Int) -> [Float]? { nil }
}

/// A batch that is stepped elsewhere, while whoever waits for it does something else: `begin` and then `finish` are a `step`.
package protocol ConcurrentBatch: EnvironmentBatch {
    /// Has every environment step once, by actions as `step` takes them. They are read before this returns.
    func begin(actions: UnsafeRawBufferPointer) throws

    /// Waits for what was begun, and writes it as `step` does.
    func finish(
        into observations: UnsafeMutableRawBufferPointer, rewards: UnsafeMutableBufferPointer<Float>,
        kinds: UnsafeMutableBufferPointer<UInt8>) throws
}

extension ConcurrentBatch {
    package func step(
        actions: UnsafeRawBufferPointer, into observations: UnsafeMutableRawBufferPointer,
        rewards: UnsafeMutableBufferPointer<Float>, kinds: UnsafeMutableBufferPointer<UInt8>
    ) throws {
        try begin(actions: actions)
        try finish(into: observations, rewards: rewards, kinds: kinds)
    }
}
