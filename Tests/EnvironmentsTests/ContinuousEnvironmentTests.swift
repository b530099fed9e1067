import StarlingEnvironments
import StarlingExperience
import Testing

/// Two numbers in, their sum and their difference out.
private struct Adder: ContinuousEnvironment {
    let observationShape = [2]
    var action = ActionSpec.continuous(low: [-1, 0], high: [1, 10])

    mutating func reset(seed: UInt64, into observation: inout MutableSpan<Float>) {
        (observation[0], observation[1]) = (0, 0)
    }

    mutating func step(_ action: Span<Float>, into observation: inout MutableSpan<Float>) -> StepResult {
        (observation[0], observation[1]) = (action[0] + action[1], action[0] - action[1])
        return StepResult(reward: Float(action.count))
    }
}

@Suite struct ContinuousEnvironmentTests {
    @Test func eachEnvironmentGetsItsOwnNumbers() throws {
        let entry = EnvironmentRegistry.Entry("adder", summary: "Adds.") { Adder() }
        #expect(entry.spec.action == .continuous(low: [-1, 0], high: [1, 10]))
        let batch = try entry.makeBatch(count: 3)
        var rows = Rows<Float>(reset: batch, seeds: [1, 2, 3])
        rows.step(batch, numbers: [0.5, 1, -1, 10, 0, 3])
        #expect(rows.observations[1] == [1.5, -0.5, 9, -11, 3, -3])
        #expect(rows.rewards == [[2, 2, 2]])
    }

    @Test(arguments: [([Float](), [Float]()), ([0], [0]), ([0], [1, 2]), ([0], [.infinity]), ([.nan], [1])])
    func boundsThatBoundNothingAreTold(low: [Float], high: [Float]) {
        #expect(ActionSpec.continuous(low: low, high: high).fault != nil)
    }

    @Test func anEnvironmentWhoseStepTakesOtherActionsIsAFaultOfItsAuthor() async {
        await #expect(processExitsWith: .failure) {
            var adder = Adder()
            adder.action = .discrete(2)
            let wrong = adder
            _ = EnvironmentRegistry.Entry("adder") { wrong }.spec
        }
    }
}
