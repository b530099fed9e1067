import StarlingCompute
import StarlingExperience
import StarlingMetrics
import StarlingTraining
import Testing

@Suite struct TrainerTests {
    private func makeTrainer(_ phases: [Phase], _ context: TrainingContext, groups: [TrainedGroup]? = nil) throws -> Trainer {
        try Trainer(TrainingDesign(groups: groups ?? [TrainedGroup(.all, context.optimizer)], phases: phases), context)
    }

    private func step(_ trainer: Trainer, update: UInt64 = 0) throws -> (frames: Int, metrics: MetricSample) {
        var metrics = MetricSample(MetricSet(trainer.metrics))
        return (try trainer.step(frames: 0, update: update, &metrics), metrics)
    }

    // MARK: Minibatches

    @Test(arguments: [4, 5, 15, 100], [1, 3]) func everyStepIsTrainedOnOnceInAnEpoch(rows: Int, epochs: Int) throws {
        let context = Chain.context()
        let trainer = try makeTrainer([Phase([Regression()], from: .minibatches(rows: rows, epochs: epochs))], context)
        Chain.load(trainer, context)
        let (frames, metrics) = try step(trainer)
        #expect(frames == Chain.steps(context))
        let count = (frames + rows - 1) / rows
        #expect(metrics[.gradientSteps] == Double(count * epochs))
        // As equal as can be: none is larger than the others by more than one.
        #expect(metrics[Regression.minibatches] == Double((frames + count - 1) / count))
    }

    /// One minibatch that holds all is the batch itself.
    @Test(arguments: [ModelSpec.Core.none, .gru(4)]) func oneMinibatchIsTheBatch(core: ModelSpec.Core) throws {
        let context = Chain.context(core: core)
        let trainers = try [Phase.Source.batch, .minibatches(rows: 20, epochs: 1)].map { source in
            let trainer = try makeTrainer([Phase([Regression()], from: source)], context)
            Chain.load(trainer, context)
            return (trainer, try step(trainer).metrics)
        }
        let (whole, held) = (trainers[0], trainers[1])
        #expect(abs(whole.1[Regression.loss] - held.1[Regression.loss]) < 1e-6)
        #expect(zip(whole.0.values, held.0.values).allSatisfy { abs($0 - $1) < 1e-6 })
        #expect(whole.0.values != (try makeTrainer([Phase([Regression()])], context)).values)
    }

    @Test func theOrderOfMinibatchesFollowsFromSeedAndUpdate() throws {
        func run(seed: UInt64, update: UInt64) throws -> [Float] {
            let context = Chain.context(seed: seed)
            let trainer = try makeTrainer([Phase([Regression()], from: .minibatches(rows: 4, epochs: 2))], context)
            trainer.parameters.withUnsafeMutableBufferPointer { for index in $0.indices { $0[index] = Float(index % 7) / 10 } }
            Chain.load(trainer, context)
            _ = try step(trainer, update: update)
            return trainer.values
        }
        let one = try run(seed: 1, update: 3)
        #expect(try run(seed: 1, update: 3) == one)
        #expect(try run(seed: 1, update: 4) != one && run(seed: 2, update: 3) != one)
    }

    // MARK: Groups

    @Test func aPhaseMovesItsGroupsAndNoOthers() throws {
        let context = Chain.context()
        var slow = context.optimizer
        slow.learningRate = 1e-6
        let groups = [
            TrainedGroup(ParameterGroup("critic", modules: ["value"]), context.optimizer),
            TrainedGroup(ParameterGroup("encoder", modules: ["encoder"]), slow),
        ]
        let trainer = try makeTrainer([Phase([Regression()], moving: ["critic"])], context, groups: groups)
        let before = trainer.capture()
        Chain.load(trainer, context)
        let metrics = try step(trainer).metrics
        for slot in trainer.layout.slots {
            let range = slot.offset..<slot.offset + slot.count
            #expect((trainer.values[range] == before.parameters[range]) == (slot.module != "value"), "\(slot.name)")
        }
        #expect(metrics[Metric("gradient_norm_critic", "", "")] > 0 && metrics[Metric("gradient_norm_encoder", "", "")].isNaN)

        let both = try makeTrainer([Phase([Regression()], moving: ["critic", "encoder"])], context, groups: groups)
        Chain.load(both, context)
        _ = try step(both)
        #expect(both.values(of: "value.output.weight") == trainer.values(of: "value.output.weight"))
        let moved = zip(both.values(of: "encoder.mean.bias"), trainer.values(of: "encoder.mean.bias")).map { abs($0 - $1) }
        #expect(moved.allSatisfy { $0 > 0 && $0 < 1e-5 })
        // The loss doesn't reach the policy: nothing moves it, whatever its group.
        #expect(both.values(of: "policy.logits.bias") == trainer.values(of: "policy.logits.bias"))
    }

