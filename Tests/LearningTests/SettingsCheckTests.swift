import StarlingAlgorithms
import StarlingConfiguration
import StarlingExperience
import StarlingLearning
import StarlingReturns
import Testing

@Suite struct SettingsCheckTests {
    private let environment = EnvironmentSpec(
        name: "x", observation: ObservationSpec(shape: [4]), action: .discrete(2))

    @Test(arguments: ActingRule.allCases)
    func onlyRulesThatCountActionsNeedDiscreteOnes(rule: ActingRule) throws {
        var settings = RunSettings.small()
        settings.acting.rule = rule
        try settings.check(environment: environment)
        settings.model.observationScale = []
        let arm = EnvironmentSpec(
            name: "arm", observation: ObservationSpec(shape: [4]), action: .continuous(low: [-1], high: [1]))
        guard rule == .epsilon || rule == .boltzmann else { return try settings.check(environment: arm) }
        let error = #expect(throws: ConfigurationError.self) { try settings.check(environment: arm) }
        #expect(error?.message.contains("acting.rule is \(rule), which doesn't fit arm") == true)
    }

    @Test func tracesAreCutNoHigherThanTheTargetsWeights() throws {
        var settings = RunSettings.small()
        settings.algorithmSettings[VTrace.self].targets.rhoClip = 1.5
        settings.algorithmSettings[VTrace.self].targets.cClip = 1.5
        try settings.check(environment: environment)
        settings.algorithmSettings[VTrace.self].targets.cClip = 1.75
        let error = #expect(throws: ConfigurationError.self) { try settings.check(environment: environment) }
        #expect(error?.message.contains("vtrace.c_clip is 1.75, which is more than vtrace.rho_clip 1.5") == true)
    }
}
