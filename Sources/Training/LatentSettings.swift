/// Weights and switches of the autoencoder's part in the joint objective, the same for every algorithm.
public struct LatentSettings: Hashable, Sendable {
    /// Whose gradients reach the encoder besides the autoencoder's own.
    public enum EncoderGradient: String, CaseIterable, Sendable {
        case all, critic
        case vaeOnly = "vae_only"
    }

    public var encoderGradient: EncoderGradient = .all
    /// Weight λ of −ELBO/D in the loss.
    public var vaeCost: Float = 0.5
    /// Weight β of the KL term within −ELBO, after the warm-up.
    public var klWeight: Float = 1
    /// Share of the horizon over which β rises from 0.
    public var klWarmup: Float = 0
    /// KL per latent, in nats, below which there is no pressure.
    public var freeNats: Float = 0
    /// Share of the autoencoder's observations that come from the reservoir, in 0 ..< 1.
    public var replayShare: Float = 0
    /// Bytes that the reservoir holds at most.
    public var replayByteCount = 256 << 20

    public init() {}

    /// β at a share of the horizon in 0 ... 1.
    public func klWeight(at progress: Float) -> Float {
        klWarmup > 0 ? klWeight * min(1, progress / klWarmup) : klWeight
    }
}
