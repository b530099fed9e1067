/// The latent policy as data: encoder → z → heads, and the decoder. The learner sends it to every actor,
/// so a changed model never touches an actor machine. Shapes of observation and action come from `EnvironmentSpec`.
public struct ModelSpec: Hashable, Sendable {
    public enum Trunk: Hashable, Sendable {
        /// Fully connected layers of these widths.
        case dense([Int])
    }

    public enum Activation: UInt8, Hashable, Sendable, CaseIterable {
        case relu = 0
        case tanh = 1
    }

    /// p(o|z), the decoder's distribution.
    public enum Likelihood: Hashable, Sendable {
        /// Independent Normal of this fixed variance σ².
        case normal(variance: Float)
        /// Independent Bernoulli, the decoder gives logits.
        case bernoulli
    }

    /// What stands between observation and heads.
    public enum Autoencoder: UInt8, Hashable, Sendable, CaseIterable {
        /// Stochastic latent with a KL term.
        case vae = 0
        /// Deterministic latent with ½‖z‖² in place of the KL term.
        case rae = 1
        /// No decoder; encoder trained by the policy alone.
        case none = 2
    }

    public var encoder: Trunk
    /// Hidden layers from z back to the observation.
    public var decoder: Trunk
    /// Hidden layers between z and the policy's logits; may be empty.
    public var policy: Trunk
    /// Hidden layers between z and the value; may be empty.
    public var value: Trunk
    public var activation: Activation
    /// Size `Z` of the latent.
    public var latentCount: Int
    public var likelihood: Likelihood
    public var autoencoder: Autoencoder
    /// Each observation scalar is divided by its entry (one entry: by that; empty: by 1) before the encoder.
    public var observationScale: [Float]

    public init(
        encoder: Trunk, decoder: Trunk, policy: Trunk, value: Trunk, activation: Activation, latentCount: Int,
        likelihood: Likelihood, autoencoder: Autoencoder, observationScale: [Float]
    ) {
        self.encoder = encoder
        self.decoder = decoder
        self.policy = policy
        self.value = value
        self.activation = activation
        self.latentCount = latentCount
        self.likelihood = likelihood
        self.autoencoder = autoencoder
        self.observationScale = observationScale
    }
}
