package import StarlingCompute
package import StarlingExperience
import StarlingLatentPolicy
package import StarlingMetrics
package import StarlingReplay

/// Trains the parameters of a design: takes unrolls until a batch is full, then runs its phases on it.
///
/// It knows neither versions nor sockets: `Learner` counts, publishes and checkpoints.
package final class Trainer {
    package let parameters: ParameterBank
    /// What it writes at every step.
    package let metrics: [Metric]
    /// Observations of the whole run, where an objective takes part of them.
    package let reservoir: Reservoir?
    /// Unrolls of the run, where a phase draws from them.
    package let replay: ReplayBuffer?
    let optimizers: [GroupOptimizer]
    /// Where groups have targets.
    package let target: ParameterBank?
    private let context: TrainingContext
    private let batch: HostBatch
    private let runners: [PhaseRunner]
    private let scores: ScoreRunner?
    private let returnScale: ReturnScale?
    private let replaySettings: ReplaySettings?
    private var reward: TrainingReward
    private let observationStatistics: ObservationStatistics?
    private let actingSchedule: @Sendable (UInt64, ActingScalars) -> ActingScalars
    /// Whether a batch makes more than one step, so that a fault may come when parameters have moved.
    private let canFailHalfway: Bool
    /// Whether the next step measures what pulls at the encoder.
    private var isDiagnosisWanted = false

    /// - Throws: `DesignError` naming a mistake in the design; `ComputeError`.
    package init(_ design: TrainingDesign, _ context: TrainingContext) throws {
        self.context = context
        let layout = design.makeGraph(context).layout
        try design.check(layout)
        try context.latent.check(layout)
        replay = try design.makeReplay(context)
        (replaySettings, reward) = (design.replay, TrainingReward(scale: design.rewardScale))
        parameters = ParameterBank(layout, seed: Seed.mix(context.seed, SeedPurpose.parameters))
        optimizers = design.groups.map { GroupOptimizer($0, layout: layout) }
        target = design.usesTarget ? ParameterBank(layout) : nil
        batch = HostBatch(
            unrollLength: context.acting.unrollLength, columnCount: context.columnCount,
            environment: context.policy.environment)
        let byName = Dictionary(uniqueKeysWithValues: optimizers.map { ($0.trained.group.name, $0) })
        var runners: [PhaseRunner] = []
        for phase in design.phases {
            let runner = try PhaseRunner(phase, design, context, batch, byName)
            if let extra = runner.layout.slots.dropFirst(layout.slots.count).first {
                throw DesignError("an objective grows the parameter \(extra.name): declare it in the objective's `declare`")
            }
            if !design.usesTarget, runner.plans.contains(where: \.readsTarget) {
                throw DesignError(
                    "an objective reads the target bank, and no group has a target: give a TrainedGroup of the design its `target`")
            }
            runners.append(runner)
        }
        self.runners = runners
        scores = design.scorers.isEmpty ? nil : try ScoreRunner(design, context, batch)
        reservoir =
            runners.allSatisfy { $0.reservoirRowCount == 0 }
            ? nil
            : Reservoir(
                observationByteCount: context.policy.stackedObservation.byteCount, byteLimit: context.latent.replayByteCount,
                seed: Seed.mix(context.seed, SeedPurpose.reservoir))
        returnScale = design.normalizesReturns ? ReturnScale(layout) : nil
        actingSchedule = design.actingScalars
        observationStatistics = ObservationStatistics(layout, context.policy)
        canFailHalfway = design.phases.count > 1 || design.phases.contains { $0.source != .batch || $0.times > 1 || $0.perFrame != nil }
        metrics = design.metrics
        copyTarget()
    }

    package var layout: ParameterLayout { runners[0].layout }

    /// ν: what a unit of cost takes from the reward, of what is loaded or drawn from now on.
    package var costMultiplier: Float {
        get { reward.multiplier }
        set { reward.multiplier = newValue }
    }

    /// The kernels of its plans, as chosen.
    package var tuning: Tuning {
        let tunings = runners.flatMap(\.plans).map(\.tuning)
        return tunings.dropFirst().reduce(into: tunings[0]) { $0.choices.merge($1.choices) { first, _ in first } }
    }

    /// The kernels chosen for products and convolutions of every step.
    package var choices: [KernelChoice] { runners.flatMap(\.plans).flatMap(\.choices).filter { $0.stage < .diagnosis } }

    /// Copies an unroll of E environments into columns `column ..< column + E` of the batch.
    package func load(_ unroll: UnrollView, _ header: UnrollHeader, column: Int) {
        batch.load(unroll, column: column, reward)
        for runner in runners { runner.load(unroll, header, column: column) }
        scores?.load(unroll, header, column: column)
    }

    /// Takes an unroll of the batch for what outlives it: the replay buffer, and episodes under way. Once each, before `step`.
    package func keep(_ unroll: UnrollView, _ header: UnrollHeader) {
        if let replay { keep(unroll, in: replay) }
        for runner in runners { runner.join(unroll, header, reward) }
    }

    private func keep(_ unroll: UnrollView, in replay: ReplayBuffer) {
        guard let settings = replaySettings, case .acting(let steps, let discount) = settings.initial else { return replay.insert(unroll) }
        let errors = ActingErrors(steps: steps, discount: batch.environment.successorDiscount(discount), reward: reward)
        replay.insert(unroll) { place in
            errors.error(unroll, row: place.row, environment: place.environment, sequence: replay.sequence)
                .map(settings.priority.weight)
        }
    }

    /// Runs all phases on the loaded batch.
    /// - Parameters:
    ///   - frames: trained on so far: schedules are functions of it.
    ///   - update: of the run, for random numbers.
    /// - Returns: the steps in the batch that count; losses are weighted means over these.
    /// - Throws: `NotFinite`; parameters and optimisers are then as they were.
    package func step(frames: UInt64, update: UInt64, _ metrics: inout MetricSample) throws(NotFinite) -> Int {
        let before = canFailHalfway ? capture() : nil
        if let scores, frames >= scores.after { scores.score(with: banks, &metrics) }
        returnScale?.apply(to: batch, parameters)
        let trained = batch.frameCount
        let steps = optimizers.reduce(0) { $0 + $1.stepCount }
        do throws(NotFinite) {
            for runner in runners {
                for repetition in 0..<runs(of: runner, frames) {
                    try runner.run(moment(frames: frames, update: update, repetition: repetition, moves: true), &metrics)
                }
            }
            isDiagnosisWanted = false
        } catch {
            if let before { restore(before) }
            throw error
        }
        metrics[.gradientSteps] = Double(optimizers.reduce(0) { $0 + $1.stepCount } - steps)
        for optimizer in optimizers {
            metrics[optimizer.rateMetric] = Double(optimizer.trained.optimizer.learningRate(frames: frames))
        }
        guard trained > 0 else { return 0 }
        follow(frames, &metrics)
        return trained
    }

    private func runs(of runner: PhaseRunner, _ frames: UInt64) -> Int {
        runner.phase.runs(frames: frames, steps: context.stepCount)
    }

    private func isDue(_ runner: PhaseRunner, _ frames: UInt64) -> Bool { runs(of: runner, frames) > 0 }

    /// Lets scales follow what was trained on.
    private func follow(_ frames: UInt64, _ metrics: inout MetricSample) {
        if let returnScale, let runner = runners.first(where: { isDue($0, frames) && $0.access.declares(.valueTarget) }) {
            returnScale.follow(runner.access, parameters, &metrics)
        }
        if !context.latent.isEncoderFrozen, let observationStatistics, let runner = runners.first(where: { isDue($0, frames) }) {
            runner.loader.readObservations { observationStatistics.follow($0, runner.access.weights, parameters) }
        }
    }

    /// Whether the loaded batch gives numbers; nothing moves.
    package func isTrainable(frames: UInt64) -> Bool {
        returnScale?.apply(to: batch, parameters)
        var sample = MetricSample(MetricSet(metrics))
        return runners.allSatisfy { runner in
            (try? runner.run(moment(frames: frames, update: 0, moves: false), &sample)) != nil
        }
    }

    /// Writes what would cost too much at every step, of the last batch.
    package func measure(_ metrics: inout MetricSample) {
        for runner in runners { for objective in runner.phase.objectives { objective.measure(runner.access, &metrics) } }
    }

    /// Lets the next step measure what pulls at the encoder, which costs about what a backward pass does.
    package func diagnoseNext() { isDiagnosisWanted = true }

    /// What the first phase that draws from the replay buffer drew last; nil where none does.
    package var drawn: HostBatch? { runners.first(where: \.drawsReplay)?.access.batch }

    /// Rows whose observations are lent.
    package var observationRowCount: Int { runners[0].rowCount }

    /// Lends the observations that were trained on last, `[rows, F·D]`, as the model's input takes them.
    package func readObservations(_ body: (UnsafeRawBufferPointer) -> Void) { runners[0].loader.readObservations(body) }

    /// Largest |log π/μ| over the steps of these columns in the last batch: 0 but for rounding at policy lag 0. nil where it is
    /// not known of the parameters that the batch began with: only the first phase sees these, and the first of its runs.
    package func maximumLogRatio(columns: Range<Int>) -> Float? {
        let first = runners[0]
        guard first.takesBatches else { return nil }
        let isOverwritten = runners.dropFirst().contains { $0.access.outputs[.logProbability] != nil } || first.phase.times > 1
        guard first.access.outputs[.logProbability] != nil, !isOverwritten else { return nil }
        return batch.maximumLogRatio(columns: columns)
    }

    /// Lends the derivative of a phase's last step by one of its groups, in the parameters' layout.
    package func gradients<R>(ofPhase phase: Int = 0, group: Int = 0, _ body: (UnsafeBufferPointer<Float>) -> R) -> R {
        runners[phase].gradients(group, body)
    }

    /// Targets become copies of what they follow.
    package func copyTarget() {
        guard let target else { return }
        parameters.withUnsafeBufferPointer { values in
            target.withUnsafeMutableBufferPointer { _ = $0.update(fromContentsOf: values) }
        }
    }

    /// What the acting rule goes by with the parameters of so many frames.
    package func actingScalars(frames: UInt64, _ scalars: ActingScalars) -> ActingScalars { actingSchedule(frames, scalars) }

    private var banks: ParameterBanks { ParameterBanks(parameters, target: target) }

    private func moment(frames: UInt64, update: UInt64, repetition: Int = 0, moves: Bool) -> PhaseRunner.Moment {
        PhaseRunner.Moment(
            banks: banks, reservoir: reservoir, replay: replay, reward: reward, fresh: batch, frames: frames,
            progress: context.optimizer.progress(frames: frames), seed: context.seed, update: update,
            repetition: repetition, moves: moves, diagnoses: isDiagnosisWanted && moves && repetition == 0)
    }
}
