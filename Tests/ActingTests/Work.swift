import StarlingActing
import StarlingCompute
import StarlingEnvironments
import StarlingExperience
import StarlingLatentPolicy
import StarlingTransport
import Testing

/// CartPole, or another environment, with a small model, and parameters as a learner would send them.
struct Work {
    let assignment: Assignment
    private(set) var snapshot: ParameterSnapshot

    init(mode: ActingSpec.LatentMode = .mean, environmentsPerActor: Int = 12, seed: UInt64 = 1) throws {
        try self.init(
            EnvironmentRegistry.builtIn.entry(named: "CartPole-v1"), mode: mode,
            environmentsPerActor: environmentsPerActor, seed: seed)
    }

    init(
        _ entry: EnvironmentRegistry.Entry, mode: ActingSpec.LatentMode = .mean, environmentsPerActor: Int = 12,
        seed: UInt64 = 1, unrollLength: Int = 8, distribution: ModelSpec.ActionDistribution = .gaussian,
        core: ModelSpec.Core = .none, frameStack: Int = 1, rule: ActingRule = .sample, scalars: ActingScalars = ActingScalars(),
        epsilonSpread: Float = 0, planning: PlanningSpec? = nil, dynamics: ModelSpec.Dynamics? = nil
    ) throws {
        let environment = entry.spec
        let model = ModelSpec(
            encoder: .dense([16]), decoder: .dense([16]), policy: .dense([]), value: .dense([]), activation: .tanh,
            latentCount: 4, likelihood: .normal(variance: 0.1), representation: .vae, observationScale: [],
            actionDistribution: distribution, core: core, frameStack: frameStack, dynamics: dynamics)
        assignment = Assignment(
            run: "test", environment: environment, model: model,
            acting: ActingSpec(
                latentMode: mode, unrollLength: unrollLength, environmentsPerUnroll: 4, rule: rule, epsilonSpread: epsilonSpread,
                planning: planning),
            ordinal: 0, runSeed: seed, incarnation: 0, environmentsPerActor: environmentsPerActor)
        let layout = LatentPolicy(model: model, environment: environment).actingLayout(mode)
        let initial = layout.initial(seed: 7)
        snapshot = ParameterSnapshot(
            version: ParameterVersion(generation: 1, update: 0), bytes: initial.withUnsafeBytes(Array.init),
            scalars: scalars)
    }

    /// Makes all parameters larger, and so the logits further apart.
    mutating func sharpen(by factor: Float) {
        var bytes = snapshot.bytes
        bytes.withUnsafeMutableBytes { bytes in
            let numbers = bytes.bindMemory(to: Float.self)
            for place in numbers.indices { numbers[place] *= factor }
        }
        snapshot = ParameterSnapshot(version: snapshot.version, bytes: bytes, scalars: snapshot.scalars)
    }

    /// Gives a parameter its values.
    mutating func set(_ layout: ParameterLayout, _ name: String, _ values: [Float]) {
        var bytes = snapshot.bytes
        let slot = layout.slots.first { $0.name == name }!
        precondition(slot.count == values.count, "\(name) has \(slot.count) numbers")
        bytes.withUnsafeMutableBytes { bytes in
            let numbers = bytes.bindMemory(to: Float.self)
            for (index, value) in values.enumerated() { numbers[slot.offset + index] = value }
        }
        snapshot = ParameterSnapshot(version: snapshot.version, bytes: bytes, scalars: snapshot.scalars)
    }

    func evaluator(_ environments: EnvironmentRegistry = .builtIn) -> Evaluator {
        Evaluator(
            model: assignment.model, environment: assignment.environment, acting: assignment.acting,
            environments: environments)
    }

    func actor() throws -> RolloutActor {
        let actor = try RolloutActor(assignment, environments: .builtIn)
        #expect(actor.adopt(snapshot))
        return actor
    }
}

extension RolloutActor {
    /// The same, with the unrolls one by one.
    func rollOut(groups count: Int, makeBlock: (Int) -> UnrollBlock, each: (UnrollBlock, UnrollHeader) -> Void) throws {
        try rollOut(groups: count, makeBlock: makeBlock, send: { round in for unroll in round { each(unroll.block, unroll.header) } })
    }
}
