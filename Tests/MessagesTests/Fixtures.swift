import StarlingExperience
import StarlingMessages

let environment = EnvironmentSpec(
    name: "CartPole-v1", observation: ObservationSpec(shape: [4]), action: .discrete(2))
let image = EnvironmentSpec(
    name: "Catch", observation: ObservationSpec(shape: [1, 84, 84], scalar: .uint8), action: .discrete(3), playersAlternate: true)
let arm = EnvironmentSpec(
    name: "arm", observation: ObservationSpec(shape: [7]), action: .continuous(low: [-2, 0, -0.5], high: [2, 10, 0.25]))
/// Several parts, and masks.
let hands = EnvironmentSpec(
    name: "hands", observation: ObservationSpec(shape: [4]), action: .multiDiscrete([3, 1, 200]), masksActions: true,
    tellsCost: true)
let model = ModelSpec(
    encoder: .dense([64, 32]), decoder: .dense([32]), policy: .dense([]), value: .dense([16]), activation: .relu,
    latentCount: 8, likelihood: .normal(variance: 0.25), representation: .rae, observationScale: [1, 2, 3, 4],
    actionDistribution: .tanhGaussian, valueBins: ModelSpec.ValueBins(.hlGauss, count: 51, limit: 10))
let assignment = Assignment(
    run: "cartpole", environment: environment, model: model,
    acting: ActingSpec(latentMode: .noise, unrollLength: 16, environmentsPerUnroll: 8), ordinal: 3,
    runSeed: 0xFEDC_BA98_7654_3210, incarnation: 77, environmentsPerActor: 32)
let announcement = Announcement(
    version: ParameterVersion(generation: 2, update: 12_345), digest: 0x0123_4567_89AB_CDEF, byteCount: 99_999)
let status = SessionStatus(
    session: 2 << 32 | 5, acknowledgedThrough: 41, creditLimit: 1 << 33, newest: announcement, resendFrom: 42,
    pingSeconds: 7)
let experience = ExperienceHeader(
    session: 2 << 32 | 5, counts: ActorCounts(produced: 50, sentThrough: 42, steps: 6400),
    unroll: UnrollHeader(
        sequence: 42, version: ParameterVersion(generation: 2, update: 12_345), digest: 0x0123_4567_89AB_CDEF,
        firstStep: 656, firstEnvironment: 8, noiseKey: 0xAAAA_5555_AAAA_5555,
        episodes: [.init(episodeReturn: 200, length: 200), .init(episodeReturn: -1.5, length: 7)]),
    byteCount: 6144, checksum: 0xFFEE_DDCC_BBAA_9988)

/// A run whose rule has numbers.
let exploring = {
    var exploring = assignment
    exploring.acting.rule = .boltzmann
    exploring.acting.epsilonSpread = 7
    return exploring
}()

/// Runs whose actors plan.
let searching = {
    var searching = assignment
    searching.model.dynamics = ModelSpec.Dynamics(hidden: [32, 16], outcomes: 4)
    searching.acting.planning = PlanningSpec(
        .search(.init(simulations: 25, considered: 2, valueScale: 0.25)), discount: 0.875, isForEvaluation: true)
    return searching
}()
let rollingOut = {
    var rollingOut = assignment
    (rollingOut.environment, rollingOut.model.observationScale) = (arm, [])
    rollingOut.model.dynamics = ModelSpec.Dynamics(hidden: [], members: 3)
    (rollingOut.model.representation, rollingOut.model.latentClasses) = (.vaePredict, 4)
    let method = PlanningSpec.CrossEntropy(horizon: 7, candidates: 90, elites: 9, iterations: 4, leastDeviation: 0.125)
    rollingOut.acting.planning = PlanningSpec(.crossEntropy(method), discount: 0.5)
    return rollingOut
}()
let scalars = ActingScalars(epsilon: 0.25, temperature: 0.5)
let scheduled = {
    var scheduled = announcement
    scheduled.scalars = scalars
    return scheduled
}()
let measured = {
    var measured = experience
    for index in measured.unroll.episodes.indices { measured.unroll.episodes[index].measures = [.infinity, Float(index)] }
    return measured
}()
let explored = {
    var explored = experience
    explored.unroll.scalars = scalars
    return explored
}()

