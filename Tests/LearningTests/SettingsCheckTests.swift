import StarlingAlgorithms
import StarlingConfiguration
import StarlingExperience
import StarlingLearning
import StarlingReturns
import StarlingTransport
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

    @Test(arguments: ["dqn", "pqn", "sarsa", "expected_sarsa"])
    func whoLearnsTheValuesOfActionsActsByEpsilonAndNeedsDiscreteOnes(algorithm: String) throws {
        var settings = RunSettings()
        settings.algorithm = algorithm
        #expect(settings.actingRule == .epsilon && settings.actingSpec.rule == .epsilon)
        #expect(settings.pacing == (algorithm == "dqn" ? .adaptive(policyLag: 16) : .lockstep))
        try settings.check(environment: environment)
        let arm = EnvironmentSpec(
            name: "arm", observation: ObservationSpec(shape: [4]), action: .continuous(low: [-1], high: [1]))
        let error = #expect(throws: ConfigurationError.self) { try settings.check(environment: arm) }
        #expect(error?.message.contains("\(algorithm) learns the value of each action, and those of arm are continuous") == true)
        #expect(error?.message.hasSuffix("set algorithm to one of vtrace, ppo, a2c, reinforce, sac, dyna, planned") == true)
        try settings.apply(assignments: ["acting.rule=boltzmann"])
        #expect(settings.actingRule == .boltzmann)
        try settings.apply(assignments: ["acting.rule=auto"])
        #expect(settings.actingRule == .epsilon)
    }

    @Test func softActorCriticWantsASquashedPolicy() throws {
        var settings = RunSettings()
        settings.algorithm = "sac"
        #expect(settings.actingRule == .sample && settings.pacing == .adaptive(policyLag: 16))
        let arm = EnvironmentSpec(
            name: "arm", observation: ObservationSpec(shape: [4]), action: .continuous(low: [-1], high: [1]))
        let error = #expect(throws: ConfigurationError.self) { try settings.check(environment: arm) }
        #expect(error?.message == "sac squashes continuous actions: set model.action_distribution to tanh_gaussian")
        try settings.apply(assignments: ["model.action_distribution=tanh_gaussian"])
        try settings.check(environment: arm)
        try settings.check(environment: environment)
    }

    /// What actors can't plan by, or with.
    @Test(arguments: [
        (
            "dyna", ["planning.method=cem"],
            "planning: the cross-entropy method needs continuous actions, and these are discrete: plan by search"
        ),
        (
            "dqn", ["planning.method=search"],
            "planning.method is search, and dqn learns no model and no state values: set algorithm to one of vtrace, ppo, a2c, dyna, planned"
        ),
        (
            "planned", ["planning.method=search", "latent.representation=vae"],
            "plans go by what the latent's model tells: set latent.representation to vae_predict or predict"
        ),
        ("planned", [], "planned learns from its actors' plans, and they make none: set planning.method to search"),
        (
            "dyna", ["planning.method=search", "latent.predict_members=2", "latent.predict_outcomes=2"],
            "latent.predict_…: a model of several members has one outcome, not 2"
        ),
    ])
    func plansNeedWhatTheyGoBy(algorithm: String, assignments: [String], message: String) throws {
        var settings = RunSettings()
        settings.algorithm = algorithm
        try settings.apply(assignments: ["latent.representation=vae_predict"] + assignments)
        let environment = EnvironmentSpec(name: "cart", observation: ObservationSpec(shape: [4]), action: .discrete(2))
        let error = #expect(throws: ConfigurationError.self) { try settings.check(environment: environment) }
        #expect(error?.message == message)
    }

    @Test func crossEntropyFollowsOneOutcome() throws {
        var settings = RunSettings()
        settings.algorithm = "dyna"
        try settings.apply(assignments: ["latent.representation=vae_predict", "planning.method=cem"])
        let arm = EnvironmentSpec(
            name: "arm", observation: ObservationSpec(shape: [4]), action: .continuous(low: [-1], high: [1]))
        try settings.check(environment: arm)
        try settings.apply(assignments: ["latent.predict_outcomes=4"])
        let error = #expect(throws: ConfigurationError.self) { try settings.check(environment: arm) }
        #expect(error?.message == "planning: the cross-entropy method follows one outcome of each step, and the model has 4")
    }

    /// Of all but the generator, which wants a task of writing, and what clears haze.
    @Test func binsAreOfStateValues() throws {
        for entry in AlgorithmRegistry.builtIn.entries where !["generator", "dehaze"].contains(entry.name) {
            var settings = RunSettings()
            settings.algorithm = entry.name
            try settings.apply(assignments: ["model.value_head=two_hot"])
            if ["dyna", "planned"].contains(entry.name) { try settings.apply(assignments: ["latent.representation=vae_predict"]) }
            if entry.name == "planned" { try settings.apply(assignments: ["planning.method=search"]) }
            guard ["dqn", "pqn", "sarsa", "expected_sarsa", "psi", "sac"].contains(entry.name) else {
                try settings.check(environment: environment)
                continue
            }
            let error = #expect(throws: ConfigurationError.self) { try settings.check(environment: environment) }
            #expect(
                error?.message == """
                    \(entry.name) learns what actions are worth, as numbers: set model.value_head to scalar, or algorithm to one that learns V(z)
                    """)
        }
    }

    @Test func queuesAreTheAlgorithms() throws {
        var settings = RunSettings()
        #expect(settings.algorithm == "ppo" && settings.pacing == .lockstep)
        settings.algorithm = "vtrace"
        #expect(settings.pacing == .adaptive(policyLag: 16))
        try settings.apply(assignments: ["batch.max_queued_batches=1"])
        #expect(settings.pacing == .fixed(batches: 1))
        try settings.apply(assignments: ["batch.max_queued_batches=auto", "algorithm=a2c"])
        #expect(settings.pacing == .lockstep)
        #expect(throws: ConfigurationError.self) { try settings.apply(assignments: ["batch.max_queued_batches=few"]) }
    }

    /// Recipes and run directories of earlier versions go on.
    @Test func formerNamesOfKeysAreTaken() throws {
        var settings = RunSettings()
        try settings.apply(RunFile(text: "model: {ae: rae}", name: "old.yaml"))
        #expect(settings.latent.representation == .rae)
        try settings.apply(assignments: ["model.ae=none"])
        #expect(settings.latent.representation == .none)
        // Every run directory told it, and only `dyna` went by it.
        try settings.apply(RunFile(text: "algorithm: vtrace\ndyna: {ending_cost: 3}", name: "old.yaml"))
        #expect(settings.latent.predictionEndingCost == 0.1)
        try settings.apply(RunFile(text: "algorithm: dyna\ndyna: {ending_cost: 3}", name: "old.yaml"))
        #expect(settings.latent.predictionEndingCost == 3)
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
