import Glibc
import StarlingAlgorithms
import StarlingCompute
import StarlingExperience
import StarlingMetrics
import StarlingReplay
import StarlingTraining
import Testing

/// Looks at the rows of a dream.
private struct Dreamt: Objective {
    static let loss = Metric("dreamt", "1", "½(V − r)².")
    static let latent = RowOutput("dreamtLatent")

    let check: @Sendable (StepAccess) -> Void
    var metrics: [Metric] { [Self.loss] }
    var needs: [RowOutput] { [.logProbability] }

    func grow(_ g: inout Graph, _ pass: inout ModelPass) -> [Term] {
        pass.output(&g, Self.latent, pass.observation)
        let error = g.square(g.subtract(pass.value(&g), pass.target(&g, .valueTarget)))
        return [Term(Self.loss, g.scale(pass.mean(&g, error), 0.5), weight: 1)]
    }

    func writeTargets(_ step: StepAccess, _ metrics: inout MetricSample) {
        check(step)
        for row in step.batch.rewards.indices { step.target(.valueTarget)[row] = step.batch.rewards[row] }
    }
}

@Suite struct DreamPhaseTests {
    private static let draw = DreamDraw(columns: 32, steps: 6)

    /// A model without hidden layers, so that what it tells is a product.
    private func context(
        members: Int = 1, representation: ModelSpec.Representation = .predict, core: ModelSpec.Core = .none
    ) -> TrainingContext {
        var latent = LatentSettings()
        (latent.predictionHidden, latent.predictionSteps, latent.predictionMembers) = ([], 2, members)
        return Chain.context(core: core, representation: representation, latent: latent)
    }

    private func design(_ context: TrainingContext, check: @escaping @Sendable (StepAccess) -> Void = { _ in }) -> TrainingDesign {
        let model = Phase([SelfPrediction(context)], from: .replay(ReplayDraw(sequences: 4, steps: 2, discount: 1)))
        var design = TrainingDesign([model, Phase([Dreamt(check: check)], from: .dreams(Self.draw))], context)
        design.replay = ReplaySettings(steps: 1000)
        return design
    }

    private func step(_ trainer: Trainer, _ context: TrainingContext, update: UInt64 = 0) throws {
        Chain.load(trainer, context) { trainer.replay?.insert($0) }
        var metrics = MetricSample(MetricSet(trainer.metrics))
        _ = try trainer.step(frames: 0, update: update, &metrics)
    }

    /// Of a dream.
    private struct Seen {
        var z: [Float] = []
        var actions: [Int32] = []
        var rewards: [Float] = []
        var kinds: [UInt8] = []
        var ratios: [Float] = []
    }

    /// Every row is what the model tells of the row before and of the action that the newest policy took there.
    @Test func dreamsAreTheModels() throws {
        let context = context()
        let (columns, steps) = (Self.draw.columns, Self.draw.steps)
        nonisolated(unsafe) var seen = Seen()
        let trainer = try Trainer(
            design(context) { step in
                let batch = step.batch
                seen = Seen(
                    z: Array(step.read(Dreamt.latent)), actions: Array(batch.actions), rewards: Array(batch.rewards),
                    kinds: Array(batch.kinds), ratios: Array(batch.logRatios))
            }, context)
        // Episodes shall end now and then, and rewards differ.
        trainer.set("ending.output.bias", to: [-1])
        trainer.set("reward.output.weight", to: [0.5, -0.3, 0.2, 0.1, 0.9, -1.5])
        trainer.set("dynamics.output.weight", to: (0..<18).map { Float($0 % 7) / 10 - 0.3 })
        try step(trainer, context)
        // The model's phase was first, so what it told is what it tells by now; the dream's own step moved the value alone.
        let (weights, bias) = (trainer.values(of: "dynamics.output.weight"), trainer.values(of: "dynamics.output.bias"))
        let (worth, worthBias) = (trainer.values(of: "reward.output.weight"), trainer.values(of: "reward.output.bias"))
        #expect(seen.z.count == (steps + 1) * columns * 3 && seen.actions.count == steps * columns)
        var ended = 0
        for t in 0..<steps {
            for column in 0..<columns {
                let row = t * columns + column
                if t > 0, seen.kinds[row - columns] != StepKind.ordinary.rawValue {
                    // Behind a termination nothing is.
                    #expect(seen.kinds[row] == StepKind.reset.rawValue && seen.rewards[row] == 0)
                    continue
                }
                ended += seen.kinds[row] == StepKind.terminated.rawValue ? 1 : 0
                let state = Array(seen.z[row * 3..<row * 3 + 3]) + (0..<3).map { seen.actions[row] == $0 ? 1 : 0 }
                func product(_ weights: ArraySlice<Float>) -> Float { zip(weights, state).map(*).reduce(0, +) }
                for index in 0..<3 {
                    let expected = state[index] + bias[index] + product(weights[index * 6..<index * 6 + 6])
                    #expect(abs(seen.z[(row + columns) * 3 + index] - expected) < 1e-4)
                }
                let symlog = worthBias[0] + product(worth[...])
                #expect(abs(seen.rewards[row] - copysign(expm1(abs(symlog)), symlog)) < 1e-4)
                // The policy that acted is the one that is trained.
                #expect(abs(seen.ratios[row]) < 1e-4)
            }
        }
        #expect(ended > 10 && ended < 3 * columns)
    }

