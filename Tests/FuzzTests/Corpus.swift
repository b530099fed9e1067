import StarlingExperience
import StarlingMessages

/// Good inputs, to be made bad.
enum Corpus {
    static let vector = EnvironmentSpec(name: "v", observation: ObservationSpec(shape: [4]), action: .discrete(2))
    static let image = EnvironmentSpec(
        name: "i", observation: ObservationSpec(shape: [1, 8, 8], scalar: .uint8), action: .discrete(3))
    static let acting = ActingSpec(latentMode: .mean, unrollLength: 6, environmentsPerUnroll: 2)
    static let model = ModelSpec(
        encoder: .dense([8, 4]), decoder: .mirrored, policy: .dense([]), value: .dense([3]), activation: .relu,
        latentCount: 2, likelihood: .normal(variance: 0.25), representation: .vae, observationScale: [1, 2, 3, 4])
    static let pictures = ModelSpec(
        encoder: .convolutional([.init(4, kernel: 3, stride: 2, padding: 1)], dense: [8]), decoder: .mirrored,
        policy: .dense([]), value: .dense([]), activation: .tanh, latentCount: 2, likelihood: .bernoulli,
        representation: .vae, observationScale: [255], valueBins: ModelSpec.ValueBins(.twoHot, count: 5, limit: 3))
    static let version = ParameterVersion(generation: 2, update: 300)
    static let announcement = Announcement(version: version, digest: 77, byteCount: 600_000, tag: 78)
    static let status = SessionStatus(
        session: 2 << 32 | 1, acknowledgedThrough: 4, creditLimit: 1 << 20, newest: announcement, resendFrom: 5,
        invalidUnrolls: 2, lastFault: "a reward")
    static let counts = ActorCounts(produced: 9, sentThrough: 7, steps: 1000)

    static func assignment(_ spec: EnvironmentSpec, _ model: ModelSpec) -> Assignment {
        Assignment(
            run: "run", environment: spec, model: model, acting: acting, ordinal: 1, runSeed: 5, incarnation: 3,
            environmentsPerActor: 4)
    }

    static let actorMessages: [ActorMessage] = [
        .hello(
            Hello(
                protocolVersion: WireLimits.protocolVersion, build: "b", instance: "actor-ä", incarnation: 9, role: .act, run: 5,
                ordinal: 1, runBaseline: 2, firstUnacknowledged: 5, counts: counts, environments: [vector, image])),
        .experience(
            ExperienceHeader(
                session: 2 << 32 | 1, counts: counts,
                unroll: UnrollHeader(
                    sequence: 8, version: version, digest: 77, tag: 78, firstStep: 64, firstEnvironment: 2, noiseKey: 3,
                    episodes: [.init(episodeReturn: 1.5, length: 9), .init(episodeReturn: -2, length: 4)]),
                byteCount: 6144, checksum: 99, compressedByteCount: 500)),
        .skip(Skip(session: 2 << 32 | 1, through: 8, counts: counts)),
        .pull(Pull(session: 2 << 32 | 1, version: version, offset: 262_144, count: 262_144)),
        .ping(session: 2 << 32 | 1, counts),
        .evaluation(session: 2 << 32 | 1, EvaluationReport(identifier: 6, version: version, returns: [1, 2, 3.5])),
        .evaluationFailed(session: 2 << 32 | 1, EvaluationFailure(identifier: 6, reason: "it can't be")),
        .bye(session: 2 << 32 | 1, counts), .unable(session: 2 << 32 | 1, counts, reason: "no such core"),
    ]

    static let learnerMessages: [LearnerMessage] = [
        .welcome(
            Welcome(
                protocolVersion: WireLimits.protocolVersion, build: "b", run: 5, generation: 2,
                assignment: assignment(vector, model), status: status, compression: .auto)),
        .welcome(
            Welcome(
                protocolVersion: WireLimits.protocolVersion, build: "b", run: 5, generation: 2,
                assignment: assignment(image, pictures), status: status)),
        .refuse(Refusal(code: .differentEnvironment, reason: "it differs", remedy: "build it again")),
        .status(status), .weights(WeightsHeader(session: 2 << 32 | 1, of: announcement, offset: 262_144, count: 262_144)),
        .weightsGone(session: 2 << 32 | 1, version, newest: announcement),
        .evaluate(session: 2 << 32 | 1, EvaluationRequest(identifier: 6, version: version, episodes: 10, seed: 1), announcement),
        .bye(session: 2 << 32 | 1, .restarting), .handshakeRequest(session: 3),
    ]

    /// The messages as they are sent.
    static let actorBytes = actorMessages.map { $0.encoded() }
    static let learnerBytes = learnerMessages.map { $0.encoded() }

    /// As many episodes as end in a block.
    static func episodes(of view: UnrollView) -> [UnrollHeader.Episode] {
        view.kinds.filter { $0 == 1 || $0 == 2 }.map { _ in .init(episodeReturn: 1, length: 3) }
    }

    /// A block that passes all checks, actions equally likely.
    static func block(_ spec: EnvironmentSpec) -> [UInt8] {
        let layout = UnrollLayout(environment: spec, model: model, acting: acting)
        var bytes = [UInt8](repeating: 0, count: layout.byteCount)
        let logProbability: Float = layout.actionParameterCount == 2 ? -0.693_147_2 : -1.098_612_3
        bytes.withUnsafeMutableBytes { bytes in
            for step in 0..<layout.stepCount {
                bytes.storeBytes(of: Int32(step % 2), toByteOffset: layout.actionOffset + 4 * step, as: Int32.self)
                bytes.storeBytes(of: logProbability, toByteOffset: layout.logProbabilityOffset + 4 * step, as: Float.self)
            }
        }
        return bytes
    }
}
