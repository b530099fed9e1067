import StarlingConfiguration
import StarlingExperience

extension RunSettings.Model {
    static let keys =
        KeyTable<Self>([
            .integers(
                "encoder", \.encoder, in: 1...65_536,
                "Widths of the hidden layers from observation to latent, behind convolutions or residual sections."),
            Key<[Int]>.integers(
                "decoder", \.self, in: 1...65_536,
                "Widths of the hidden layers from latent to observation; mirror: the encoder backwards, convolutions and all."
            ).optional("mirror", at: \.decoder, from: []),
            encodersKey,
            .integers(
                "joined", \.joined, in: 1...65_536,
                """
                Widths of the hidden layers behind the encoders of observations of several parts, which see what these give side by side; \
                mirrored before their decoders.
                """),
            .integers("policy", \.policy, in: 1...65_536, "Widths of the hidden layers between latent and logits, or means and log σ."),
            .integers("value", \.value, in: 1...65_536, "Widths of the hidden layers between latent and value."),
            .choice(
                "value_head", \.valueHead,
                """
                What V(z) is: scalar: a number, trained by its squared error; a distribution over bins, trained by cross-entropy, of which \
                V is the mean: two_hot, bins even in the symlog of returns, or hl_gauss, even bins and a Normal of 0.75 of a bin about each \
                return. Cross-entropy is of one size whatever the returns are: it wants a value_cost of about 1.
                """),
            .integer("value_bins", \.valueBinCount, in: 3...ModelSpec.ValueBins.countLimit, "Bins of V(z), an odd number."),
            Key<Float>.number(
                "value_limit", \.self, in: 1e-3...1e9,
                """
                Range ± of the bins: of hl_gauss the largest |return|, as scaled by the algorithm; of two_hot its symlog, for which auto \
                is 20.
                """
            ).optional("auto", at: \.valueLimit, from: 20),
            .boolean(
                "normalize_heads", \.normalizesHeads, "Whether hidden layers of policy and value have a LayerNorm before their activation."),
            .choice("activation", \.activation, "Of every hidden layer."),
            .integer("latent", \.latentCount, in: 1...65_536, "Size Z of the latent."),
            .optionalInteger(
                "latent_classes", \.latentClasses, in: 2...65_536,
                """
                Classes of each categorical variable of the latent, which are Z through this many; 16 with a latent of 256 are 16 variables. \
                null: the latent is numbers.
                """),
            .choice(
                "core", \.core,
                "Memory between the steps of an episode, of which the heads see the output beside the latent: none, gru or lstm."),
            .integer("core_width", \.coreWidth, in: 1...65_536, "Units H of the core."),
            .integer(
                "frame_stack", \.frameStack, in: 1...ModelSpec.frameStackLimit,
                "Frames that the encoder sees at a time, the newest and those before it; the wire carries each once."),
            .optionalInteger(
                "embedding", \.embedding, in: 1...65_536,
                """
                Width of the embeddings that the encoder begins with, where the numbers of an observation are ids, as words are; null: \
                they are quantities.
                """),
            .choice(
                "likelihood", \.likelihood,
                """
                p(o|z): normal for scaled vectors and images, sigmoid_normal for images in 0…1 with a mean that stays there, \
                bernoulli for binary planes.
                """),
            Key<Float>.number(
                "variance", \.self, in: 1e-4...1e4,
                """
                σ² of the normal likelihoods, of scaled observations. learned: the mean squared error, of a vector scalar by scalar, of \
                an image one for all; then all that varies is worth being explained, and beta is 1.
                """
            ).optional("learned", at: \.variance, from: 1),
            .choice(
                "prior", \.prior,
                "p(z) that the KL term pulls to: standard: N(0, 1); learned: of each latent the mean and deviation that the encoder gives."),
            .numbers(
                "observation_scale", \.observationScale, in: 1e-6...1e9,
                "Divides the observation, scalar by scalar; one number (255 for images) divides all, none leaves it."),
            Key<Bool>.boolean(
                "normalize_observations", \.self,
                """
                Whether a running mean and deviation of each scalar normalise observations, behind observation_scale; within ±10. \
                auto: where the likelihood is normal and there is no observation_scale.
                """
            ).optional("auto", at: \.normalizesObservations, from: false),
            .choice(
                "action_distribution", \.actionDistribution,
                "π of continuous actions: gaussian, cut off at the bounds on the way out, or tanh_gaussian, which stays within."),
        ])
        + Convolutions.keys.nested(under: "convolutions", at: \.convolutions)
        + Residual.keys.nested(under: "residual", at: \.residual)
        + Deconvolutions.keys.nested(under: "deconvolutions", at: \.deconvolutions)
}

extension RunSettings.Model.Convolutions {
    static let keys = KeyTable<Self>([
        .integers(
            "channels", \.channels, in: 1...65_536,
            "Channels of each convolution of an observation [C, H, W]; none: fully connected layers only."),
        .integers("kernels", \.kernels, in: 1...256, "Side of each kernel; one number is for all."),
        .integers("strides", \.strides, in: 1...256, "Stride of each; one number is for all."),
        .integers("paddings", \.paddings, in: 0...256, "Zeros around each image; one number is for all."),
    ])
}

extension RunSettings.Model.Residual {
    static let keys = KeyTable<Self>([
        .integers(
            "channels", \.channels, in: 1...65_536,
            "Channels of each residual section of IMPALA's deep encoder, which halves the image; the paper's: [16, 32, 32]."),
        .integers("blocks", \.blocks, in: 0...64, "Residual blocks of each; one number is for all."),
    ])
}

extension RunSettings.Model.Deconvolutions {
    static let keys = KeyTable<Self>([
        .integers(
            "channels", \.channels, in: 1...65_536,
            "Channels of each transpose convolution of a decoder that is no mirror; the last gives the observation's."),
        .integers("image", \.image, in: 1...65_536, "[C, H, W] of what the first of them starts from."),
        .boolean("linear_image", \.isImageLinear, "Whether that image has no activation."),
        .integers("kernels", \.kernels, in: 1...256, "Side of each kernel; one number is for all."),
        .integers("strides", \.strides, in: 1...256, "Stride of each; one number is for all."),
        .integers("paddings", \.paddings, in: 0...256, "Padding of each, which takes away; one number is for all."),
        .integers(
            "output_paddings", \.outputPaddings, in: 0...255,
            "Rows and columns that each adds at the far sides; one number is for all."),
    ])
}
