/// The latent policy as data: encoder → z → (core →) heads, and the decoder. The learner sends it to every actor,
/// so a changed model never touches an actor machine. Shapes of observation and action come from `EnvironmentSpec`.
public struct ModelSpec: Hashable, Sendable {
    /// The layers of an encoder, a decoder or a head.
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

    /// Of hidden layers.
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

        /// σ² of a Normal.
        public enum Variance: Hashable, Sendable, ExpressibleByFloatLiteral {
            /// The same for every scalar.
            case fixed(Float)
            /// The one under which what was seen is likeliest, the mean squared error: of a vector scalar by scalar, of an image
            /// one for all (Rybkin et al. 2021, "Simple and effective VAE training with calibrated decoders").
            case learned

            public init(floatLiteral value: Float) { self = .fixed(value) }
        }

        /// Independent Normals.
        case normal(variance: Variance, mean: Mean = .linear)
        /// Independent Bernoulli, the decoder gives logits.
        case bernoulli
    }

    /// p(z), which the KL term pulls the latents to.
    public enum Prior: UInt8, Hashable, Sendable, CaseIterable {
        /// N(0, 1) for every latent.
        case standard = 0
        /// A Normal for every latent with the moments of what the encoder gives: the diagonal prior under which the KL term is
        /// smallest.
        case learned = 1
    }

    /// What z is, and what trains the encoder beside the policy.
    public enum Representation: UInt8, Hashable, Sendable, CaseIterable {
        /// A variational autoencoder: stochastic latent with a KL term.
        case vae = 0
        /// A regularised autoencoder: deterministic latent with ½‖z‖² in place of the KL term.
        case rae = 1
        /// No decoder: nothing but the policy's and the value's losses trains the encoder.
        case none = 2
        /// No decoder: a deterministic latent that tells the latents to come, rewards and endings.
        case predict = 3
        /// Both: a variational autoencoder whose mean tells what is to come.
        case vaePredict = 4

        /// Whether something comes back of a latent.
        public var hasDecoder: Bool { self == .vae || self == .rae || self == .vaePredict }
        /// Whether the latent has a distribution, and the loss a KL term.
        public var isVariational: Bool { self == .vae || self == .vaePredict }
        /// Whether the latent tells what is to come.
        public var predicts: Bool { self == .predict || self == .vaePredict }
    }

    /// π(·|z) of continuous actions: each number independent of the others, mean and log σ from the policy head. Both are on a
    /// unit scale: −1 … 1 stands for the bounds of the environment. Discrete actions are always categorical.
    public enum ActionDistribution: UInt8, Hashable, Sendable, CaseIterable {
        /// A Normal; what lies beyond −1 … 1 is cut off on the way to the environment only, so the policy's probabilities
        /// and entropy are those of the Normal. The default: its entropy has a closed form, and the bounds themselves can be
        /// reached, as many tasks' best play does.
        case gaussian = 0
        /// The hyperbolic tangent of a Normal, which never leaves −1 … 1.
        case tanhGaussian = 1
    }

    /// The recurrent layer between z and the heads, whose state is carried from step to step of an episode. It reads z, and the
    /// heads see z and its output side by side (Ha & Schmidhuber 2018, section 2.3); the autoencoder does not use it.
    public enum Core: Hashable, Sendable {
        /// No recurrent layer.
        case none
        /// A gated recurrent unit of this width, as PyTorch's `GRU`.
        case gru(Int)
        /// A long short-term memory of this width, as PyTorch's `LSTM`.
        case lstm(Int)

        /// Numbers `H` that it gives to the heads.
        public var width: Int {
            switch self {
            case .none: 0
            case .gru(let width), .lstm(let width): width
            }
        }

        /// Numbers `S` that travel from step to step: of an LSTM the hidden state, then the cell.
        public var stateCount: Int {
            switch self {
            case .none: 0
            case .gru(let width): width
            case .lstm(let width): 2 * width
            }
        }
    }

    /// Of observations of several parts what stands behind their branches, side by side: dense layers.
    public var encoder: Trunk
    /// Hidden layers from z back to the observation; of several parts those before their branches.
    public var decoder: Trunk
    /// Hidden layers between z, with the core's output, and the policy's logits; may be empty.
    public var policy: Trunk
    /// Hidden layers between z, with the core's output, and the value; may be empty.
    public var value: Trunk
    /// Of all hidden layers.
    public var activation: Activation
    /// Size `Z` of the latent.
    public var latentCount: Int
    /// Classes `C` of each of the `Z/C` categorical variables whose codes, one of C numbers 1, lie side by side in z (Hafner et al. 2021,
    /// "Mastering Atari with discrete world models"); nil: z is numbers.
    public var latentClasses: Int?
    /// p(o|z).
    public var likelihood: Likelihood
    /// What trains the latent besides the policy.
    public var representation: Representation
    /// Of a `vae`.
    public var prior: Prior
    /// Each observation scalar is divided by its entry (one entry: by that; empty: by 1) before the encoder; in a stack
    /// each frame's.
    public var observationScale: [Float]
    /// Of continuous actions.
    public var actionDistribution: ActionDistribution
    /// The recurrent layer.
    public var core: Core
    /// Frames `F` that the encoder sees: the newest and the F−1 before it, the oldest first. Environments and the wire
    /// know one frame.
    public var frameStack: Int
    /// Whether observations are normalised by running statistics that the learner keeps, scalar by scalar, behind
    /// `observationScale`; decoders then give normalised ones.
    public var normalizesObservations: Bool
    /// Whether the hidden layers of policy and value have a LayerNorm before their activation.
    public var normalizesHeads: Bool
    /// What V(z) is a distribution over; nil: the value head gives the number itself.
    public var valueBins: ValueBins?
    /// A model of what actions do to z that actors hold too, with the value head, to plan by; nil: they plan nothing.
    public var dynamics: Dynamics?
    /// Width `E` of the embeddings that the encoder begins with, where the numbers of an observation are ids, 0 up to the environment's
    /// observation limit; nil: they are quantities.
    public var embedding: Int?
    /// Of observations of several parts, in their order; each has then its own likelihood, scale and normalisation in the place of
    /// those above.
    public var branches: [Branch]

    public init(
        encoder: Trunk, decoder: Trunk, policy: Trunk, value: Trunk, activation: Activation, latentCount: Int,
        likelihood: Likelihood, representation: Representation, observationScale: [Float],
        actionDistribution: ActionDistribution = .gaussian, core: Core = .none, frameStack: Int = 1,
        normalizesObservations: Bool = false, normalizesHeads: Bool = false, prior: Prior = .standard,
        valueBins: ValueBins? = nil, dynamics: Dynamics? = nil, embedding: Int? = nil, latentClasses: Int? = nil,
        branches: [Branch] = []
    ) {
        self.encoder = encoder
        self.decoder = decoder
        self.policy = policy
        self.value = value
        self.activation = activation
        self.latentCount = latentCount
        self.likelihood = likelihood
        self.representation = representation
        self.observationScale = observationScale
        self.actionDistribution = actionDistribution
        self.core = core
        self.frameStack = frameStack
        self.normalizesObservations = normalizesObservations
        self.normalizesHeads = normalizesHeads
        self.prior = prior
        self.valueBins = valueBins
        self.dynamics = dynamics
        self.embedding = embedding
        self.latentClasses = latentClasses
        self.branches = branches
    }
}
