import StarlingActing
import StarlingCompute
import StarlingEnvironments
import StarlingExperience
import StarlingLatentPolicy
import StarlingLatentQuality
import StarlingLearning
import StarlingSafetensors
import StarlingStorage

/// The parameters that a run came to, ready to play.
struct StoredPolicy {
    let version: ParameterVersion
    let policy: LatentPolicy
    /// By name: the model's, and what its algorithm has besides.
    let parameters: [NamedArray]
    /// XXH64 of the model's block of parameters.
    var digest: String { everything.bytes.withUnsafeBytes(Digest.text) }
    /// How it acts; z = μ.
    private let acting: ActingSpec
    /// Whether its actors look ahead.
    var plans: Bool { acting.planning != nil }
    /// What acting needs.
    private let published: ParameterSnapshot
    /// All of the model's.
    private let everything: ParameterSnapshot

    /// The final parameters, or the newest.
    /// - Parameter told: of each checkpoint that can't be used.
    /// - Returns: nil where none can.
    init?(
        _ settings: RunSettings, _ environment: EnvironmentSpec, _ checkpoints: CheckpointStore, told: (CheckpointError) -> Void
    ) throws {
        guard let stored = checkpoints.resultParameters(told: told) else { return nil }
        try self.init(settings, environment, stored.version, stored.parameters)
    }

    init(_ settings: RunSettings, _ environment: EnvironmentSpec, _ version: ParameterVersion, _ parameters: [NamedArray]) throws {
        (self.version, self.parameters) = (version, parameters)
        policy = LatentPolicy(model: settings.modelSpec(for: environment), environment: environment)
        var acting = settings.actingSpec
        acting.latentMode = .mean
        self.acting = acting
        published = try ParameterSnapshot(parameters, version: version, layout: policy.actingLayout(.mean))
        everything = try ParameterSnapshot(parameters, version: version, layout: policy.layout)
    }

    /// Plays what is asked for.
    /// - Parameters:
    ///   - place: where, of the shapes of the environment that it learned in.
    ///   - sample: is offered what the policy sees.
    ///   - lanes: episodes side by side.
    ///   - watch: is shown every step.
    /// - Returns: nil when it was to stop.
    func play(
        _ request: EvaluationRequest, in place: EnvironmentSpec, _ environments: EnvironmentRegistry, sample: ObservationSample? = nil,
        lanes: Int = Evaluator.laneLimit, watch: ((PlayedRow) -> Void)? = nil, shouldStop: () -> Bool
    ) throws -> EvaluationReport? {
        let evaluator = Evaluator(
            model: policy.model, environment: policy.environment, place: place, acting: acting, environments: environments)
        return try evaluator.evaluate(request, published, sample: sample, lanes: lanes, shouldStop: shouldStop, watch: watch)
    }

    func makeSample(seed: UInt64) -> ObservationSample {
        ObservationSample(of: policy.stackedObservation, seed: Seed.mix(seed, SeedPurpose.reservoir))
    }

    /// What comes back of observations, in the order in which they were offered; empty without a decoder.
    func reconstructed(_ sample: ObservationSample) throws -> [ReconstructedObservation] {
        guard sample.count > 0, policy.architecture.decoder != nil else { return [] }
        let bank = ParameterBank(policy.layout)
        everything.bytes.withUnsafeBytes { bank.copy(from: $0) }
        let seen = try sample.withObservations { try LatentSample(policy, parameters: bank, observations: $0, seed: 0) }
        return ReconstructedObservation.all(of: seen)
    }

    /// What can be looked at of its latents.
    /// - Parameter arePolicyValues: whether the policy head tells what actions are worth.
    func view(of sample: ObservationSample, _ extent: LatentViewer.Extent, arePolicyValues: Bool, seed: UInt64) throws -> LatentView {
        let viewer = try LatentViewer(policy, extent, arePolicyValues: arePolicyValues)
        return try sample.withObservations { observations in
            try everything.bytes.withUnsafeBytes {
                try viewer.view(parameters: $0.bindMemory(to: Float.self), observations: observations, seed: seed)
            }
        }
    }

    /// What can be said of its autoencoder; nil where there is none to judge. What can't be judged is told, and no reason to hold
    /// back the returns.
    func judged(by sample: ObservationSample, seed: UInt64, told: (String) -> Void) -> LatentReport? {
        do {
            return try LatentReport(policy, everything, sample, seed: seed)
        } catch {
            told("the autoencoder can't be judged: \(error)")
            return nil
        }
    }
}
