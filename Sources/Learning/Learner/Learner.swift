import StarlingAlgorithms
package import StarlingCompute
package import StarlingExperience
package import StarlingLatentPolicy
import StarlingLatentQuality
import StarlingReplay
package import StarlingMetrics
package import StarlingTraining
package import StarlingTransport

/// Trains encoder, decoder, policy and value jointly: takes unrolls until a batch is full, then makes one update, which is a
/// version of the parameters, however many steps of the optimiser it takes.
///
/// It knows neither sockets nor files: `LearnerLoop` brings it unrolls and carries its parameters away.
package final class Learner {
    package let settings: RunSettings
    package let layout: UnrollLayout
    package let generation: UInt32
    package internal(set) var state: TrainingState

    package private(set) var trainer: Trainer
    /// What `batch.columns` is multiplied by.
    package private(set) var scale: Int
    private let compute: ComputeContext
    /// Floats at the beginning of the parameters that actors compute with.
    private let actingCount: Int
    /// What the algorithm and the learner tell of themselves.
    package let metrics: MetricSet
    /// Of the last update.
    private var sample: MetricSample
    let environment: EnvironmentSpec
    package let policy: LatentPolicy
    /// What the environment tells of episodes; begins anew with the process.
    private(set) var measures: EpisodeMeasures
    /// What judges the autoencoder; nil without a decoder.
    private(set) var autoencoder: AutoencoderPlan?
    /// Unrolls of the batch that is being filled; their columns are already copied.
    private var loaded: [ReceivedUnroll] = []
    /// Those of the last update: what parameters can be tried on that may be broken.
    private var lastTrained: [ReceivedUnroll] = []
    /// ν as they were trained on.
    private var lastMultiplier: Float = 0

    /// - Parameters:
    ///   - generation: this start of the learner, as stored in the run directory.
    ///   - compute: what its plans are made for.
    package init(
        _ settings: RunSettings, environment: EnvironmentSpec, generation: UInt32, compute: ComputeContext
    ) throws {
        self.settings = settings
        self.generation = generation
        self.environment = environment
        policy = LatentPolicy(model: settings.modelSpec(for: environment), environment: environment)
        layout = UnrollLayout(environment: environment, model: policy.model, acting: settings.actingSpec)
        self.compute = compute
        scale = settings.batch.scale ?? 1
        (trainer, autoencoder) = try Self.makePlans(settings, policy, scale: scale, compute)
        measures = EpisodeMeasures(environment.measures)
        metrics = MetricSet(
            trainer.metrics + Self.metrics + (settings.cost.limit == nil ? [] : Self.costMetrics) + measures.metrics)
        sample = MetricSample(metrics)
        actingCount = policy.actingLayout(settings.acting.latentMode).count
        state = TrainingState()
        state.generationStarts[generation] = 0
        followCosts()
        loaded.reserveCapacity(unrollsPerBatch)
    }

    /// What trains batches of so many times the recipe's columns, and what judges the autoencoder by them.
    private static func makePlans(
        _ settings: RunSettings, _ policy: LatentPolicy, scale: Int, _ compute: ComputeContext
    ) throws -> (Trainer, AutoencoderPlan?) {
        let algorithm = try settings.algorithms.entry(named: settings.algorithm)
        var context = TrainingContext(
            policy, acting: settings.actingSpec, columnCount: settings.batch.columns * scale, latent: settings.latent,
            optimizer: settings.optimizer, compute: compute, seed: settings.seed)
        var design = algorithm.design(context, settings.algorithmSettings)
        if scale > 1, design.usesWholeBatches {
            context.optimizer = settings.optimizer.scaled(forBatches: scale)
            design = algorithm.design(context, settings.algorithmSettings)
        }
        let trainer = try Trainer(design, context)
        let autoencoder =
            policy.architecture.decoder == nil
            ? nil : try AutoencoderPlan(policy, rows: trainer.observationRowCount, samplesPrior: false)
        return (trainer, autoencoder)
    }

    /// What `scale` may become: `batch.memory_bytes` holds a batch in training and one on its way, or nothing would ever fill one.
    var largestScale: Int {
        let batch = layout.byteCount * settings.batch.columns / settings.acting.environmentsPerUnroll
        return min(BatchScale.largest, max(scale, settings.batch.memoryBytes / (2 * batch)))
    }

    /// Unrolls of a batch.
    package var unrollsPerBatch: Int { settings.batch.columns * scale / settings.acting.environmentsPerUnroll }

    /// Goes on with batches of another size. Needs an empty batch: see `isEmpty`.
    package func rescale(to scale: Int) throws {
        precondition(isEmpty, "a batch that is begun keeps its size")
        let (trainer, autoencoder) = try Self.makePlans(settings, policy, scale: scale, compute)
        trainer.restore(self.trainer.capture())
        trainer.costMultiplier = self.trainer.costMultiplier
        if let reservoir = self.trainer.reservoir {
            let position = reservoir.position
            trainer.reservoir?.restore(reservoir.contents, offers: position.offers, draws: position.draws)
        }
        if let replay = self.trainer.replay { trainer.replay?.restore(replay.contents) }
        (self.trainer, self.autoencoder, self.scale) = (trainer, autoencoder, scale)
        // They fit no batch of this size.
        lastTrained = []
    }

    /// Names and places of the parameters.
    package var parameterLayout: ParameterLayout { trainer.layout }

    /// The kernels of the plans, as chosen.
    package var tuning: Tuning { trainer.tuning }

    package var version: ParameterVersion { ParameterVersion(generation: generation, update: state.update) }

    /// Whether a reservoir's contents can be trained on. Builds before protocol 3 kept what had stopped a run.
    func accepts(_ contents: ReservoirContents) -> Bool {
        environment.observation.scalar == .uint8 || contents.isWithin(environment.observationLimit)
    }

    /// Whether a replay buffer's contents can be trained on: its kinds, actions and rewards are what they may be.
    func accepts(_ contents: ReplayContents) -> Bool {
        contents.unrolls(layout)?.allSatisfy { unroll in
            let (kinds, parts) = (unroll.kinds, unroll.layout.actionParts)
            guard kinds.allSatisfy({ StepKind(rawValue: $0) != nil }) else { return false }
            guard unroll.rewards.allSatisfy(\.isFinite), unroll.costs.allSatisfy(\.isFinite) else { return false }
            guard !parts.isEmpty else { return unroll.samples.allSatisfy(\.isFinite) }
            guard unroll.actionMasks.allSatisfy({ $0 < 2 }) else { return false }
            return unroll.actions.indices.allSatisfy { unroll.actions[$0] >= 0 && unroll.actions[$0] < parts[$0 % parts.count] }
        } ?? false
    }

    /// The current parameters as actors need them.
    package func makeSnapshot() -> ParameterSnapshot {
        trainer.parameters.withUnsafeBufferPointer { makeSnapshot(version, state.frames, $0) }
    }

    /// Those of a capture.
    package func makeSnapshot(of capture: TrainingCapture) -> ParameterSnapshot {
        capture.trained.parameters.withUnsafeBufferPointer { makeSnapshot(capture.version, capture.state.frames, $0) }
    }

    private func makeSnapshot(
        _ version: ParameterVersion, _ frames: UInt64, _ parameters: UnsafeBufferPointer<Float>
    ) -> ParameterSnapshot {
        ParameterSnapshot(
            version: version, bytes: Array(UnsafeRawBufferPointer(UnsafeBufferPointer(rebasing: parameters[..<actingCount]))),
            scalars: trainer.actingScalars(frames: frames, settings.actingScalars))
    }

    /// What became of an offered unroll.
    package enum Admission {
        /// Copied into the batch; its fate comes with the update.
        case loaded
        /// Older than `batch.max_policy_lag` updates.
        case tooStale
    }

    /// Copies an unroll into the next columns of the batch.
    package func accept(_ unroll: ReceivedUnroll) -> Admission {
        precondition(!isReady, "a batch is full and not yet trained on")
        guard !isTooStale(unroll.header.version) else { return .tooStale }
        load(unroll)
        return .loaded
    }

    private func load(_ unroll: ReceivedUnroll) {
        trainer.load(view(of: unroll), unroll.header, column: loaded.count * layout.environmentCount)
        loaded.append(unroll)
    }

    private func view(of unroll: ReceivedUnroll) -> UnrollView { UnrollView(layout, UnsafeRawPointer(unroll.block.base)) }

    /// Whether an unroll acted with these parameters would come too late.
    package func isTooStale(_ version: ParameterVersion) -> Bool {
        state.policyLag(of: version, generation: generation) > Int64(settings.batch.maxPolicyLag)
    }

    /// Episodes count with the unrolls they ended in, so that counters and parameters always tell of the same.
    private func countEpisodes() {
        for unroll in loaded {
            for episode in unroll.header.episodes {
                state.recentReturns.add(episode.episodeReturn)
                measures.add(episode)
                if environment.tellsCost, episode.measures.count == environment.measures.count, let cost = episode.measures.last {
                    state.cost?.add(cost, settings.cost)
                }
                state.episodes += 1
            }
        }
        followCosts()
    }

    /// Gives the trainer the ν that the state tells, which begins where there is a limit.
    func followCosts() {
        guard settings.cost.limit != nil else { return state.cost = nil }
        let cost = state.cost ?? CostMultiplier(settings.cost)
        state.cost = cost
        trainer.costMultiplier = Float(cost.value(settings.cost))
    }

    /// No batch has been begun.
    package var isEmpty: Bool { loaded.isEmpty }

    /// Whether a batch is full.
    package var isReady: Bool { loaded.count == unrollsPerBatch }

    /// Empties a batch that isn't full, because training ends.
    /// - Returns: its unrolls, whose fate is the caller's to tell.
    package func abandonBatch() -> [ReceivedUnroll] {
        defer { loaded = [] }
        return loaded
    }

    /// One update of all parameters from the full batch; none when it holds no step.
    /// - Returns: what happened, and the unrolls that were trained on.
    /// - Throws: `NotFinite`; nothing has changed then, and `culprit` tells what it was.
    package func step() throws(NotFinite) -> LearnerStep {
        precondition(isReady, "a step without a full batch")
        let reservoir = trainer.reservoir
        // The first batch is all there is; the others join when they are known to be good.
        if let reservoir, reservoir.count == 0 { for unroll in loaded { reservoir.add(view(of: unroll)) } }
        for unroll in loaded { trainer.keep(view(of: unroll), unroll.header) }
        let frames: Int
        sample.clear()
        do throws(NotFinite) {
            frames = try trainer.step(frames: state.frames, update: state.update, &sample)
        } catch {
            if lastTrained.isEmpty, state.update == 0 { reservoir?.removeAll() }
            trainer.replay?.removeNewest(loaded.count)
            throw error
        }
        let acting = settings.actingSpec
        let isSampled = acting.rule == .sample && acting.experiencePlanning == nil
        var lags: [Int64] = []
        for (index, unroll) in loaded.enumerated() {
            let lag = state.policyLag(of: unroll.header.version, generation: generation)
            lags.append(lag)
            // Other rules act otherwise than the policy that is trained, even with the same parameters.
            guard lag == 0, isSampled else { continue }
            let first = index * layout.environmentCount
            guard let ratio = trainer.maximumLogRatio(columns: first..<first + layout.environmentCount) else { continue }
            let largest = sample[.maximumLogRatioAtLagZero]
            sample[.maximumLogRatioAtLagZero] = max(largest.isNaN ? 0 : largest, Double(ratio))
        }
        let step = LearnerStep(metrics: sample, unrolls: loaded, lags: lags)
        lastMultiplier = trainer.costMultiplier
        countEpisodes()
        if state.update > 0 { for unroll in loaded { reservoir?.add(view(of: unroll)) } }
        if frames > 0 { state.update += 1 }
        state.frames += UInt64(frames)
        (lastTrained, loaded) = (loaded, [])
        loaded.reserveCapacity(unrollsPerBatch)
        return step
    }

    /// What made a step not finite.
    package enum Culprit {
        /// Numbers that no loss should break on are all that the batch holds: it is the loss.
        case loss(UnrollMagnitudes)
        /// What was trained on before can't be trained on any more.
        case parameters
        /// These unrolls; the others stay in the batch.
        case unrolls([ReceivedUnroll])
    }

    /// Finds out, after a step that was not finite, what it was: every unroll is tried by itself, and where none is good, the
    /// last batch that was trained on is, too. So nobody who sends something bad can pass for broken parameters.
    package func culprit() -> Culprit {
        let batch = loaded
        let bad = batch.filter { !isTrainable($0) }
        // Each by itself is good and all together are not: none can be singled out.
        let unusable = bad.isEmpty ? batch : bad
        if unusable.count == batch.count {
            if areParametersBroken() { return .parameters }
            let magnitudes = UnrollMagnitudes(batch.map { view(of: $0) })
            // Where nothing was ever trained on, the parameters are as they were drawn.
            if magnitudes.areOrdinary, lastTrained.isEmpty { return .loss(magnitudes) }
        }
        let tickets = Set(unusable.map(\.ticket))
        loaded.removeAll { tickets.contains($0.ticket) }
        reload()
        return .unrolls(unusable)
    }

    /// Whether what was trained on before can't be trained on any more. Then actors have nothing good to act with either.
    package func areParametersBroken() -> Bool {
        let multiplier = trainer.costMultiplier
        trainer.costMultiplier = lastMultiplier
        defer {
            trainer.costMultiplier = multiplier
            reload()
        }
        return !lastTrained.isEmpty && !lastTrained.contains(where: isTrainable)
    }

    /// Puts the unrolls of the batch back into their places, after others were tried there.
    private func reload() {
        let batch = loaded
        loaded = []
        for unroll in batch { load(unroll) }
    }

    /// Whether a batch of nothing but this unroll gives numbers.
    private func isTrainable(_ unroll: ReceivedUnroll) -> Bool {
        for place in 0..<unrollsPerBatch {
            trainer.load(view(of: unroll), unroll.header, column: place * layout.environmentCount)
        }
        return trainer.isTrainable(frames: state.frames)
    }
}

/// What one update did.
package struct LearnerStep {
    package let metrics: MetricSample
    /// The unrolls of the batch.
    package let unrolls: [ReceivedUnroll]
    /// Policy lag of each of them, in updates.
    package let lags: [Int64]
}
