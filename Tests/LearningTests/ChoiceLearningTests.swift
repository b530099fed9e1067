import StarlingAlgorithms
import StarlingConfiguration
import StarlingEnvironments
import StarlingExperience
import StarlingLearning
import Testing

/// Eight times one of six, of which three or fewer may be taken; the reward is what is written on it. Only masks tell which, so the best there is
/// is to know the order, and to take the best that is allowed.
private struct Offers: Environment, BitwiseCopyable {
    private static let worth: (Float, Float, Float, Float, Float, Float) = (0.3, 1, 0.1, 0.6, 0.8, 0)
    var observationShape: [Int] { [1] }
    var action: ActionSpec { .discrete(6) }
    var masksActions: Bool { true }
    private var random = SeededGenerator(seed: 0)
    private var open: UInt8 = 1
    private var steps = 0

    mutating func reset(seed: UInt64, into observation: inout MutableSpan<Float>) {
        (random, steps) = (SeededGenerator(seed: seed), 0)
        draw()
        observation[0] = 1
    }

    mutating func step(_ action: Int, into observation: inout MutableSpan<Float>) -> StepResult {
        observation[0] = 1
        guard open & 1 << UInt8(action) != 0 else { return StepResult(reward: -100, ending: .terminated) }
        let best = (0..<6).filter { open & 1 << UInt8($0) != 0 }.map { Self.worth($0) }.max()!
        steps += 1
        draw()
        // What was lost: 0 is the most there is.
        return StepResult(reward: Self.worth(action) - best, ending: steps == 8 ? .terminated : .none)
    }

    private static func worth(_ place: Int) -> Float { withUnsafeBytes(of: worth) { $0.load(fromByteOffset: 4 * place, as: Float.self) } }

    private mutating func draw() {
        open = 0
        for _ in 0..<3 { open |= 1 << UInt8(random.below(6)) }
    }

    func writeActionMask(into mask: inout MutableSpan<UInt8>) { for place in 0..<6 where open & 1 << UInt8(place) == 0 { mask[place] = 0 } }
}

@Suite struct ChoiceLearningTests {
    private let offers: EnvironmentRegistry = [.init("offers") { Offers() }]

    private func settings(_ algorithm: String, frames: UInt64, _ assignments: [String]) throws -> RunSettings {
        var settings = RunSettings()
        (settings.algorithm, settings.frames, settings.environment) = (algorithm, frames, "offers")
        try settings.apply(
            assignments: [
                "acting.environments_per_unroll=8", "acting.environments_per_actor=8", "acting.unroll_length=16", "batch.columns=16",
                "batch.max_queued_batches=0", "latent.representation=none", "model.encoder=[16]", "model.latent=8", "goal.enabled=false",
                "model.normalize_observations=false",
                "evaluation.episodes=50",
            ] + assignments)
        return settings
    }

    /// By every family: the policy gradient, fresh and in epochs, and action values with and without replay; with a core too.
    @Test(arguments: [
        ("vtrace", 20_000, ["optimizer.learning_rate=0.01", "model.policy=[16]"]),
        ("vtrace", 20_000, ["optimizer.learning_rate=0.01", "model.core=gru", "model.core_width=8"]),
        ("ppo", 20_000, ["optimizer.learning_rate=0.005", "model.policy=[16]"]),
        ("reinforce", 30_000, ["optimizer.learning_rate=0.01", "reinforce.rows=256"]),
        ("pqn", 20_000, ["optimizer.learning_rate=0.005", "pqn.epsilon_frames=5000", "pqn.discount=0"]),
        ("sarsa", 20_000, ["optimizer.learning_rate=0.005", "sarsa.epsilon_frames=5000", "sarsa.discount=0"]),
        ("dqn", 10_000, ["optimizer.learning_rate=0.003", "dqn.epsilon_frames=5000", "dqn.discount=0.5", "dqn.steps=3"]),
        (
            "dqn", 10_000,
            [
                "optimizer.learning_rate=0.003", "dqn.epsilon_frames=5000", "dqn.dueling=true", "dqn.discount=0", "model.core=gru",
                "model.core_width=8",
            ]
        ),
        (
            "sac", 8_000,
            ["optimizer.learning_rate=0.003", "sac.discount=0", "sac.critics=[16]", "sac.updates_per_frame=0.25", "sac.target_entropy=0.1"]
        ),
        ("psi", 20_000, ["optimizer.learning_rate=0.005", "psi.reward_scale=20", "psi.discount=0.5"]),
    ])
    func learnsWhatIsAllowed(algorithm: String, frames: UInt64, assignments: [String]) throws {
        let lockstep = try Lockstep(settings(algorithm, frames: frames, assignments), environments: offers, actorCount: 1)
        let outcome = try #require(try lockstep.run())
        #expect(outcome.ledger.invalid == 0)
        if algorithm == "vtrace" || algorithm == "ppo" {
            #expect(outcome.policyLag.maximum == 0)
            #expect(try #require(outcome.maximumLogRatioAtLagZero) < 1e-4)
        }
        // A random choice loses 2.4 an episode.
        let returns = try #require(outcome.evaluation?.returns)
        #expect(returns.reduce(0, +) / Float(returns.count) > -0.25, "\(returns)")
    }

