import StarlingConfiguration
import StarlingEnvironments
import StarlingExperience
import StarlingLearning
import Testing

/// Keys that are set and can do nothing.
@Suite struct SettingsWarningsTests {
    private func warnings(_ assignments: String..., environment: String = "CartPole-v1") throws -> [String] {
        var settings = RunSettings()
        try settings.apply(assignments: assignments)
        return settings.warnings(environment: try EnvironmentRegistry.builtIn.entry(named: environment).spec)
    }

    @Test(arguments: [
        (
            ["model.action_distribution=tanh_gaussian"],
            "model.action_distribution: tanh_gaussian has no effect: the environment's actions are discrete"
        ),
        (
            ["model.normalize_heads=true", "model.value=[]"],
            "model.normalize_heads: true has no effect: model.policy and model.value have no hidden layers"
        ),
        (
            ["latent.representation=rae", "model.prior=learned"],
            "model.prior: learned has no effect: latent.representation is neither vae nor vae_predict, so there is no prior"
        ),
        (
            ["algorithm=vtrace", "ppo.discount=0.9"],
            "ppo.discount: 0.9 has no effect: the algorithm is vtrace; its own is vtrace.discount"
        ),
        (["algorithm=vtrace", "dqn.double=false"], "dqn.double: false has no effect: the algorithm is vtrace"),
        (["model.value_bins=51"], "model.value_bins: 51 has no effect: model.value_head is scalar"),
        (["acting.epsilon=0.2"], "acting.epsilon: 0.2 has no effect: actors don't act by the rule epsilon"),
        (
            ["acting.rule=epsilon", "acting.temperature=2"],
            "acting.temperature: 2.0 has no effect: actors don't act by the rule boltzmann"
        ),
        (["model.core_width=128"], "model.core_width: 128 has no effect: model.core is none"),
        (
            ["latent.representation=none", "latent.beta=0.5"],
            "latent.beta: 0.5 has no effect: latent.representation has no decoder, so there is no ELBO"
        ),
        (
            ["latent.representation=predict", "model.likelihood=bernoulli"],
            "model.likelihood: bernoulli has no effect: latent.representation has no decoder, so there is no ELBO"
        ),
        (["latent.predict_steps=3"], "latent.predict_steps: 3 has no effect: latent.representation is neither predict nor vae_predict"),
        (
            ["latent.lambda_vae=0", "latent.beta=0.5"],
            "latent.beta: 0.5 has no effect: latent.lambda_vae is 0, so the autoencoder is not trained"
        ),
        (["optimizer.horizon=1000", "latent.beta=0", "latent.free_nats=1"], "latent.free_nats: 1.0 has no effect: latent.beta is 0"),
        (
            ["model.likelihood=bernoulli", "model.variance=1"],
            "model.variance: 1.0 has no effect: model.likelihood is bernoulli, which has none"
        ),
        (["model.convolutions.kernels=5"], "model.convolutions.kernels: [5] has no effect: model.convolutions.channels is empty"),
        (["model.residual.blocks=1"], "model.residual.blocks: [1] has no effect: model.residual.channels is empty"),
        (["model.deconvolutions.strides=2"], "model.deconvolutions.strides: [2] has no effect: model.deconvolutions.channels is empty"),
        (["latent.vae_replay_bytes=2000000"], "latent.vae_replay_bytes: 2000000 has no effect: latent.vae_replay is 0"),
        (["optimizer.final_share=0.5"], "optimizer.final_share: 0.5 has no effect: optimizer.horizon is 0, so there are no schedules"),
        (["goal.margin=5"], "goal.margin: 5.0 has no effect: goal.return is none"),
        (["journal.sync=none", "journal.bytes=2000000"], "journal.bytes: 2000000 has no effect: journal.sync is none"),
        (
            ["latent.representation=none", "latent.encoder_grad=vae_only"],
            "latent.encoder_grad is vae_only and nothing else trains the encoder: it stays as it began"
        ),
    ])
    func whatCanDoNothingIsTold(assignments: [String], line: String) throws {
        var settings = RunSettings()
        try settings.apply(assignments: assignments)
        #expect(settings.warnings(environment: try EnvironmentRegistry.builtIn.entry(named: "CartPole-v1").spec) == [line])
    }

    @Test func whatWorksIsNot() throws {
        #expect(try warnings() == [])
        #expect(try warnings("model.normalize_observations=true", "model.normalize_heads=true", "model.value=[8]") == [])
        #expect(try warnings("model.normalize_observations=true", environment: "CartPole-pixels") == [])
        #expect(try warnings("model.action_distribution=tanh_gaussian", environment: "Pendulum-v1") == [])
        #expect(try warnings("model.core=gru", "model.core_width=128", "latent.vae_replay=0.5", "latent.vae_replay_bytes=2000000") == [])
    }

    @Test func keysOfOneCauseShareALine() throws {
        let lines = try warnings("latent.representation=none", "model.decoder=[8]", "latent.vae_replay=0.5")
        #expect(
            lines == [
                "model.decoder: [8], latent.vae_replay: 0.5 have no effect: latent.representation has no decoder, so there is no ELBO"
            ])
    }
}
