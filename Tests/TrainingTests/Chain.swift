import StarlingCompute
import StarlingExperience
import StarlingLatentPolicy
import StarlingMetrics
import StarlingTraining

/// Unrolls of two environments with two observations, made of their place in the batch.
enum Chain {
    static let environment = EnvironmentSpec(name: "chain", observation: ObservationSpec(shape: [2]), action: .discrete(3))
    static let acting = ActingSpec(latentMode: .mean, unrollLength: 4, environmentsPerUnroll: 2)

    static func context(
        core: ModelSpec.Core = .none, columns: Int = 4, optimizer: OptimizerSettings = OptimizerSettings(), seed: UInt64 = 7,
        normalizesObservations: Bool = false, frameStack: Int = 1, representation: ModelSpec.Representation = .none,
        valueBins: ModelSpec.ValueBins? = nil, latent: LatentSettings = LatentSettings()
    ) -> TrainingContext {
        var model = ModelSpec(
            encoder: .dense([8]), decoder: .dense([8]), policy: .dense([]), value: .dense([]), activation: .tanh, latentCount: 3,
            likelihood: .normal(variance: 1.0), representation: representation, observationScale: [], core: core,
            valueBins: valueBins)
        (model.normalizesObservations, model.frameStack) = (normalizesObservations, frameStack)
        return TrainingContext(
            LatentPolicy(model: model, environment: environment), acting: acting, columnCount: columns, latent: latent,
            optimizer: optimizer, compute: .cpu(), seed: seed)
    }

    /// Fills all columns. Column c has rewards c; row 1 of column 0 ends an episode by a truncation.
    /// - Parameter note: told every unroll.
    static func load(
        _ trainer: Trainer, _ context: TrainingContext, reward: Float? = nil, note: (UnrollView) -> Void = { _ in }
    ) {
        load(trainer, context, note: note) { view, column in
            for t in 0...view.layout.unrollLength {
                let numbers = view.observations(at: t).bindMemory(to: Float.self)
                for e in 0..<2 { (numbers[2 * e], numbers[2 * e + 1]) = (Float(t) / 4 - 0.5, Float(column + e) / 4 - 0.5) }
            }
            for t in 0..<view.layout.unrollLength {
                for e in 0..<2 {
                    view.rewards(at: t)[e] = reward ?? Float(column + e)
                    view.actions(at: t)[e] = Int32((t + column + e) % 3)
                    view.behaviorLogProbabilities(at: t)[e] = -1
                }
            }
            if column == 0 {
                view.kinds(at: 1)[0] = StepKind.truncated.rawValue
                view.kinds(at: 2)[0] = StepKind.reset.rawValue
            }
        }
    }

    /// Fills all columns, two at a time.
    /// - Parameter fill: writes an unroll, whose bytes are 0, of the columns from the one that it is told.
    static func load(
        _ trainer: Trainer, _ context: TrainingContext, note: (UnrollView) -> Void, fill: (MutableUnrollView, _ column: Int) -> Void
    ) {
        let layout = UnrollLayout(environment: environment, model: context.policy.model, acting: acting)
        let block = UnsafeMutableRawPointer.allocate(byteCount: layout.byteCount, alignment: 64)
        defer { block.deallocate() }
        for column in stride(from: 0, to: context.columnCount, by: 2) {
            block.initializeMemory(as: UInt8.self, repeating: 0, count: layout.byteCount)
            let view = MutableUnrollView(layout, block)
            fill(view, column)
            let header = UnrollHeader(
                sequence: 1, version: ParameterVersion(generation: 1, update: 0), digest: 0, firstStep: 0, firstEnvironment: 0,
                noiseKey: 1, episodes: [])
            trainer.load(view.reading, header, column: column)
            note(view.reading)
        }
    }

    /// Steps that count in a full batch.
    static func steps(_ context: TrainingContext) -> Int { context.stepCount - 1 }
}

extension Trainer {
    var values: [Float] { parameters.withUnsafeBufferPointer { Array($0) } }

    func values(of name: String) -> [Float] {
        let slot = layout.slot(named: name)!
        return Array(values[slot.offset..<slot.offset + slot.count])
    }
}

/// ½(V − t)² with the rewards as targets; counts what it is asked for.
struct Regression: Objective {
    static let loss = Metric("regression", "1", "½(V − t)².")
    static let minibatches = Metric("minibatches", "1", "Rows of each step.", .maximum)
    static let target = TargetColumn("regressed")

    var metrics: [Metric] { [Self.loss, Self.minibatches] }
    var needs: [RowOutput] { [.value] }

    func grow(_ g: inout Graph, _ pass: inout ModelPass) -> [Term] {
        let error = g.square(g.subtract(pass.value(&g), pass.target(&g, Self.target)))
        return [Term(Self.loss, g.scale(pass.mean(&g, error), 0.5), weight: 1)]
    }

    func writeTargets(_ step: StepAccess, _ metrics: inout MetricSample) {
        let targets = step.target(Self.target)
        for row in step.batch.rewards.indices { targets[row] = step.batch.rewards[row] }
    }

    func finish(_ step: StepAccess, _ metrics: inout MetricSample) {
        metrics[Self.minibatches] = Double(step.weights.count { $0 > 0 })
    }
}