/// Observations of two parts.
let rover = EnvironmentSpec(
    name: "rover", observation: ObservationSpec(parts: [.init("eye.camera", [3, 8, 6], .uint8), .init("vector", [5])]),
    action: .discrete(3))
let roving = {
    var roving = assignment
    (roving.environment, roving.model.observationScale) = (rover, [])
    (roving.model.encoder, roving.model.decoder, roving.model.representation) = (.dense([16]), .mirrored, .vae)
    roving.model.branches = [
        .init("vector", encoder: .dense([7, 6]), isNormalized: true, likelihood: .normal(variance: .learned)),
        .init(
            "eye.camera", encoder: .convolutional([.init(4, kernel: 3)], dense: [8]), decoder: .dense([9]), scale: 255,
            likelihood: .normal(variance: 0.25, mean: .sigmoid), weight: 0.125),
    ]
    return roving
}()

/// Options of every kind.
let lander = {
    var options = EnvironmentOptions()
    for assignment in [
        "id=LunarLander-v3", "kwargs.gravity=-5.5", "kwargs.wind=true", "kwargs.deep.down=null", "steps=7", "wrappers=[A, 2]",
    ] {
        precondition(options.set(assignment: assignment))
    }
    return EnvironmentSpec(name: "gymnasium", observation: ObservationSpec(shape: [8]), action: .discrete(4), options: options)
}()
let landing = {
    var landing = assignment
    (landing.environment, landing.model.observationScale) = (lander, [])
    return landing
}()

let handling = {
    var handling = assignment
    handling.environment = hands
    return handling
}()

let times = {
    var times = ActorTimes()
    (times.stepping, times.inference, times.transport) = (1, 1 << 40, 3)
    (times.waiting, times.evaluating, times.processor) = (4, 5, 6)
    (times.faults.raised, times.faults.died, times.faults.hung, times.faults.invalid) = (7, 8, 9, 10)
    return times
}()

let actorMessages: [ActorMessage] = [
    .hello(
        Hello(
            protocolVersion: WireLimits.protocolVersion, build: "0.1 release", instance: "höst-1", incarnation: 1 << 60, role: .evaluate,
            run: 9,
            ordinal: 0, runBaseline: 3, firstUnacknowledged: 5, counts: ActorCounts(produced: 8, sentThrough: 2, steps: 1),
            environments: [environment, image, arm, lander, rover, hands], families: ["gymnasium", "maze"])),
    .hello(
        Hello(
            protocolVersion: WireLimits.protocolVersion, build: "", instance: "a", incarnation: 0, role: .act, run: 0, ordinal: nil,
            runBaseline: 0, firstUnacknowledged: 1, counts: ActorCounts(), environments: [])),
    .experience(experience),
    .experience(explored),
    .experience(measured),
    .skip(Skip(session: 4, through: 9, counts: ActorCounts(produced: 10))),
    .pull(Pull(session: 4, version: ParameterVersion(generation: 1, update: 2), offset: 1 << 20, count: 262_144)),
    .ping(session: 4, ActorCounts(produced: 1, sentThrough: 2, steps: 3, times: times)),
    .evaluation(
        session: 4,
        EvaluationReport(
            identifier: 6, version: ParameterVersion(generation: 1, update: 2), returns: [500, 12.5, -3])),
    .evaluation(session: 4, EvaluationReport(identifier: 6, version: announcement.version, returns: [1], rule: .sample)),
    .evaluation(
        session: 4,
        EvaluationReport(
            identifier: 6, version: announcement.version, returns: [1, 2], measures: [0.5, 1, 0, 1], steps: 30, terminated: 2)),
    .evaluationFailed(session: 4, EvaluationFailure(identifier: 6, reason: "other parameters")),
    .bye(session: 4, ActorCounts(produced: 1)),
    .unable(session: 4, ActorCounts(produced: 1), reason: "no such core"),
    .probe(Probe(protocolVersion: 3, build: "0.1", identifier: 77)),
]

