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
