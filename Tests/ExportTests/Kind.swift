import StarlingAlgorithms
import StarlingExperience
import StarlingLatentPolicy
import Testing

/// A kind of model that can leave: each has layers, heads or inputs that the others lack.
struct Kind: Sendable, CustomTestStringConvertible {
    let name: String
    let policy: LatentPolicy
    var values: ActionValues?
    /// Observations that the file is tried on.
    var rows = 10_000

    var testDescription: String { name }

    init(
        _ name: String, _ observation: ObservationSpec = ObservationSpec(shape: [4]), _ action: ActionSpec = .discrete(3),
        masks: Bool = false, values: ActionValues? = nil, limit: Float = EnvironmentSpec.usualLimit, from model: ModelSpec = Self.dense,
        _ change: (inout ModelSpec) -> Void = { _ in }
    ) {
        self.name = name
        self.values = values
        var model = model
        change(&model)
        policy = LatentPolicy(
            model: model,
            environment: EnvironmentSpec(
                name: name, observation: observation, action: action, observationLimit: limit, masksActions: masks))
    }

    static let dense = ModelSpec(
        encoder: .dense([32, 24]), decoder: .mirrored, policy: .dense([]), value: .dense([16]), activation: .relu, latentCount: 6,
        likelihood: .normal(variance: 0.1), representation: .vae, observationScale: [])

    static func image(_ shape: Int...) -> ObservationSpec { ObservationSpec(shape: shape, scalar: .uint8) }

    static let parts = ObservationSpec(parts: [
        .init("camera", [3, 16, 16], .uint8), .init("arm.joints", [5]), .init("contacts", [3], .uint8), .init("goal", [2]),
    ])

    /// Of these parts, in the order in which they lie.
    static let branches = [
        ModelSpec.Branch("arm.joints", encoder: .dense([16]), scale: 2, isNormalized: true, likelihood: .normal(variance: .learned)),
        .init("goal", encoder: .dense([]), likelihood: .normal(variance: 0.1)),
        .init(
            "camera", encoder: .convolutional([.init(6, kernel: 4, stride: 2), .init(8, kernel: 3, stride: 2)], dense: [20]), scale: 255,
            likelihood: .normal(variance: .learned, mean: .sigmoid)),
        .init("contacts", encoder: .dense([4]), likelihood: .bernoulli),
    ]

    static let all: [Kind] = [
        Kind("dense"),
        Kind("dense tanh, normalised, a stack of three, a scale each") {
            ($0.activation, $0.normalizesObservations, $0.frameStack) = (.tanh, true, 3)
            $0.observationScale = [2.4, 3, 0.21, 3]
        },
        Kind("convolutions", image(2, 9, 9)) {
            $0.encoder = .convolutional([.init(3, kernel: 3, stride: 2, padding: 1), .init(4, kernel: 2, stride: 2)], dense: [6])
            $0.observationScale = [255]
            $0.likelihood = .normal(variance: 0.1, mean: .sigmoid)
        },
        Kind("Nature, a stack of four", image(1, 40, 40), .discrete(6), from: .nature) { $0.frameStack = 4 },
        Kind("World Models", image(3, 64, 64), from: .worldModels),
        Kind("IMPALA, residual", image(2, 20, 12), .discrete(4), from: .impalaDeep) {
            $0.encoder = .residual([.init(8, blocks: 1), .init(12, blocks: 2)], dense: [32])
        },
        Kind("MinAtar, binary, GRU", image(4, 10, 10), .discrete(6), from: .minAtarGRU),
        Kind("GRU") { $0.core = .gru(12) },
        Kind("LSTM, normalised heads, a stack") {
            ($0.core, $0.normalizesHeads, $0.policy, $0.frameStack) = (.lstm(9), true, .dense([20, 10]), 2)
        },
        Kind("several choices", .init(shape: [7]), .multiDiscrete([3, 2, 5])),
        Kind("switches", .init(shape: [7]), .multiDiscrete([2, 2, 2, 2, 2])),
        Kind("Gaussian", .init(shape: [5]), .continuous(low: [-2, 0], high: [2, 1])) { $0.policy = .dense([16]) },
        Kind("tanh of a Gaussian", .init(shape: [5]), .continuous(low: [-2, 0, -0.5], high: [2, 1, 3])) {
            ($0.actionDistribution, $0.representation) = (.tanhGaussian, .rae)
        },
        Kind("masks", .init(shape: [6]), .discrete(9), masks: true),
        Kind("masks of several choices", .init(shape: [6]), .multiDiscrete([4, 3]), masks: true) { $0.core = .gru(5) },
        Kind("action values", values: ActionValues()),
        Kind("dueling action values, masked", .init(shape: [6]), .discrete(5), masks: true, values: ActionValues(isDueling: true)) {
            ($0.policy, $0.representation) = (.dense([12]), .none)
        },
        Kind("categorical latents") { ($0.latentCount, $0.latentClasses) = (32, 8) },
        Kind("ids", .init(shape: [7], scalar: .uint8), limit: 11) { ($0.embedding, $0.representation) = (5, .none) },
        Kind("parts, a stack", parts) {
            ($0.encoder, $0.branches, $0.frameStack) = (.dense([24]), branches, 2)
        },
        Kind("parts, LSTM, masks, several choices", parts, .multiDiscrete([3, 4]), masks: true) {
            ($0.encoder, $0.branches, $0.core) = (.dense([24]), branches, .lstm(7))
        },
        Kind("parts, a target, an input", parts) {
            ($0.encoder, $0.branches) = (.dense([24]), branches)
            ($0.branches[1].decoder, $0.branches[2].encoder, $0.branches[2].decoder) = (nil, nil, .dense([30]))
        },
        Kind("bins of values and a model to plan by") {
            ($0.valueBins, $0.dynamics, $0.representation) = (.init(.twoHot, count: 31, limit: 10), .init(hidden: [16]), .vaePredict)
        },
    ]
}