    /// Where a core remembers, the model sees what it remembers, and the core goes on over the latents that are told.
    @Test(arguments: [ModelSpec.Core.gru(4), .lstm(4)])
    func dreamsRemember(core: ModelSpec.Core) throws {
        let context = context(core: core)
        let draw = ReplayDraw(sequences: 4, steps: 4, discount: 1)
        nonisolated(unsafe) var states: [Float] = []
        nonisolated(unsafe) var actions: [Int32] = []
        nonisolated(unsafe) var ratios: [Float] = []
        var design = TrainingDesign(
            [
                Phase([SelfPrediction(context)], from: .replay(draw)),
                Phase(
                    [
                        Dreamt { step in
                            (states, actions) = (Array(step.read(Dreamt.latent)), Array(step.batch.actions))
                            ratios = Array(step.batch.logRatios)
                        }
                    ], from: .dreams(Self.draw)),
            ], context)
        design.replay = ReplaySettings(steps: 1000)
        let trainer = try Trainer(design, context)
        trainer.set("ending.output.bias", to: [-30])
        try step(trainer, context)
        let (z, width, columns) = (3, 3 + core.stateCount, Self.draw.columns)
        #expect(states.count == (Self.draw.steps + 1) * columns * width && ratios.allSatisfy { abs($0) < 1e-4 })
        func values(_ name: String) -> [Float] { trainer.values(of: name) }
        func linear(_ weights: [Float], _ bias: [Float], _ x: [Float]) -> [Float] {
            bias.indices.map { row in x.indices.reduce(bias[row]) { $0 + weights[row * x.count + $1] * x[$1] } }
        }
        func sigmoid(_ x: Float) -> Float { 1 / (1 + expf(-x)) }
        /// As PyTorch's cells have it.
        func remember(_ z: [Float], _ memory: [Float]) -> [Float] {
            let outer = linear(values("core.weight_ih_l0"), values("core.bias_ih_l0"), z)
            let inner = linear(values("core.weight_hh_l0"), values("core.bias_hh_l0"), Array(memory.prefix(4)))
            func sum(_ gate: Int, _ j: Int) -> Float { outer[4 * gate + j] + inner[4 * gate + j] }
            if case .gru = core {
                return (0..<4).map { j in
                    let u = sigmoid(sum(1, j))
                    return (1 - u) * tanhf(outer[8 + j] + sigmoid(sum(0, j)) * inner[8 + j]) + u * memory[j]
                }
            }
            let cell = (0..<4).map { sigmoid(sum(1, $0)) * memory[4 + $0] + sigmoid(sum(0, $0)) * tanhf(sum(2, $0)) }
            return (0..<4).map { sigmoid(sum(3, $0)) * tanhf(cell[$0]) } + cell
        }
        var remembered: Float = 0
        for t in 0..<Self.draw.steps {
            for column in 0..<columns {
                let row = t * columns + column
                let state = Array(states[row * width..<(row + 1) * width])
                let seen = Array(state.prefix(z + 4)) + (0..<3).map { actions[row] == $0 ? 1 : 0 }
                let change = linear(values("dynamics.output.weight"), values("dynamics.output.bias"), seen)
                let next = (0..<z).map { state[$0] + change[$0] }
                let expected = next + remember(next, Array(state.dropFirst(z)))
                for index in 0..<width { #expect(abs(states[(row + columns) * width + index] - expected[index]) < 1e-4, "row \(row)") }
                remembered = max(remembered, abs(state[z]))
            }
        }
        #expect(remembered > 0.01)
    }

    /// What dreams bring stands beside what as many real steps bring, in the environment's unit; members that differ disagree.
    @Test func dreamsAreToldBesideWhatIsReal() throws {
        let context = self.context(members: 2)
        var design = self.design(context)
        design.rewardScale = 0.5
        let trainer = try Trainer(design, context)
        trainer.set("reward.output.bias", to: [log(1 + 1.5)])
        trainer.set("reward.output.weight", to: [Float](repeating: 0, count: 6))
        trainer.set("ending.output.bias", to: [-30])
        trainer.set("ending.output.weight", to: [Float](repeating: 0, count: 6))
        Chain.load(trainer, context) { trainer.replay?.insert($0) }
        var metrics = MetricSample(MetricSet(trainer.metrics))
        _ = try trainer.step(frames: 0, update: 0, &metrics)
        // Column c has rewards c; column 0 ends at row 1. Dreams are six steps long, unrolls four.
        #expect(abs(metrics[.realReturn] - (0 + 4 + 8 + 12) / 4) < 1e-5)
        // The model's own step was before the dreams.
        #expect(abs(metrics[.dreamReturn] - 4 * 1.5 / 0.5) < 0.5, "\(metrics[.dreamReturn])")
        #expect(metrics[.dreamDisagreement] > 0)
    }

    /// Dreams follow from seed and update; with several members they go apart.
    @Test func dreamsFollowFromSeedAndUpdate() throws {
        func last(members: Int, update: UInt64) throws -> [Float] {
            let context = context(members: members)
            nonisolated(unsafe) var latents: [Float] = []
            let trainer = try Trainer(design(context) { latents = Array($0.read(Dreamt.latent)) }, context)
            try step(trainer, context, update: update)
            return latents
        }
        let first = try last(members: 1, update: 5)
        #expect(try last(members: 1, update: 5) == first)
        #expect(try last(members: 1, update: 6) != first)
        #expect(try last(members: 3, update: 5) != first)
    }

    @Test func whatCanNotBeDreamtIsRefused() throws {
        let silent = self.context(representation: .vae)
        #expect(throws: DesignError.self) { try Trainer(design(silent), silent) }
        let context = self.context()
        var alone = TrainingDesign([Phase([Dreamt { _ in }], from: .dreams(Self.draw))], context)
        alone.replay = ReplaySettings(steps: 1000)
        #expect(throws: DesignError.self) { try Trainer(alone, context) }
    }

    /// The recipe's algorithm moves the model by replay, and the heads by dreams and what is fresh.
    @Test func dynaMovesBoth() throws {
        let context = context()
        var dyna = Dyna()
        (dyna.sequence, dyna.replay.batchRows, dyna.replay.learningStarts) = (2, 8, 0)
        (dyna.dreamColumns, dyna.dreamSteps, dyna.replay.updatesPerFrame, dyna.dreamsPerFrame) = (8, 3, 0.1, 0.1)
        let trainer = try Trainer(dyna.design(context), context)
        let before = trainer.values
        try step(trainer, context)
        for name in ["encoder.0.weight", "dynamics.output.weight", "policy.logits.weight", "value.output.weight"] {
            let slot = try #require(trainer.layout.slot(named: name))
            #expect(trainer.values[slot.offset..<slot.offset + slot.count] != before[slot.offset..<slot.offset + slot.count], "\(name)")
        }
    }
}

extension Trainer {
    func set(_ name: String, to values: [Float]) {
        let slot = layout.slot(named: name)!
        parameters.withUnsafeMutableBufferPointer { bank in
            for (index, value) in values.enumerated() { bank[slot.offset + index] = value }
        }
    }
}
