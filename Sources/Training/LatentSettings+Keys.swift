public import StarlingConfiguration

extension LatentSettings {
    public static let keys = KeyTable<Self>([
        .choice(
            "encoder_grad", \.encoderGradient,
            "Whose gradients reach the encoder besides the autoencoder's: all, critic (the value's) or vae_only."),
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
    ])
}
