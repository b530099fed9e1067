import StarlingCompute
import StarlingExperience
import StarlingLatentPolicy
import StarlingMetrics
import StarlingReplay
import StarlingThreads

/// Runs one phase on one batch after the other: its plans, its targets, and the steps of its groups.
final class PhaseRunner {
    let phase: Phase
    /// Of the whole batch.
    let access: StepAccess
    private let loss: PhaseGraph
    private let plan: Plan
    private let feed: Feed
    let loader: BatchLoader
    private let optimizers: [GroupOptimizer]
    /// By group: of the layout, what the loss depends on.
    private let reached: [[Range<Int>]]
    /// Weights of the rows that a step is made on.
    private let weights: UnsafeMutableBufferPointer<Float>
    let reservoirRowCount: Int
    /// Of the encoder's parameters in the layout.
    private let encoder: [Range<Int>]
    private let latentStatistics: LatentStatistics?

    /// What brings its rows.
    private enum Feed {
        /// Each batch of fresh unrolls.
        case batch
        case held(HeldBatch)
        case drawn(DrawnBatch)
        case dreamt(DreamBatch)
        case episodes(EpisodeBatch)
        case sequences(SequenceBatch)
    }

    /// What a run needs to know of the run around it.
    struct Moment {
        let banks: ParameterBanks
        let reservoir: Reservoir?
        let replay: ReplayBuffer?
        /// What a step that is drawn from it is worth.
        let reward: TrainingReward
        /// The batch that came in.
        let fresh: HostBatch
        /// Trained on so far: schedules are functions of it.
        let frames: UInt64
        /// How far the schedules are, in 0 ... 1.
        let progress: Float
        /// Of the run, and this update of it: for random numbers.
        let seed: UInt64
        let update: UInt64
        /// Of the phase, on this batch.
        let repetition: Int
        /// False when it is only tried whether the batch gives numbers.
        let moves: Bool
        /// Whether it is measured what pulls at the encoder.
        let diagnoses: Bool
    }

    init(
        _ phase: Phase, _ design: TrainingDesign, _ context: TrainingContext, _ batch: HostBatch, _ optimizers: [String: GroupOptimizer]
    ) throws {
        self.phase = phase
        self.optimizers = try phase.groups.map { optimizers[try design.group($0).group.name]! }
        var (steps, columns) = (context.acting.unrollLength + 1, context.columnCount)
        let fresh = batch
        var batch = batch
        func makeBatch(isReplay: Bool) -> HostBatch {
            HostBatch(
                unrollLength: steps - 1, columnCount: columns, environment: context.policy.environment, isReplay: isReplay)
        }
        switch phase.source {
        case .batch, .minibatches: break
        case .replay(let draw):
            (steps, columns) = (draw.steps + 1, draw.sequences)
            batch = makeBatch(isReplay: true)
        case .dreams(let draw):
            let environment = context.policy.environment
            guard !environment.masksActions, environment.action.parts.count < 2 else {
                throw DesignError("dreams are of actions of one part, and know no masks: \(environment.name) has others")
            }
            (steps, columns) = (draw.steps + 1, draw.columns)
            batch = makeBatch(isReplay: false)
        case .episodes(let rows):
            (steps, columns) = (rows + 1, 1)
            batch = makeBatch(isReplay: false)
        case .sequences(let draw):
            columns = draw.columns + draw.freshColumns
            batch = makeBatch(isReplay: false)
        }
        let order = phase.source.order(steps: steps, context)
        rowCount = order == .transitions ? columns : steps * columns
        loss = try PhaseGraph(phase, design, context, order)
        var rows = [Rows.unroll: rowCount, .columns: columns, .successors: columns]
        var stepRows = (steps - 1) * columns
        var heldGraph: PhaseGraph?
        if case .minibatches(let limit, _) = phase.source {
            columns = min(columns, max(1, limit / (steps - 1)))
            let isRecurrent = loss.pass.ports.core != nil
            rows = isRecurrent ? [.unroll: columns * steps, .columns: columns] : [.unroll: limit, .columns: 1]
            stepRows = isRecurrent ? columns * (steps - 1) : limit
            heldGraph = PhaseGraph(preparing: phase, design, context, order)
        }
        reservoirRowCount = loss.reservoirRows(beside: stepRows)
        rows[.reservoir] = max(1, reservoirRowCount)
        plan = try Plan(loss.graph, rows: rows, context.compute)
        weights = plan.write(loss.pass.ports.weight) { $0 }
        let layout = plan.layout
        latentStatistics = LatentStatistics(layout, context.policy)
        encoder = layout.ranges { layout.slots[$0].module == "encoder" }
        reached = zip(self.optimizers, loss.gradients).map { optimizer, gradients in
            layout.ranges { optimizer.trained.group.holds(layout.slots[$0]) && gradients.reached[$0] }
        }
        if let heldGraph {
            let held = try HeldBatch(heldGraph, loss, plan, context, batch)
            feed = .held(held)
            loader = BatchLoader(held.plan, heldGraph.pass.ports, columnCount: context.columnCount)
            access = held.access
        } else {
            let ports = loss.pass.ports
            feed =
                switch phase.source {
                case .batch, .minibatches: .batch
                case .replay(let draw): .drawn(DrawnBatch(draw, plan, ports, batch, context, design))
                case .dreams(let draw): .dreamt(try DreamBatch(draw, plan, ports, batch, context, design))
                case .episodes(let rows): .episodes(EpisodeBatch(rows: rows, plan, ports, batch, context, design))
                case .sequences(let draw): .sequences(try SequenceBatch(draw, phase, plan, ports, batch, fresh: fresh, context))
                }
            loader = BatchLoader(plan, ports, columnCount: columns)
            access = StepAccess(batch, loss.pass, plan)
        }
        loader.begin()
    }

