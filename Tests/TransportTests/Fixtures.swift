import Glibc
import Logging
import StarlingExperience
import StarlingMessages
import StarlingThreads
import StarlingTransport

/// Says nothing, or everything where `STARLING_TEST_LOG` is set.
let quiet = Logger(label: "test") { label -> any LogHandler in
    if getenv("STARLING_TEST_LOG") != nil { return StreamLogHandler.standardError(label: label) }
    return SwiftLogNoOpLogHandler()
}

let testEnvironment = EnvironmentSpec(
    name: "line", observation: ObservationSpec(shape: [3]), action: .discrete(2))

let testModel = ModelSpec(
    encoder: .dense([8]), decoder: .dense([8]), policy: .dense([]), value: .dense([]), activation: .tanh,
    latentCount: 2, likelihood: .normal(variance: 1.0), representation: .vae, observationScale: [])

func makeOffer(
    run: String = "run", seed: UInt64 = 1, generation: UInt32 = 1, environment: EnvironmentSpec = testEnvironment,
    model: ModelSpec = testModel, steps: Int = 4, perUnroll: Int = 2, environmentsPerActor: Int = 4, unrollsPerBatch: Int = 4,
    queuedBatches: Int = 2, pacing: Pacing? = nil,
    byteBudget: Int = 1 << 20, compression: BlockCompression = .none
) throws -> LearnerOffer {
    var offer = try LearnerOffer(
        run: run, runSeed: seed, generation: generation, environment: environment, model: model,
        acting: ActingSpec(latentMode: .mean, unrollLength: steps, environmentsPerUnroll: perUnroll),
        environmentsPerActor: environmentsPerActor, unrollsPerBatch: unrollsPerBatch,
        pacing: pacing ?? (queuedBatches == 0 ? .lockstep : .fixed(batches: queuedBatches)),
        byteBudget: byteBudget, compression: compression)
    offer.seal = testSeal
    return offer
}

/// The same for every learner of a test, as for those of a run.
let testSeal = VersionSeal(secret: Array(repeating: 7, count: VersionSeal.byteCount))

func makeActorOffer(
    _ instance: String = "a", incarnation: UInt64 = 1, role: ActorRole = .act,
    environments: [EnvironmentSpec] = [testEnvironment], outbox: Int = 1 << 24, threads: Int = 1
) -> ActorOffer {
    ActorOffer(
        role: role, environments: environments, instance: instance, incarnation: incarnation, build: "test",
        outboxByteBudget: outbox, threads: threads)
}

/// What opens session 9 of an actor.
func makeWelcome(_ offer: LearnerOffer, creditLimit: UInt64 = 0, newest: Announcement? = nil) -> LearnerMessage {
    .welcome(
        Welcome(
            protocolVersion: WireLimits.protocolVersion, build: "b", run: 5, generation: 1,
            assignment: Assignment(
                run: "run", environment: offer.environment, model: offer.model, acting: offer.acting, ordinal: 0,
                runSeed: 1, incarnation: 1, environmentsPerActor: 4),
            status: SessionStatus(session: 9, acknowledgedThrough: 0, creditLimit: creditLimit, newest: newest)))
}

/// A snapshot whose bytes tell its version.
func makeSnapshot(_ update: UInt64, generation: UInt32 = 1, byteCount: Int = 100) -> ParameterSnapshot {
    var snapshot = ParameterSnapshot(
        version: ParameterVersion(generation: generation, update: update),
        bytes: (0..<byteCount).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ Int(update)) })
    snapshot.tag = testSeal.tag(of: snapshot.version, snapshot.digest)
    return snapshot
}

/// Writes an unroll that passes all checks: both actions equally likely.
func fill(_ block: UnrollBlock, _ layout: UnrollLayout) {
    block.base.initializeMemory(as: UInt8.self, repeating: 0, count: block.byteCount)
    let view = MutableUnrollView(layout, block.base)
    for t in 0..<layout.unrollLength {
        for e in 0..<layout.environmentCount {
            view.actions(at: t)[e] = Int32((t + e) % 2)
            view.behaviorLogProbabilities(at: t)[e] = -0.693_147_2
        }
    }
}

func makeHeader(_ snapshot: ParameterSnapshot, firstEnvironment: UInt32 = 0) -> UnrollHeader {
    UnrollHeader(
        sequence: 0, version: snapshot.version, digest: snapshot.digest, tag: snapshot.tag, firstStep: 0,
        firstEnvironment: firstEnvironment, noiseKey: 7, episodes: [])
}

/// The loop of an actor, as far as the wire sees it.
final class Loop {
    let link: any ActorLink
    let unrolls: Int
    var assignment: Assignment?
    var snapshot: ParameterSnapshot?
    var sent: UInt64 = 0
    var versions: [ParameterVersion] = []
    var farewells: [Farewell] = []
    var failure: TransportError?
    var evaluated: [UInt64] = []

    init(_ link: any ActorLink, unrolls: Int = 2) { (self.link, self.unrolls) = (link, unrolls) }

    /// Takes one turn and does what it says.
    /// - Returns: false when there was none.
    @discardableResult
    func turn(before deadline: Deadline = .now) -> Bool {
        guard failure == nil, let turn = link.nextTurn(wanting: unrolls, before: deadline) else { return false }
        switch turn {
        case .assigned(let assignment): self.assignment = assignment
        case .rollout(let count, let parameters):
            snapshot = parameters ?? snapshot
            for _ in 0..<count { sendOne() }
        case .evaluate(let request, let snapshot):
            evaluated.append(request.identifier)
            link.send(
                EvaluationReport(
                    identifier: request.identifier, version: snapshot.version,
                    returns: Array(repeating: 1, count: request.episodes)))
        case .finished(let farewell): farewells.append(farewell)
        case .failed(let error): failure = error
        }
        return true
    }

    func sendOne() {
        let layout = UnrollLayout(
            environment: assignment!.environment, model: assignment!.model, acting: assignment!.acting)
        let block = link.makeBlock(byteCount: layout.byteCount)
        fill(block, layout)
        versions.append(snapshot!.version)
        sent += 1
        link.send([CompletedUnroll(block, makeHeader(snapshot!))])
    }
}

/// Something came that a test could not go on with.
struct Unexpected: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

extension LearnerSessions {
    /// The oldest event, without a clock.
    mutating func takeEvent() -> LearnerEvent? { takeEvent(at: Deadline(nanoseconds: 0)) }
}
