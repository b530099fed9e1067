public import StarlingExperience

// Models of published work, for tests, benches and as starting points. Heads are linear; observations are bytes.

extension ModelSpec {
    /// The ConvVAE of World Models (Ha & Schmidhuber 2018) for 64 × 64 × 3, 4,348,547 parameters without the heads: Σ(x−x̂)²
    /// is a Normal of variance ½.
    public static let worldModels = ModelSpec(
        encoder: .convolutional([32, 64, 128, 256].map { Convolution($0, kernel: 4, stride: 2) }, dense: []),
        decoder: .transposeConvolutional(
            dense: [], image: Image(channels: 1024, height: 1, width: 1),
            [
                TransposeConvolution(128, kernel: 5, stride: 2), TransposeConvolution(64, kernel: 5, stride: 2),
                TransposeConvolution(32, kernel: 6, stride: 2), TransposeConvolution(3, kernel: 6, stride: 2),
            ], isImageLinear: true),
        policy: .dense([]), value: .dense([]), activation: .relu, latentCount: 32,
        likelihood: .normal(variance: 0.5, mean: .sigmoid), representation: .vae, observationScale: [255])

    /// The encoder of the Nature DQN (Mnih et al. 2015) for 84 × 84 × 4 and its mirror image.
    public static let nature = mirrored(
        [
            Convolution(32, kernel: 8, stride: 4), Convolution(64, kernel: 4, stride: 2),
            Convolution(64, kernel: 3, stride: 1),
        ], dense: [512])

    /// The shallow encoder of IMPALA (Espeholt et al. 2018) without its LSTM, for 84 × 84 × 4, and its mirror image.
    public static let impalaShallow = mirrored(
        [Convolution(16, kernel: 8, stride: 4), Convolution(32, kernel: 4, stride: 2)], dense: [256])

    /// The shallow network of IMPALA with its LSTM of 256, which reads z here, and without its last action and reward.
    public static let impalaShallowLSTM = {
        var model = impalaShallow
        model.core = .lstm(256)
        return model
    }()

    /// The deep residual encoder of IMPALA (Espeholt et al. 2018, fig. 3 right) without its LSTM, for 84 × 84 × 4, and its mirror
    /// image; 2,206,948 parameters without the heads.
    public static let impalaDeep = {
        var model = impalaShallow
        model.encoder = .residual([ResidualSection(16), ResidualSection(32), ResidualSection(32)], dense: [256])
        return model
    }()

    /// The network of MinAtar (Young & Tian 2019) for binary 10 × 10 × C and its mirror image.
    public static let minAtar = {
        var model = mirrored([Convolution(16, kernel: 3)], dense: [128])
        model.likelihood = .bernoulli
        model.observationScale = []
        return model
    }()

    /// The same with memory as wide as its hidden layer.
    public static let minAtarGRU = {
        var model = minAtar
        model.core = .gru(128)
        return model
    }()

    private static func mirrored(_ convolutions: [Convolution], dense: [Int]) -> ModelSpec {
        ModelSpec(
            encoder: .convolutional(convolutions, dense: dense), decoder: .mirrored, policy: .dense([]),
            value: .dense([]), activation: .relu, latentCount: 32, likelihood: .normal(variance: 0.1),
            representation: .vae, observationScale: [255])
    }
}
