import StarlingEnvironments

/// Rewards every step with 1 and never ends.
struct Treadmill: Environment {
    static let entry = EnvironmentRegistry.Entry("treadmill") { Treadmill() }

    var observationShape: [Int] { [2] }
    var action: ActionSpec { .discrete(2) }

    mutating func reset(seed: UInt64, into observation: inout MutableSpan<Float>) { write(into: &observation) }

    mutating func step(_ action: Int, into observation: inout MutableSpan<Float>) -> StepResult {
        write(into: &observation)
        return StepResult(reward: 1)
    }

    private func write(into observation: inout MutableSpan<Float>) {
        observation[0] = 1
        observation[1] = -1
    }
}

/// Rewards every step with 1 and never ends; its observation is the action that it was given.
struct Lathe: ContinuousEnvironment {
    static let entry = EnvironmentRegistry.Entry("lathe") { Lathe() }
    static let low: [Float] = [-1, 0, 2]
    static let high: [Float] = [1, 10, 2.5]

    var observationShape: [Int] { [3] }
    var action: ActionSpec { .continuous(low: Self.low, high: Self.high) }

    mutating func reset(seed: UInt64, into observation: inout MutableSpan<Float>) {
        for place in 0..<3 { observation[place] = Self.low[place] }
    }

    mutating func step(_ action: Span<Float>, into observation: inout MutableSpan<Float>) -> StepResult {
        for place in 0..<3 { observation[place] = action[place] }
        return StepResult(reward: 1)
    }
}
