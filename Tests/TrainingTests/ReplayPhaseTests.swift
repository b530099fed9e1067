import StarlingAlgorithms
import StarlingCompute
import StarlingExperience
import StarlingMetrics
import StarlingReplay
import StarlingSafetensors
import StarlingTraining
import Synchronization
import Testing

/// ½(V − t)² over rows that are drawn, with the rewards as targets; gives each row its reward as the priority.
private struct Drawn: Objective {
    static let loss = Metric("drawn", "1", "½(V − t)².")
    static let rows = Metric("rows", "1", "Rows that count.", .maximum)
    static let largestWeight = Metric("largest_weight", "1", "Of a row, times their number.")
    static let smallestWeight = Metric("smallest_weight", "1", "Of a row, times their number.")

    let check: @Sendable (StepAccess) -> Void
    var metrics: [Metric] { [Self.loss, Self.rows, Self.largestWeight, Self.smallestWeight] }

    static let observation = RowOutput("observation")
    static let successor = RowOutput("successor")

    func grow(_ g: inout Graph, _ pass: inout ModelPass) -> [Term] {
        pass.output(&g, Self.observation, pass.observation)
        pass.output(&g, Self.successor, pass.successors.observation)
        let error = g.square(g.subtract(pass.value(&g), pass.target(&g, .valueTarget)))
        return [Term(Self.loss, g.scale(pass.mean(&g, error), 0.5), weight: 1)]
    }

    func writeTargets(_ step: StepAccess, _ metrics: inout MetricSample) {
        check(step)
        let batch = step.batch
        for row in batch.rewards.indices {
            step.target(.valueTarget)[row] = batch.rewards[row]
            batch.replay!.priorities[row] = batch.rewards[row]
        }
        let counted = step.weights.filter { $0 > 0 }.map { $0 * Float(step.frames) }
        metrics[Self.rows] = Double(step.frames)
        (metrics[Self.largestWeight], metrics[Self.smallestWeight]) = (Double(counted.max() ?? 0), Double(counted.min() ?? 0))
    }
}

@Suite struct ReplayPhaseTests {
    private func makeTrainer(
        _ draw: ReplayDraw, _ context: TrainingContext, priority: ReplaySettings.Priority = .none, perFrame: Double? = nil,
        after: UInt64 = 0, check: @escaping @Sendable (StepAccess) -> Void = { _ in }
    ) throws -> Trainer {
        var phase = Phase([Drawn(check: check)], from: .replay(draw))
        (phase.perFrame, phase.after) = (perFrame, after)
        var design = TrainingDesign([phase], context)
        design.replay = ReplaySettings(steps: 1000, priority: priority)
        return try Trainer(design, context)
    }

    /// Loads a batch, whose unrolls join the replay buffer.
    private func load(_ trainer: Trainer, _ context: TrainingContext, reward: Float? = nil) {
        Chain.load(trainer, context, reward: reward) { trainer.replay?.insert($0) }
    }

    @discardableResult
    private func step(_ trainer: Trainer, frames: UInt64 = 0) throws -> MetricSample {
        var metrics = MetricSample(MetricSet(trainer.metrics))
        _ = try trainer.step(frames: frames, update: frames, &metrics)
        return metrics
    }

