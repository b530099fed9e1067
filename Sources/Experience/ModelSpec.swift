/// The latent policy as data: encoder → z → heads, and the decoder. The learner sends it to every actor,
/// so a changed model never touches an actor machine. Shapes of observation and action come from `EnvironmentSpec`.
public struct ModelSpec: Hashable, Sendable {
    public enum Trunk: Hashable, Sendable {
        /// Fully connected layers of these widths.
        case dense([Int])
        /// For encoders: convolutions of an observation `[C, H, W]`, then fully connected layers of these widths.
        case convolutional([Convolution], dense: [Int])
        /// For decoders: fully connected layers of these widths, one more that gives an image, transpose convolutions.
        /// The last of them ends the decoder, so its image has the observation's shape. Where `isImageLinear`, no
        /// activation stands before the first of them.
        case transposeConvolutional(dense: [Int], image: Image, [TransposeConvolution], isImageLinear: Bool = false)
        /// For decoders: the encoder backwards.
        case mirrored
        /// For encoders: residual sections of an observation `[C, H, W]`, an activation, then fully connected layers of these
        /// widths. For decoders: fully connected layers of these widths, one more that gives an image and has no activation,
        /// residual sections backwards, listed in the order in which they run; the last gives the observation.
        case residual([ResidualSection], dense: [Int])
    }

    public enum Activation: UInt8, Hashable, Sendable, CaseIterable {
        case relu = 0
        case tanh = 1
    }

    /// p(o|z), the decoder's distribution.
    public enum Likelihood: Hashable, Sendable {
        /// Where the mean of a Normal comes from.
        public enum Mean: UInt8, Hashable, Sendable, CaseIterable {
            /// It is what the decoder's last layer gives.
            case linear = 0
            /// The last layer's sigmoid, for images in 0…1.
            case sigmoid = 1
        }

        /// Independent Normal of this fixed variance σ².
        case normal(variance: Float, mean: Mean = .linear)
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