    @Test func targetsFollowAsTheirRuleSays() throws {
        func target(_ rule: TrainedGroup.TargetRule, steps: Int) throws -> (online: [Float], target: [Float], first: [Float]) {
            let context = Chain.context()
            let trainer = try makeTrainer(
                [Phase([Regression()])], context, groups: [TrainedGroup(.all, context.optimizer, target: rule)])
            let first = trainer.values
            for update in 0..<steps {
                Chain.load(trainer, context)
                _ = try step(trainer, update: UInt64(update))
            }
            let part = try #require(trainer.capture().parts.first { $0.name == "target" })
            return (trainer.values, part.values, first)
        }
        let copied = try target(.copy(every: 3), steps: 2)
        #expect(copied.target == copied.first && copied.online != copied.first)
        let again = try target(.copy(every: 3), steps: 3)
        #expect(again.target == again.online)
        let average = try target(.average(share: 0.25), steps: 1)
        for index in average.target.indices {
            #expect(abs(average.target[index] - (0.75 * average.first[index] + 0.25 * average.online[index])) < 1e-6)
        }
    }

    // MARK: Pace

    @Test func phasesKeepTheirPace() throws {
        let context = Chain.context()
        var phase = Phase([Regression()])
        (phase.every, phase.times, phase.after) = (40, 2, 30)
        let trainer = try makeTrainer([phase], context)
        // Batches of 16 rows: those that reach or pass a multiple of 40 frames, from 30 frames on.
        let steps = try (0..<10).map { batch in
            Chain.load(trainer, context)
            var metrics = MetricSample(MetricSet(trainer.metrics))
            let trained = try trainer.step(frames: UInt64(16 * batch), update: UInt64(batch), &metrics)
            #expect(trained == Chain.steps(context))
            return metrics[.gradientSteps]
        }
        #expect(steps == [0, 0, 2, 0, 2, 0, 0, 2, 0, 2])
    }

    @Test func actingScalarsFollowTheDesignsSchedule() throws {
        let context = Chain.context()
        var design = TrainingDesign([Phase([Regression()])], context)
        let recipe = ActingScalars(epsilon: 0.5, temperature: 2)
        #expect(try Trainer(design, context).actingScalars(frames: 10, recipe) == recipe)
        design.actingScalars = { ActingScalars(epsilon: $1.epsilon / Float($0), temperature: $1.temperature) }
        #expect(try Trainer(design, context).actingScalars(frames: 10, recipe) == ActingScalars(epsilon: 0.05, temperature: 2))
    }

    // MARK: Faults

    @Test(arguments: [Phase.Source.batch, .minibatches(rows: 4, epochs: 2)])
    func aLossThatIsNoNumberChangesNothing(source: Phase.Source) throws {
        let context = Chain.context()
        let trainer = try makeTrainer([Phase([Regression()], from: source)], context)
        Chain.load(trainer, context)
        _ = try step(trainer)
        let before = trainer.capture()
        Chain.load(trainer, context, reward: .nan)
        #expect { try step(trainer) } throws: { ($0 as? NotFinite)?.term == "regression" }
        #expect(!trainer.isTrainable(frames: 0))
        Chain.load(trainer, context)
        #expect(trainer.isTrainable(frames: 0))
        let after = trainer.capture()
        #expect(after.parameters == before.parameters && after.stepCounts == before.stepCounts)
        #expect(zip(after.parts, before.parts).allSatisfy { $0.values == $1.values })
    }

    @Test func theGradientThatIsNoNumberIsNamed() throws {
        let context = Chain.context()
        let trainer = try makeTrainer([Phase([Regression()])], context)
        Chain.load(trainer, context, reward: 3e19)
        #expect { try step(trainer) } throws: { ($0 as? NotFinite) != nil }
    }

    @Test func clipsByTheGlobalNorm() throws {
        func moment(_ clip: Float) throws -> (norm: Double, moments: [Float]) {
            var optimizer = OptimizerSettings()
            optimizer.clipNorm = clip
            let context = Chain.context(optimizer: optimizer)
            let trainer = try makeTrainer([Phase([Regression()])], context)
            Chain.load(trainer, context)
            let norm = try step(trainer).metrics[.gradientNorm]
            return (norm, trainer.capture().parts[0].values)
        }
        let free = try moment(1e9)
        let clipped = try moment(Float(free.norm) / 4)
        #expect(clipped.norm == free.norm && free.norm > 0)
        for (a, b) in zip(free.moments, clipped.moments) { #expect(abs(a / 4 - b) < 1e-6) }
    }

    // MARK: Captures

    @Test(arguments: OptimizerSettings.Rule.allCases) func goesOnFromACapture(rule: OptimizerSettings.Rule) throws {
        var optimizer = OptimizerSettings()
        optimizer.rule = rule
        let context = Chain.context(optimizer: optimizer)
        let group = TrainedGroup(.all, optimizer, target: .average(share: 0.1))
        let phase = Phase([Regression()], from: .minibatches(rows: 4, epochs: 2))
        let one = try makeTrainer([phase], context, groups: [group])
        for update in 0..<2 {
            Chain.load(one, context)
            _ = try step(one, update: UInt64(update))
        }
        let other = try makeTrainer([phase], Chain.context(optimizer: optimizer), groups: [group])
        other.restore(one.capture())
        #expect(Set(other.partNames.map(\.name)) == Set(one.capture().parts.map(\.name)))
        for trainer in [one, other] {
            Chain.load(trainer, context)
            _ = try step(trainer, update: 2)
        }
        #expect(one.values == other.values)
        #expect(zip(one.capture().parts, other.capture().parts).allSatisfy { $0.values == $1.values })
    }
}