    /// Observations tell their row and column, so what a row is can be worked out from its first one.
    @Test(arguments: 1...5) func nStepsAreSummedUpToTheEndOfEpisodeOrUnroll(steps: Int) throws {
        let context = Chain.context()
        let (rows, discount) = (64, Float(0.5))
        let seen = Mutex<Set<[Int]>>([])
        let trainer = try makeTrainer(ReplayDraw(sequences: rows, stepsPerRow: steps, discount: discount), context) { step in
            #expect(step.unrollLength == 1 && step.columnCount == rows && step.weights.count == rows && !step.hasSequences)
            let batch = step.batch
            let (observations, successors) = (step.read(Drawn.observation), step.read(Drawn.successor))
            #expect(observations.count == 2 * rows && successors.count == 2 * rows)
            for row in 0..<rows {
                func place(_ numbers: UnsafeBufferPointer<Float>, _ row: Int) -> (t: Int, column: Int) {
                    (Int((numbers[2 * row] + 0.5) * 4), Int((numbers[2 * row + 1] + 0.5) * 4))
                }
                let (first, last) = (place(observations, row), place(successors, step.successor(row)))
                #expect(first.column == last.column)
                // Column 0: row 1 truncates its episode, row 2 holds the final observation and is no step.
                let end = first.column == 0 && first.t < 2 ? 2 : 4
                let span = min(steps, end - first.t)
                #expect(last.t == first.t + span, "from \(first) to \(last)")
                #expect(batch.replay!.spans[row] == UInt8(span))
                let sum = (0..<span).reduce(Float(0)) { $0 + Float(first.column) * (0..<$1).reduce(1) { weight, _ in weight * discount } }
                #expect(abs(batch.rewards[row] - sum) < 1e-6)
                #expect(batch.actions[row] == Int32((first.t + first.column) % 3))
                #expect((batch.kinds[row] == StepKind.truncated.rawValue) == (end == 2 && span == 2 - first.t))
                _ = seen.withLock { $0.insert([first.t, first.column]) }
            }
        }
        load(trainer, context)
        try step(trainer)
        seen.withLock { #expect(!$0.contains([2, 0]) && $0.count > 10) }
    }

    @Test func sequencesAreRowsOfTheirUnrolls() throws {
        let context = Chain.context()
        let trainer = try makeTrainer(ReplayDraw(sequences: 8, steps: 3, discount: 1), context)
        load(trainer, context)
        try step(trainer)
        let batch = try #require(trainer.drawn)
        trainer.readObservations { bytes in
            let numbers = bytes.bindMemory(to: Float.self)
            for sequence in 0..<8 {
                let first = Int((numbers[2 * sequence] + 0.5) * 4)
                #expect(first <= 1)
                for step in 0...3 {
                    #expect(numbers[2 * (8 * step + sequence)] == Float(first + step) / 4 - 0.5)
                    guard step < 3 else { continue }
                    #expect(batch.rewards[8 * step + sequence] == (numbers[2 * sequence + 1] + 0.5) * 4)
                }
            }
        }
    }

    @Test func aRatioHoldsOverBatches() throws {
        let context = Chain.context()
        let trainer = try makeTrainer(ReplayDraw(sequences: 4, discount: 1), context, perFrame: 0.3, after: 32)
        var steps = 0.0
        for batch in 0..<10 {
            load(trainer, context)
            let done = try step(trainer, frames: UInt64(16 * batch))[.gradientSteps]
            #expect(batch < 2 ? done == 0 : (4...5).contains(done))
            steps += done
        }
        // Of the 128 frames after the first 32.
        #expect(abs(steps - 0.3 * 128) < 1)
    }

    @Test func whatIsToBeLearnedFromIsDrawnMoreOftenAndCountsLess() throws {
        let context = Chain.context()
        let trainer = try makeTrainer(
            ReplayDraw(sequences: 256, discount: 1), context, priority: .proportional(alpha: 1, beta: 1))
        load(trainer, context)
        // All are new, and alike.
        #expect(try step(trainer)[Drawn.largestWeight] == 1)
        // Now a step is worth its reward: the column's number. Those of column 0 are drawn no more.
        try step(trainer)
        let metrics = try step(trainer)
        let columns = try #require(trainer.drawn).rewards.map { Int($0) }
        #expect(!columns.contains(0) && columns.count { $0 == 3 } > 2 * columns.count { $0 == 1 })
        #expect(abs(metrics[Drawn.largestWeight] - 1) < 1e-4 && abs(metrics[Drawn.smallestWeight] - 1.0 / 3) < 1e-3)
    }

    /// Steps that only warm the core up have no weight, and the others are weighed by their own number.
    @Test func burnInIsNotTrainedOn() throws {
        let context = Chain.context(core: .gru(4))
        var draw = ReplayDraw(sequences: 8, steps: 4, discount: 1)
        draw.burnIn = 2
        let trainer = try makeTrainer(draw, context) { step in
            #expect(step.hasSequences && step.weights.count == 5 * 8)
            for row in step.batch.kinds.indices {
                let counts = row >= 2 * 8 && step.batch.kinds[row] != StepKind.reset.rawValue
                #expect(counts == (step.weights[row] > 0))
            }
            #expect(abs(step.weights.reduce(0, +) - 1) < 1e-5 && (8...16).contains(step.frames))
        }
        load(trainer, context)
        #expect(try step(trainer)[.gradientSteps] == 1)
        draw.burnIn = 4
        #expect(throws: DesignError.self) { try makeTrainer(draw, context) }
        var single = ReplayDraw(sequences: 8, discount: 1)
        single.burnIn = 1
        #expect(throws: DesignError.self) { try makeTrainer(single, Chain.context()) }
    }

    /// What a sequence has to teach: 0.9 of the largest of its steps and 0.1 of their mean; of those that were trained on.
    @Test func sequencesGoByTheirLargestErrorsAndAllOfThem() throws {
        let context = Chain.context(core: .gru(4))
        var draw = ReplayDraw(sequences: 64, steps: 4, discount: 1)
        draw.burnIn = 1
        let trainer = try makeTrainer(draw, context, priority: .lossAdjusted(alpha: 1)) { step in
            // A step is worth ten times its row, what it is burnt in by much more.
            for row in step.batch.rewards.indices { step.batch.rewards[row] = row < 64 ? 1000 : Float(10 * (row / 64)) }
        }
        load(trainer, context)
        try step(trainer)
        let priorities = try #require(trainer.replay?.contents.arrays.last?.values(as: Float.self))
        #expect(priorities.allSatisfy { $0 == 0 || $0 == 1 || abs($0 - (0.9 * 30 + 0.1 * 20)) < 1e-4 })
        #expect(priorities.contains { $0 > 1 })
    }

    /// The actors' values of the state two steps later, where the unroll has them.
    @Test func newStepsGoByWhatTheirActorsThought() throws {
        let context = Chain.context()
        var design = TrainingDesign([Phase([Drawn { _ in }], from: .replay(ReplayDraw(sequences: 4, discount: 1)))], context)
        design.replay = ReplaySettings(steps: 1000, priority: .lossAdjusted(alpha: 1))
        design.replay?.initial = .acting(steps: 2, discount: 0.5)
        design.rewardScale = 100
        let trainer = try Trainer(design, context)
        let header = UnrollHeader(
            sequence: 1, version: ParameterVersion(generation: 1, update: 0), digest: 0, firstStep: 0, firstEnvironment: 0, noiseKey: 1,
            episodes: [])
        var unrolls = 0
        Chain.load(trainer, context) { view in
            let values = UnsafeMutableRawPointer(mutating: view.base + view.layout.logitsOffset).assumingMemoryBound(to: Float.self)
            // Q(t, e, a) = 1000 t + 100 a.
            for place in 0..<4 * 2 * 3 { values[place] = Float(1000 * (place / 6) + 100 * (place % 3)) }
            let kinds = UnsafeMutableRawPointer(mutating: view.base + view.layout.kindOffset).assumingMemoryBound(to: UInt8.self)
            // The other unroll's first environment terminates with its second step.
            if unrolls == 1 { kinds[2] = StepKind.terminated.rawValue }
            trainer.keep(view, header)
            unrolls += 1
        }
        let priorities = try #require(trainer.replay?.contents.arrays.last?.values(as: Float.self))
        func expected(_ unroll: Int, _ t: Int, _ e: Int) -> Float? {
            let (reward, taken) = (Float(100 * (2 * unroll + e)), Float(1000 * t + 100 * ((t + 2 * unroll + e) % 3)))
            // Truncated after row 1: what follows is row 2's. Terminated there: nothing.
            if unroll == 0, e == 0 { return [abs(1.5 * reward + 0.25 * 2200 - taken), abs(reward + 0.5 * 2200 - taken), -1, nil][t] }
            if unroll == 1, e == 0, t < 2 { return t == 0 ? abs(1.5 * reward - taken) : abs(reward - taken) }
            return t < 2 ? abs(1.5 * reward + 0.25 * Float(1000 * (t + 2) + 200) - taken) : nil
        }
        #expect(priorities.count == 16)
        for (index, priority) in priorities.enumerated() {
            let (unroll, t, e) = (index / 8, index % 8 / 2, index % 2)
            guard let value = expected(unroll, t, e) else {
                // Unknown: the largest there was.
                #expect(priority >= 1)
                continue
            }
            // A row that is no step is never drawn.
            #expect(priority == (value < 0 ? 0 : max(1, value)), "unroll \(unroll), step \(t), environment \(e)")
        }
    }

    @Test func designsThatCanNotBeAreRefused() throws {
        let context = Chain.context()
        #expect(throws: DesignError.self) { try makeTrainer(ReplayDraw(sequences: 2, steps: 5, discount: 1), context) }
        let recurrent = Chain.context(core: .gru(4))
        #expect(throws: DesignError.self) { try makeTrainer(ReplayDraw(sequences: 2, discount: 1), recurrent) }
        let whole = try makeTrainer(ReplayDraw(sequences: 2, steps: 4, discount: 1), recurrent)
        load(whole, recurrent)
        #expect(try step(whole)[Drawn.loss].isFinite)
        let predicting = Chain.context(representation: .predict)
        #expect(throws: DesignError.self) { try makeTrainer(ReplayDraw(sequences: 2, stepsPerRow: 2, discount: 1), predicting) }
        _ = try makeTrainer(ReplayDraw(sequences: 2, discount: 1), predicting)
        var design = TrainingDesign([Phase([Drawn { _ in }], from: .replay(ReplayDraw(sequences: 2, discount: 1)))], context)
        design.replay = nil
        #expect(throws: DesignError.self) { try Trainer(design, context) }
    }

    /// The target's core runs over the same sequences as the online one: with the same parameters both say the same.
    @Test(arguments: [Phase.Source.batch, .replay(ReplayDraw(sequences: 4, steps: 4, discount: 1))])
    func targetsHaveTheirCore(source: Phase.Source) throws {
        let context = Chain.context(core: .gru(4))
        func run(usesTarget: Bool) throws -> (Trainer, MetricSample) {
            let loss = ActionValueLoss(
                values: ActionValues(), bootstrap: .greedy, discount: 0.9, usesTarget: usesTarget, huber: 1, exploration: Exploration())
            var design = TrainingDesign(
                groups: [TrainedGroup(.all, context.optimizer, target: .copy(every: 1000))], phases: [Phase([loss], from: source)])
            design.replay = ReplaySettings(steps: 1000)
            let trainer = try Trainer(design, context)
            load(trainer, context)
            return (trainer, try step(trainer))
        }
        let (online, target) = (try run(usesTarget: false), try run(usesTarget: true))
        #expect(online.1[.actionValueLoss] == target.1[.actionValueLoss] && online.1[.actionValueLoss] > 0)
        #expect(online.0.values == target.0.values)
        // After the step the target is what the online parameters were.
        load(online.0, context)
        load(target.0, context)
        #expect(try step(online.0)[.actionValueLoss] != step(target.0)[.actionValueLoss])
    }

    /// Without unrolls, and where it is only asked whether a batch gives numbers, nothing is drawn.
    @Test func nothingIsDrawnFromNothing() throws {
        let context = Chain.context()
        let trainer = try makeTrainer(ReplayDraw(sequences: 4, discount: 1), context)
        Chain.load(trainer, context)
        #expect(try step(trainer)[.gradientSteps] == 0 && trainer.isTrainable(frames: 0))
    }
}