    var layout: ParameterLayout { plan.layout }

    /// That of the loss, and of a held batch what prepares it.
    var plans: [Plan] { if case .held(let held) = feed { [plan, held.plan] } else { [plan] } }

    func gradients<R>(_ group: Int, _ body: (UnsafeBufferPointer<Float>) -> R) -> R { plan.read(loss.gradients[group], body) }

    /// Rows whose observations the loader lends.
    let rowCount: Int
    var drawsReplay: Bool { if case .drawn = feed { true } else { false } }
    /// Whether its rows are those of the batch of fresh unrolls.
    var takesBatches: Bool {
        switch feed {
        case .batch, .held: true
        case .drawn, .dreamt, .episodes, .sequences: false
        }
    }

    /// Takes a fresh unroll, if it trains on whole batches of these.
    func load(_ unroll: UnrollView, _ header: UnrollHeader, column: Int) {
        if takesBatches { loader.load(unroll, header, column: column) }
    }

    /// Takes an unroll whose steps go on where the environments' last ones ended, once.
    func join(_ unroll: UnrollView, _ header: UnrollHeader, _ reward: TrainingReward) {
        if case .episodes(let episodes) = feed { episodes.load(unroll, header, reward) }
    }

    /// Fills the reservoir's rows, if there are any.
    private func drawReservoir(_ moment: Moment, step: Int) {
        guard moment.moves, let ports = loss.pass.reservoir, let reservoir = moment.reservoir else { return }
        let update = Seed.mix(moment.seed, SeedPurpose.reservoir, moment.update)
        let noiseKey = step == 0 && moment.repetition == 0 ? update : Seed.mix(update, UInt64(step), UInt64(moment.repetition))
        plan.writeBytes(ports.observation) { reservoir.draw(into: $0) }
        plan.write(ports.weight) { $0.update(repeating: 1 / Float($0.count)) }
        if let noise = ports.noise { plan.writeFresh(noise, key: noiseKey) }
    }

    /// Goes over the loaded batch as the source says.
    func run(_ moment: Moment, _ metrics: inout MetricSample) throws(NotFinite) {
        access.progress = moment.progress
        access.runFrames = moment.frames
        switch feed {
        case .batch: try runWhole(moment, &metrics)
        case .held(let held): try runMinibatches(held, moment, &metrics)
        case .drawn(let drawn):
            // Fresh unrolls alone tell nothing of what is drawn.
            guard moment.moves, let replay = moment.replay, drawn.load(replay, moment) else { return }
            try runWhole(moment, &metrics)
            drawn.setPriorities(replay)
        case .dreamt(let dreams):
            guard moment.moves, let replay = moment.replay, dreams.dream(from: replay, moment) else { return }
            dreams.write(&metrics, beside: moment.fresh)
            try runWhole(moment, &metrics)
        case .episodes(let episodes):
            guard moment.moves else { return }
            while episodes.fill() { try runWhole(moment, &metrics) }
        case .sequences(let sequences):
            guard moment.moves else { return }
            sequences.fill(moment)
            try runWhole(moment, &metrics)
        }
    }

    private func runWhole(_ moment: Moment, _ metrics: inout MetricSample) throws(NotFinite) {
        var clock = PhaseClock()
        access.frames = access.batch.weights(into: weights)
        drawReservoir(moment, step: 0)
        for objective in phase.objectives { objective.setScalars(access) }
        plan.run(.forward, with: moment.banks)
        clock.note(\.forward)
        makeTargets(access, &metrics)
        guard phase.objectives.allSatisfy({ $0.wantsStep(access, &metrics) }) else { return clock.write(&metrics) }
        for objective in phase.objectives { objective.adjustTargets(access) }
        clock.note(\.targets)
        plan.run(.backward, with: moment.banks)
        if moment.diagnoses { diagnose(moment, &metrics) }
        clock.note(\.backward)
        try step(moment, access, &metrics, &clock)
        clock.write(&metrics)
    }

