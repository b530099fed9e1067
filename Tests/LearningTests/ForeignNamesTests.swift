import StarlingConfiguration
import StarlingLearning
import Testing

/// What settings are called elsewhere is told by its name here.
@Suite struct ForeignNamesTests {
    private func message(_ assignment: String, algorithm: String = "ppo") throws -> String {
        var settings = RunSettings()
        settings.algorithm = algorithm
        do {
            try settings.apply(assignments: [assignment])
        } catch { return error.description }
        throw ConfigurationError(.conflict, "\(assignment) was taken")
    }

    @Test(arguments: [
        ("gamma=0.98", "vtrace", "vtrace.discount"), ("gamma=0.98", "sac", "sac.discount"), ("lr=0.001", "ppo", "optimizer.learning_rate"),
        ("learning_rate=0.001", "ppo", "optimizer.learning_rate"), ("n_steps=20", "ppo", "acting.unroll_length"),
        ("ent_coef=0.01", "ppo", "ppo.entropy_cost"), ("ent_coef=0.01", "sac", "sac.temperature"),
        ("batch_size=64", "ppo", "ppo.minibatch_rows"), ("batch_size=64", "dqn", "dqn.batch_rows"),
        ("batch_size=64", "vtrace", "batch.columns"), ("total_timesteps=1000", "ppo", "frames"),
        ("num_envs=8", "ppo", "acting.environments_per_actor"), ("env.num_envs=8", "ppo", "acting.environments_per_actor"),
        ("gae_lambda=0.9", "ppo", "ppo.lambda"), ("max_grad_norm=0.5", "ppo", "optimizer.clip_norm"),
        ("buffer_size=1000", "dqn", "dqn.replay_steps"), ("tau=0.01", "sac", "sac.target_share"), ("use_lstm=true", "ppo", "model.core"),
        ("train_for_env_steps=10", "ppo", "frames"), ("num-workers=4", "ppo", "train.actors"),
    ])
    func aNameOfOthersIsToldByOurs(assignment: String, algorithm: String, key: String) throws {
        #expect(
            try message(assignment, algorithm: algorithm).hasPrefix(
                "--set: unknown key \"\(assignment.prefix { $0 != "=" })\"; did you mean \"\(key)\"?"))
    }

    /// DQN has no λ, and a slip of the pen is none of others' names.
    @Test func whatIsNoNameOfOthersIsToldAsBefore() throws {
        #expect(try !message("gae_lambda=0.9", algorithm: "dqn").contains("lambda\"?"))
        #expect(try message("optimizer.learning_rat=1").contains("did you mean \"optimizer.learning_rate\"?"))
        #expect(try !message("zzzz=1").contains("did you mean"))
    }

    /// The algorithm that a file names itself decides.
    @Test func aFileIsReadTheSame() throws {
        var settings = RunSettings()
        let file = try RunFile(text: "algorithm: sac\ngamma: 0.9\n", name: "mine.yaml")
        let error = #expect(throws: ConfigurationError.self) { try settings.apply(file) }
        #expect(error?.message == "mine.yaml:2:1: unknown key \"gamma\"; did you mean \"sac.discount\"?")
    }

    /// No name of others is the name of one of ours, or nobody could use it.
    @Test func optionsOfOthersAreToldByOurs() {
        let keys = RunSettings().keys
        func hint(_ arguments: String...) -> String? { ForeignNames.hint(forOptions: arguments, algorithm: "ppo", among: keys) }
        #expect(hint("train", "cartpole", "--total-timesteps", "1e6") == "--total-timesteps is --frames 1e6 here")
        #expect(hint("--gamma=0.9") == "--gamma is --set ppo.discount=VALUE here")
        #expect(hint("--num-envs", "8") == "--num-envs is --envs-per-actor here")
        #expect(hint("--eval-freq", "1000") == "--eval-freq is --set evaluation.every=VALUE here")
        #expect(hint("--cuda", "cartpole")?.hasPrefix("--cuda has no counterpart: everything runs on the machine's cores") == true)
        #expect(hint("--zzzz", "cartpole") == nil)
    }
}
