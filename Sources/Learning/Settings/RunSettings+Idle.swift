import StarlingAlgorithms
import StarlingTraining
import StarlingConfiguration
package import StarlingExperience
import StarlingStorage

extension RunSettings {
    /// What is allowed and can hardly be meant, a line for each: keys that were given a value and do nothing beside the others,
    /// and an encoder that nothing trains.
    /// - Parameter isTrained: whether a module begins as a trained one.
    package func warnings(environment: EnvironmentSpec, isTrained: (String) -> Bool = { _ in false }) -> [String] {
        let defaults = RunSettings(algorithms: algorithms)
        let keys = self.keys
        let untrained =
            !isTrained("encoder") && latent.encoderGradient == .vaeOnly && !latent.trainsEncoder && !latent.isEncoderFrozen
            ? ["latent.encoder_grad is vae_only and nothing else trains the encoder: it stays as it began"] : []
        let frozen = latent.frozen.filter { !isTrained($0) }.map {
            "latent.frozen names \($0), and no --from gives it: what nothing trained stays as it began"
        }
        let beyond =
            latent.representation.predicts && latent.predictionSteps > acting.unrollLength
            ? ["latent.predict_steps is \(latent.predictionSteps), and an unroll has \(acting.unrollLength) steps: it looks no further"]
            : []
        let foreign = algorithms.entries.filter { $0.name != algorithm }.flatMap { other in
            other.keys.keys.filter { keys.text(of: $0.name, in: self) != keys.text(of: $0.name, in: defaults) }.map { key in
                let own = algorithm + key.name.dropFirst(other.name.count)
                let remedy = keys[own] == nil ? "" : "; its own is \(own)"
                return "\(key.name): \(keys.text(of: key.name, in: self)) has no effect: the algorithm is \(algorithm)\(remedy)"
            }
        }
        return untrained + frozen + beyond + foreign
            + Self.idleness.compactMap { rule in
                guard rule.holds(self, environment) else { return nil }
                let set = rule.keys.filter { keys.text(of: $0, in: self) != keys.text(of: $0, in: defaults) }
                guard !set.isEmpty else { return nil }
                let names = set.map { "\($0): \(keys.text(of: $0, in: self))" }.joined(separator: ", ")
                return "\(names) \(set.count == 1 ? "has" : "have") no effect: \(rule.cause)"
            }
    }

    /// What makes keys idle.
    private struct Idleness: Sendable {
        let keys: [String]
        let cause: String
        let holds: @Sendable (RunSettings, EnvironmentSpec) -> Bool

        init(_ keys: String..., because cause: String, holds: @escaping @Sendable (RunSettings, EnvironmentSpec) -> Bool) {
            (self.keys, self.cause, self.holds) = (keys, cause, holds)
        }
    }

    private static let idleness = [
        Idleness("model.action_distribution", because: "the environment's actions are discrete") {
            !$1.action.parts.isEmpty
        },
        Idleness("model.normalize_heads", because: "model.policy and model.value have no hidden layers") { settings, _ in
            settings.model.policy.isEmpty && settings.model.value.isEmpty
        },
        Idleness("model.value_bins", "model.value_limit", because: "model.value_head is scalar") { settings, _ in
            settings.model.valueHead == .scalar
        },
        Idleness("acting.epsilon", because: "actors don't act by the rule epsilon") { settings, _ in settings.actingRule != .epsilon },
        Idleness("acting.epsilon_spread", because: "actors don't act by the rule epsilon") { settings, _ in
            settings.actingRule != .epsilon
        },
        Idleness("acting.epsilon_spread", because: "an unroll has one environment") { settings, _ in
            settings.acting.environmentsPerUnroll == 1
        },
        Idleness("acting.temperature", because: "actors don't act by the rule boltzmann") { settings, _ in
            settings.actingRule != .boltzmann
        },
        Idleness("planning.acting", because: "planning.method is none") { settings, _ in settings.planning.method == .none },
        Idleness(
            "planning.simulations", "planning.considered", "planning.value_scale", because: "planning.method is not search"
        ) { settings, _ in settings.planning.method != .search },
        Idleness(
            "planning.horizon", "planning.candidates", "planning.elites", "planning.iterations", "planning.least_deviation",
            because: "planning.method is not cem"
        ) { settings, _ in settings.planning.method != .crossEntropy },
        Idleness("model.joined", because: "observations are one array") { $1.observation.parts.isEmpty },
        Idleness("model.core_width", because: "model.core is none") { settings, _ in settings.model.core == .none },
        Idleness(
            "model.decoder", "model.likelihood", "model.variance", "latent.lambda_vae", "latent.beta", "latent.warmup", "latent.free_nats",
            "latent.vae_replay", because: "latent.representation has no decoder, so there is no ELBO"
        ) { settings, _ in !settings.latent.representation.hasDecoder },
        Idleness(
            "latent.lambda_predict", "latent.predict_ending_cost", "latent.predict_members", "latent.predict_outcomes",
            "latent.predict_steps", "latent.predict_hidden", "latent.predict_target_share",
            because: "latent.representation is neither predict nor vae_predict"
        ) { settings, _ in !settings.latent.representation.predicts },
        Idleness(
            "latent.beta", "latent.warmup", "latent.free_nats", "latent.vae_replay",
            because: "latent.lambda_vae is 0, so the autoencoder is not trained"
        ) { settings, _ in settings.latent.representation.hasDecoder && settings.latent.vaeCost == 0 },
        Idleness("model.prior", because: "latent.representation is neither vae nor vae_predict, so there is no prior") { settings, _ in
            !settings.latent.representation.isVariational
        },
        Idleness("latent.warmup", "latent.free_nats", because: "latent.beta is 0") { settings, _ in
            settings.latent.representation.hasDecoder && settings.latent.vaeCost > 0 && settings.latent.klWeight == 0
        },
        Idleness("model.variance", because: "model.likelihood is bernoulli, which has none") { settings, _ in
            settings.latent.representation.hasDecoder && settings.model.likelihood == .bernoulli
        },
        Idleness(
            "model.convolutions.kernels", "model.convolutions.strides", "model.convolutions.paddings",
            because: "model.convolutions.channels is empty"
        ) { settings, _ in settings.model.convolutions.channels.isEmpty },
        Idleness("model.residual.blocks", because: "model.residual.channels is empty") { settings, _ in
            settings.model.residual.channels.isEmpty
        },
        Idleness(
            "model.deconvolutions.image", "model.deconvolutions.linear_image", "model.deconvolutions.kernels",
            "model.deconvolutions.strides", "model.deconvolutions.paddings", "model.deconvolutions.output_paddings",
            because: "model.deconvolutions.channels is empty"
        ) { settings, _ in settings.model.deconvolutions.channels.isEmpty },
        Idleness("latent.vae_replay_bytes", because: "latent.vae_replay is 0") { settings, _ in
            settings.latent.replayShare == 0
        },
        Idleness("latent.warmup", "optimizer.final_share", because: "optimizer.horizon is 0, so there are no schedules") {
            settings, _ in settings.optimizer.horizon == 0
        },
        Idleness("latent.encoder_grad", because: "latent.frozen names the encoder") { settings, _ in settings.latent.isEncoderFrozen },
        Idleness("cost.initial", "cost.rate", "cost.damping", "cost.window", "cost.largest", because: "cost.limit is none") { settings, _ in
            settings.cost.limit == nil
        },
        Idleness("goal.margin", because: "goal.return is none") { settings, _ in settings.goal.meanReturn == nil },
        Idleness("journal.bytes", because: "journal.sync is none") { settings, _ in settings.journal.sync == .none },
    ]
}
