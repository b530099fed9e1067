package import StarlingConfiguration

/// What other libraries call what is a key here, so that whoever comes from one is told the name: Stable-Baselines3, CleanRL, Sample
/// Factory and RLlib, as their documentation lists them.
package enum ForeignNames {
    /// Ours, the first that there is: below `*` stands a key of the run's algorithm.
    private static let keys: [(ours: [String], theirs: [String])] = [
        (["*.discount"], ["gamma", "discount", "discount_factor"]),
        (["*.lambda"], ["gae_lambda", "lambda_", "lambda", "td_lambda", "q_lambda"]),
        (["optimizer.learning_rate"], ["lr", "learning_rate", "alpha", "policy_lr", "q_lr", "actor_lr", "critic_lr"]),
        (
            ["*.entropy_cost", "*.temperature"],
            ["ent_coef", "entropy_coeff", "entropy_coef", "exploration_loss_coeff", "ent_cost", "initial_alpha"]
        ),
        (["*.target_entropy"], ["target_entropy", "target_entropy_scale"]),
        (["*.value_cost"], ["vf_coef", "vf_loss_coeff", "value_loss_coeff", "value_coef", "critic_coef"]),
        (["*.clip"], ["clip_range", "clip_param", "clip_coef", "ppo_clip_ratio", "clip_ratio"]),
        (["*.epochs"], ["n_epochs", "update_epochs", "num_epochs", "num_sgd_iter"]),
        (["*.minibatch_rows", "*.batch_rows", "batch.columns"], ["minibatch_size", "sgd_minibatch_size"]),
        (["*.batch_rows", "*.minibatch_rows", "batch.columns"], ["batch_size"]),
        (["batch.columns"], ["train_batch_size", "train_batch_size_per_learner", "num_minibatches", "num_batches_per_epoch"]),
        (
            ["acting.unroll_length"],
            ["n_steps", "num_steps", "rollout", "rollout_length", "rollout_fragment_length", "unroll_length", "nsteps"]
        ),
        (
            ["acting.environments_per_actor"],
            ["num_envs", "n_envs", "num_envs_per_worker", "num_envs_per_env_runner", "envs_per_actor"]
        ),
        (["train.actors"], ["num_workers", "num_env_runners", "num_rollout_workers", "n_workers", "actors"]),
        (
            ["frames"],
            ["total_timesteps", "timesteps", "train_for_env_steps", "timesteps_total", "num_env_steps_sampled_lifetime", "max_steps"]
        ),
        (["environment"], ["env", "env_id", "env_name", "game"]),
        (["algorithm"], ["algo", "alg"]),
        (["optimizer.clip_norm"], ["max_grad_norm", "grad_clip", "grad_clip_norm", "max_grad_norm_clip"]),
        (["optimizer.horizon"], ["anneal_lr", "lr_schedule", "lr_schedule_kl_threshold"]),
        (["*.replay_steps"], ["buffer_size", "replay_buffer_size", "replay_capacity"]),
        (["*.learning_starts"], ["learning_starts", "num_steps_sampled_before_learning_starts"]),
        (["*.updates_per_frame"], ["train_freq", "train_frequency", "gradient_steps", "policy_frequency", "training_intensity"]),
        (["*.target_share"], ["tau", "polyak"]),
        (["*.target_every"], ["target_network_frequency", "target_update_interval", "target_network_update_freq"]),
        (["*.epsilon_frames"], ["exploration_fraction", "epsilon_timesteps"]),
        (["*.epsilon_start"], ["start_e", "exploration_initial_eps", "initial_epsilon"]),
        (["*.epsilon_end"], ["end_e", "exploration_final_eps", "final_epsilon"]),
        (["*.normalize_advantages"], ["normalize_advantage", "norm_adv"]),
        (["*.normalize_returns"], ["normalize_returns", "norm_reward", "normalize_reward"]),
        (["model.normalize_observations"], ["normalize_input", "norm_obs", "normalize_observations", "observation_filter"]),
        (["*.reward_scale"], ["reward_scale", "reward_scaling"]),
        (["model.encoder"], ["net_arch", "fcnet_hiddens", "encoder_mlp_layers", "hidden_size", "hidden_sizes", "policy_kwargs"]),
        (["model.activation"], ["activation_fn", "nonlinearity", "fcnet_activation"]),
        (["model.core"], ["use_rnn", "use_lstm", "rnn_type"]),
        (["model.core_width"], ["rnn_size", "lstm_cell_size"]),
        (["model.frame_stack"], ["frame_stack", "env_framestack", "framestack"]),
        (["batch.max_policy_lag"], ["max_policy_lag", "max_requests_in_flight_per_env_runner"]),
        (["evaluation.every"], ["eval_freq", "evaluation_interval", "eval_every", "eval_interval"]),
        (["evaluation.episodes"], ["n_eval_episodes", "evaluation_duration", "eval_episodes"]),
        (["goal.return"], ["target_reward", "reward_threshold", "episode_reward_mean"]),
        (["checkpoint.seconds"], ["save_freq", "checkpoint_frequency", "save_every_sec"]),
    ]

    /// What is no key here, and what there is instead: the rest of a sentence that begins with the name.
    private static let answers: [(theirs: [String], answer: String)] = [
        (
            ["device", "cuda", "use_gpu", "num_gpus", "torch_device"],
            "has no counterpart: everything runs on the machine's cores, for there is no GPU yet"
        ),
        (
            ["track", "wandb", "with_wandb", "wandb_project_name", "tensorboard_log", "log_dir"],
            "isn't needed: a run directory has TensorBoard's files, in tensorboard/, which Weights & Biases and others import"
        ),
        (["capture_video", "save_video", "record_video"], "is a command of its own: play RUN --record FILE.gif"),
        (["verbose", "log_level", "debug"], "is --log-level here"),
    ]

    /// Options of `train` that say the same as a key.
    private static let options = [
        "frames": "--frames 1e6", "train.actors": "--actors", "acting.environments_per_actor": "--envs-per-actor",
        "environment": "a recipe's name, or --set environment=NAME",
    ]

    /// What a name of others is here; nil when it is none.
    /// - Parameter algorithm: of the run.
    package static func key<Root>(for name: String, algorithm: String, among keys: KeyTable<Root>) -> String? {
        let word = normal(name)
        for (ours, theirs) in Self.keys where theirs.contains(word) {
            let named = ours.map { $0.hasPrefix("*") ? algorithm + $0.dropFirst() : $0 }
            if let key = named.first(where: { keys[$0] != nil }) { return key }
        }
        return nil
    }

    /// What a command line of others means here, as a sentence; nil where no word of it is known.
    /// - Parameter arguments: of `train`, among which none is an option of ours.
    package static func hint<Root>(forOptions arguments: some Sequence<String>, algorithm: String, among keys: KeyTable<Root>) -> String? {
        for argument in arguments where argument.hasPrefix("--") {
            let name = String(argument.dropFirst(2).prefix { $0 != "=" })
            guard let key = key(for: name, algorithm: algorithm, among: keys) else {
                if let answer = answer(for: name) { return "--\(name) \(answer)" }
                continue
            }
            return "--\(name) is \(options[key] ?? "--set \(key)=VALUE") here"
        }
        return nil
    }

    private static func answer(for name: String) -> String? {
        let word = normal(name)
        return answers.first { $0.theirs.contains(word) }?.answer
    }

    private static func normal(_ name: String) -> String {
        // Within a section of theirs, too: `env.num_envs`.
        let word = name.split(separator: ".").last.map(String.init) ?? name
        return String(word.lowercased().map { $0 == "-" ? "_" : $0 })
    }
}

extension RunSettings {
    /// An error of a name that others have for one of our keys, with that.
    func explained(_ error: ConfigurationError, of settings: [Setting]) -> ConfigurationError {
        guard error.code == .unknownName else { return error }
        let named = settings.last { $0.name == "algorithm" }?.value.description
        let keys = self.keys
        for setting in settings where keys[setting.name] == nil && error.message.contains("unknown key \"\(setting.name)\"") {
            guard let key = ForeignNames.key(for: setting.name, algorithm: named ?? algorithm, among: keys) else { continue }
            return ConfigurationError(
                .unknownName, "\(setting.place): unknown key \"\(setting.name)\"; did you mean \"\(key)\"?", choices: error.choices,
                listing: error.listing)
        }
        return error
    }
}
