public import StarlingConfiguration
import StarlingExperience

extension Key {
    /// Names of modules: `[encoder, policy]`. As in older recipes `true` is the encoder, and `false` none.
    fileprivate static func modules(
        _ name: String, _ path: any WritableKeyPath<Root, [String]> & Sendable, _ reason: String
    ) -> Key {
        Key(
            name: name, reason: reason, allowed: "a list of modules, true for the encoder, or false",
            store: { value, root in
                switch value {
                case .scalar(let scalar) where scalar.text == "false": root[keyPath: path] = []
                case .scalar(let scalar) where scalar.text == "true": root[keyPath: path] = ["encoder"]
                case .scalar(let scalar): root[keyPath: path] = [scalar.text]
                case .list(let scalars): root[keyPath: path] = scalars.map(\.text)
                }
                return true
            },
            print: { "[" + $0[keyPath: path].joined(separator: ", ") + "]" })
    }
}

extension LatentSettings {
    /// The section `latent` of recipes.
    public static let keys = KeyTable<Self>([
        .choice(
            "representation", \.representation,
            """
            What trains the latent beside the policy. vae: sampled, decoder and KL term; rae: deterministic, with ½‖z‖² in place \
            of the KL; predict: deterministic, no decoder: it tells the latents, rewards and endings of the steps to come; vae_predict: \
            both; none: nothing does.
            """),
        .choice(
            "encoder_grad", \.encoderGradient,
            "Whose gradients reach the encoder besides the representation's own: all, critic (the value's) or vae_only (nobody's)."),
        .modules(
            "frozen", \.frozen,
            "Modules that stay as they began, which --from gives: encoder (and what normalises observations), decoder, core, policy, value, …."
        ),
        .number("lambda_vae", \.vaeCost, in: 0...1e6, "Weight of −ELBO/D beside the policy's losses."),
        .number("beta", \.klWeight, in: 0...1e6, "Weight of the KL term within −ELBO."),
        .number("warmup", \.klWarmup, in: 0...1, "Share of optimizer.horizon over which beta rises from 0."),
        .number("free_nats", \.freeNats, in: 0...1e3, "KL per latent, in nats, that costs nothing."),
        .number(
            "vae_replay", \.replayShare, in: 0...0.95,
            "Share of the autoencoder's observations drawn from a reservoir of the whole run; 0 = the batch alone."),
        .integer(
            "vae_replay_bytes", \.replayByteCount, in: 1 << 20...1 << 40,
            "Bytes of the reservoir, which holds at most 32,768 observations; every checkpoint stores them."),
        .number("lambda_predict", \.predictionCost, in: 0...1e6, "Weight of the prediction's loss beside the policy's losses."),
        .number(
            "predict_ending_cost", \.predictionEndingCost, in: 0...1e6,
            "Weight of rewards and endings beside the latents that are predicted: 1 where something is planned or dreamt by them."),
        .integer("predict_steps", \.predictionSteps, in: 1...64, "Steps that a prediction looks ahead, within an unroll."),
        .integers("predict_hidden", \.predictionHidden, in: 1...65_536, "Widths of the hidden layers of the heads that predict."),
        .integer(
            "predict_members", \.predictionMembers, in: 1...ModelSpec.Dynamics.memberLimit,
            "Heads that tell the next latent, each by itself."),
        .integer(
            "predict_outcomes", \.predictionOutcomes, in: 1...ModelSpec.Dynamics.outcomeLimit,
            "Things that a step can lead to, each with its latent, reward, ending and probability: where chance has a say, more than 1."),
        .number(
            "predict_target_share", \.targetShare, in: 0...1,
            "How far the encoder that gives predictions their targets follows the encoder at each step; 1 = it is the encoder itself."),
    ])
}