    /// Each part learns what it is for, with a model of the latent beside it that sees both.
    @Test(arguments: ["vae", "predict"])
    func learnsBothParts(representation: String) throws {
        var settings = try settings(
            "vtrace", frames: 60_000,
            [
                "environment=Catch-twice", "optimizer.learning_rate=0.008", "model.encoder=[96]", "model.value=[64]", "model.latent=16",
                "model.activation=relu", "model.likelihood=bernoulli", "latent.representation=\(representation)", "latent.lambda_vae=2",
                "latent.beta=0.2", "vtrace.value_cost=0.2", "vtrace.entropy_cost=0.02", "optimizer.clip_norm=40",
            ])
        settings.acting.unrollLength = 10
        let lockstep = try Lockstep(settings, actorCount: 1)
        let outcome = try #require(try lockstep.run())
        #expect(outcome.ledger.invalid == 0)
        #expect(try #require(outcome.maximumLogRatioAtLagZero) < 1e-4)
        let returns = try #require(outcome.evaluation?.returns)
        #expect(returns.reduce(0, +) / Float(returns.count) > 1.5, "\(returns)")
    }

    @Test func whoCantIsToldWhatCan() throws {
        func message(_ algorithm: String, _ environment: EnvironmentSpec, _ more: [String] = []) throws -> String? {
            var settings = RunSettings()
            settings.algorithm = algorithm
            try settings.apply(assignments: more)
            do throws(ConfigurationError) { try settings.check(environment: environment) } catch { return error.message }
            return nil
        }
        let parts = EnvironmentSpec(name: "hands", observation: ObservationSpec(shape: [4]), action: .multiDiscrete([3, 2]))
        for algorithm in ["dqn", "pqn", "sarsa", "expected_sarsa", "psi", "generator"] {
            #expect(
                try message(algorithm, parts)
                    == "\(algorithm) learns the value of each action, and those of hands have 2 parts: set algorithm to one of vtrace, ppo, a2c, reinforce"
            )
        }
        for algorithm in ["sac", "dyna", "planned"] {
            #expect(
                try message(algorithm, parts)
                    == "\(algorithm) knows actions of one part, and those of hands have 2: set algorithm to vtrace, ppo, a2c or reinforce")
        }
        for algorithm in ["vtrace", "ppo", "a2c", "reinforce"] { #expect(try message(algorithm, parts) == nil) }
        #expect(
            try message("ppo", parts, ["planning.method=search", "latent.representation=vae_predict"])
                == "planning: plans are of actions of one part, and these have 2: set planning.method to none")
        let masked = EnvironmentSpec(
            name: "gates", observation: ObservationSpec(shape: [4]), action: .discrete(4), masksActions: true)
        for algorithm in ["vtrace", "ppo", "a2c", "reinforce", "dqn", "pqn", "sarsa", "expected_sarsa", "psi", "sac"] {
            #expect(try message(algorithm, masked) == nil)
        }
        #expect(
            try message("dyna", masked)
                == "gates masks actions, and dyna dreams of states of which nobody tells one: set algorithm to another, as ppo, or environment to one without masks (of gymnasium environment.action_masks to false)"
        )
        #expect(try message("psi", masked, ["psi.likelihood_frames=10"])?.contains("gates masks actions, and psi") == true)
    }
}