let learnerMessages: [LearnerMessage] = [
    .welcome(
        Welcome(
            protocolVersion: WireLimits.protocolVersion, build: "0.1 release", run: 9, generation: 2, assignment: assignment, status: status
        )),
    .welcome(
        Welcome(
            protocolVersion: WireLimits.protocolVersion, build: "0.1", run: 9, generation: 2, assignment: exploring,
            status: SessionStatus(session: 1, acknowledgedThrough: 0, creditLimit: 0, newest: scheduled),
            schema: UnrollSchema(environment: exploring.environment, model: exploring.model, acting: exploring.acting))),
    .welcome(
        Welcome(
            protocolVersion: WireLimits.protocolVersion, build: "0.1", run: 9, generation: 2, assignment: searching, status: status)),
    .welcome(
        Welcome(
            protocolVersion: WireLimits.protocolVersion, build: "0.1", run: 9, generation: 2, assignment: rollingOut, status: status)),
    .refuse(Refusal(code: .differentEnvironment, reason: "it differs", remedy: "build it again")),
    .status(status),
    .status(SessionStatus(session: 1, acknowledgedThrough: 0, creditLimit: 0, newest: nil)),
    .weights(WeightsHeader(session: 4, of: announcement, offset: 0, count: 99_999)),
    .weights(WeightsHeader(session: 4, of: announcement, offset: 0, count: 99_999, status: status)),
    .weightsGone(session: 4, ParameterVersion(generation: 1, update: 2), newest: announcement),
    .evaluate(
        session: 4,
        EvaluationRequest(identifier: 6, version: announcement.version, episodes: 100, seed: 0xDEAD_BEEF), announcement),
    .evaluate(
        session: 4,
        EvaluationRequest(
            identifier: 6, version: announcement.version, episodes: 1, seed: 1, rule: .epsilon, scalars: scalars, plans: false),
        scheduled),
    .bye(session: 4, .restarting),
    .handshakeRequest(session: 4),
    .refuse(Refusal(code: .key, reason: "revoked", remedy: "enrol")),
    .probeAnswer(
        ProbeAnswer(
            protocolVersion: WireLimits.protocolVersion, build: "0.1", identifier: 77, clock: 1_795_269_600_000_000, run: "runs/a",
            generation: 2,
            newest: announcement, actingActors: 20, knownAs: "rack7")),
    .probeAnswer(
        ProbeAnswer(
            protocolVersion: WireLimits.protocolVersion, build: "", identifier: 0, clock: 0, run: "", generation: 0, newest: nil,
            actingActors: 0,
            knownAs: "")),
    .welcome(
        Welcome(protocolVersion: WireLimits.protocolVersion, build: "0.1", run: 9, generation: 2, assignment: landing, status: status)),
    .welcome(
        Welcome(protocolVersion: WireLimits.protocolVersion, build: "0.1", run: 9, generation: 2, assignment: roving, status: status)),
    .welcome(
        Welcome(
            protocolVersion: WireLimits.protocolVersion, build: "0.1", run: 9, generation: 2, assignment: handling, status: status,
            schema: UnrollSchema(environment: handling.environment, model: handling.model, acting: handling.acting))),
]

func decodeActor(_ bytes: [UInt8]) throws -> ActorMessage {
    try bytes.withUnsafeBytes { try ActorMessage(decoding: $0) }
}

func decodeLearner(_ bytes: [UInt8]) throws -> LearnerMessage {
    try bytes.withUnsafeBytes { try LearnerMessage(decoding: $0) }
}

struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