    private func runMinibatches(_ held: HeldBatch, _ moment: Moment, _ metrics: inout MetricSample) throws(NotFinite) {
        var clock = PhaseClock()
        access.frames = held.prepare(with: moment.banks)
        clock.note(\.forward)
        makeTargets(access, &metrics)
        clock.note(\.targets)
        var (reduction, sample) = (MetricReduction(metrics.set), MetricSample(metrics.set))
        var number = 0
        guard case .minibatches(_, let epochs) = phase.source, access.frames > 0 else { return }
        held.rows.progress = moment.progress
        held.rows.runFrames = moment.frames
        for epoch in 0..<(moment.moves ? epochs : 1) {
            let order = Seed.mix(moment.seed, SeedPurpose.minibatches, moment.update, UInt64(epoch + epochs * moment.repetition))
            held.shuffle(order)
            for minibatch in 0..<held.minibatchCount {
                held.load(minibatch, weights)
                drawReservoir(moment, step: number)
                for objective in phase.objectives {
                    objective.setScalars(held.rows)
                    objective.adjustTargets(held.rows)
                }
                clock.note(\.targets)
                plan.run(.forward, with: moment.banks)
                clock.note(\.forward)
                plan.run(.backward, with: moment.banks)
                clock.note(\.backward)
                if moment.diagnoses, number == 0 { diagnose(moment, &metrics) }
                sample.clear()
                try step(moment, held.rows, &sample, &clock)
                reduction.add(sample)
                number += 1
            }
        }
        reduction.move(into: &metrics)
        clock.write(&metrics)
    }

    /// Writes how strongly each half of the loss pulls at the encoder: the norms of their derivatives by it.
    private func diagnose(_ moment: Moment, _ metrics: inout MetricSample) {
        guard let pull = loss.encoderPull else { return }
        plan.run(.diagnosis, with: moment.banks)
        metrics[.encoderGradientOfRepresentation] = Double(plan.norm(of: pull.representation, over: encoder))
        metrics[.encoderGradientOfPolicy] = Double(plan.norm(of: pull.policy, over: encoder))
    }

    private func makeTargets(_ access: StepAccess, _ metrics: inout MetricSample) {
        if let logProbabilities = access.outputs[.logProbability] { access.batch.setLogRatios(target: logProbabilities) }
        access.clearBootstrapRow()
        for objective in phase.objectives { objective.writeTargets(access, &metrics) }
        access.clearUncounted()
    }

    /// Reads the terms, and moves each group once.
    private func step(
        _ moment: Moment, _ rows: StepAccess, _ metrics: inout MetricSample, _ clock: inout PhaseClock
    ) throws(NotFinite) {
        func read(_ port: Port<Float>, _ metric: Metric?) throws(NotFinite) {
            let value = plan.read(port) { $0[0] }
            guard value.isFinite else { throw NotFinite(term: metric?.words ?? "a loss", value: value) }
            if let metric { metrics[metric] = Double(value) }
        }
        for grown in loss.terms { try read(grown.port, grown.term.metric) }
        try read(loss.total, .totalLoss)
        clock.note(\.targets)
        for index in optimizers.indices {
            let optimizer = optimizers[index]
            try optimizer.measure(loss.gradients[index], in: plan)
            metrics[optimizer.normMetric] = Double(rows.frames > 0 ? optimizer.norm : 0)
        }
        if moment.moves, rows.frames > 0 {
            for index in optimizers.indices {
                let optimizer = optimizers[index]
                optimizer.step(moment.banks.online, loss.gradients[index], over: reached[index], in: plan, frames: moment.frames)
                if let target = moment.banks.target { optimizer.follow(moment.banks.online, target, in: plan, frames: moment.frames) }
            }
        }
        if moment.moves, rows.frames > 0 { latentStatistics?.follow(rows, moment.banks.online) }
        for objective in phase.objectives { objective.finish(rows, &metrics) }
        clock.note(\.optimizer)
    }
}

/// What a phase's time went for, in seconds.
private struct PhaseClock {
    var forward = 0.0
    var targets = 0.0
    var backward = 0.0
    var optimizer = 0.0
    private var mark = Deadline.now

    /// The time since the last note belongs to `part`.
    mutating func note(_ part: WritableKeyPath<PhaseClock, Double>) {
        let now = Deadline.now
        self[keyPath: part] += now.seconds(since: mark)
        mark = now
    }

    /// Adds to what earlier phases of the batch took.
    func write(_ metrics: inout MetricSample) {
        func add(_ metric: Metric, _ seconds: Double) {
            let before = metrics[metric]
            metrics[metric] = (before.isNaN ? 0 : before) + seconds
        }
        add(.timeForward, forward)
        add(.timeTargets, targets)
        add(.timeBackward, backward)
        add(.timeOptimizer, optimizer)
    }
}
