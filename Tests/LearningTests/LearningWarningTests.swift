import Foundation
import StarlingExperience
import StarlingLearning
import Testing

@Suite struct LearningWarningTests {
    private func entropy(
        _ entropy: Double, _ action: ActionSpec = .discrete(4), meanReturn: Double? = 3, goal: Double? = 10
    ) -> LearningWarning? {
        LearningWarning(entropy: entropy, of: action, meanReturn: meanReturn, goal: goal)
    }

    @Test func aPolicyThatTriesNothingNewIsTold() throws {
        let warning = try #require(entropy(0.005))
        #expect(warning.message.contains("0.005 nats") && warning.message.contains("entropy_cost"))
        #expect(entropy(0.005, meanReturn: nil) != nil && entropy(0.02, .multiDiscrete([4, 4])) != nil)
        #expect(entropy(-8, .continuous(low: [-1, -1, -1], high: [1, 1, 1])) != nil)
    }

    @Test func oneThatIsGoodEnoughOrStillTriesIsNot() {
        #expect(entropy(0.02) == nil && entropy(.nan) == nil)
        #expect(entropy(0.005, meanReturn: 10) == nil)
        // Nobody can say whether it is done.
        #expect(entropy(0.005, goal: nil) == nil)
        #expect(entropy(-2, .continuous(low: [-1], high: [1])) == nil)
    }

    @Test func whoForgetsIsTold() throws {
        var course = ReturnCourse()
        for mean in [nil, 20, 300, 490, .nan, 120] as [Double?] { course.note(mean) }
        let warning = try #require(LearningWarning(meanReturn: 120, of: course, goal: 475))
        #expect(warning.message.contains("was 490 and is 120") && warning.message.contains("evaluation.every"))
        // Above the middle of 20 and 490; without a goal, or with one that was never reached, nobody can say.
        #expect(LearningWarning(meanReturn: 260, of: course, goal: 475) == nil)
        #expect(LearningWarning(meanReturn: 120, of: course, goal: nil) == nil)
        #expect(LearningWarning(meanReturn: 120, of: course, goal: 495) == nil)
        #expect(LearningWarning(meanReturn: nil, of: ReturnCourse(), goal: 1) == nil)
    }

    @Test func valuesThatExplainNothingAreTold() throws {
        let warning = try #require(LearningWarning(explainedVariance: -0.4, updates: 1000))
        #expect(warning.message.contains("explain 0 %") && warning.message.contains("value_cost"))
        #expect(LearningWarning(explainedVariance: 0.06, updates: 1000) == nil)
        // Young, or of an algorithm without a critic.
        #expect(LearningWarning(explainedVariance: -0.4, updates: 100) == nil)
        #expect(LearningWarning(explainedVariance: .nan, updates: 1000) == nil)
    }
}
