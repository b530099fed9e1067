private import StarlingAlgorithms
package import StarlingCompute
private import StarlingExperience
private import StarlingLatentPolicy
private import StarlingMetrics
private import StarlingThreads
private import StarlingTraining

/// The learner's joint training step: V-trace's, forward, targets, backward, Adam.
package final class TrainingStep {
    private let model: ReferenceModel
    private let trainer: Trainer
    private var metrics: MetricSample
    private var update: UInt64 = 0

    package init(_ model: ReferenceModel, rows: Int, threads: Int, tuning: Tuning = .timed) throws(ComputeError) {
        self.model = model
        let team = threads > 1 ? WorkerTeam(count: threads, name: "bench") : nil
        var optimizer = OptimizerSettings()
        optimizer.learningRate = 1e-4
        let context = TrainingContext(
            model.latentPolicy, acting: ActingSpec(latentMode: .mean, unrollLength: rows - 1, environmentsPerUnroll: 1),
            columnCount: 1, optimizer: optimizer, compute: .cpu(team: team, tuning: tuning), seed: 1)
        do {
            trainer = try Trainer(VTrace().design(context), context)
        } catch let error as ComputeError {
            throw error
        } catch { preconditionFailure("\(error)") }
        metrics = MetricSample(MetricSet(trainer.metrics))
        load(context)
    }

    /// A reproducible unroll.
    private func load(_ context: TrainingContext) {
        let layout = UnrollLayout(environment: model.latentPolicy.environment, model: model.latentPolicy.model, acting: context.acting)
        let block = UnsafeMutableRawPointer.allocate(byteCount: layout.byteCount, alignment: 64)
        defer { block.deallocate() }
        block.initializeMemory(as: UInt8.self, repeating: 0, count: layout.byteCount)
        let view = MutableUnrollView(layout, block)
        var inputs = Inputs()
        for t in 0..<layout.unrollLength + 1 { inputs.fill(view.observations(at: t), layout.observation.scalar, levels: model.levels) }
        for t in 0..<layout.unrollLength {
            inputs.fill(view.rewards(at: t))
            view.actions(at: t)[0] = Int32(inputs.next() % UInt32(model.actionCount))
            view.behaviorLogProbabilities(at: t)[0] = -1
        }
        let header = UnrollHeader(
            sequence: 1, version: ParameterVersion(generation: 1, update: 0), digest: 0, firstStep: 0, firstEnvironment: 0,
            noiseKey: 1, episodes: [])
        trainer.load(UnrollView(layout, UnsafeRawPointer(block)), header, column: 0)
    }

    package func run() {
        metrics.clear()
        do throws(NotFinite) {
            _ = try trainer.step(frames: 0, update: update, &metrics)
        } catch { preconditionFailure("the reference model \(model.rawValue) diverged: \(error)") }
        update += 1
    }

    package var loss: Float { Float(metrics[.totalLoss]) }
    package var choices: [KernelChoice] { trainer.choices }
    /// The tuning given, with what was timed for this step.
    var tuning: Tuning { trainer.tuning }
    /// Multiplications and additions of the products of one step.
    package var operations: Int { choices.reduce(0) { $0 + $1.operations } }
}

/// The policy of some observations, as actors compute it.
package final class ActingStep {
    private let plan: Plan
    private let bank: ParameterBank

    package init(_ model: ReferenceModel, rows: Int) throws(ComputeError) {
        let graph = ActingGraph(model.latentPolicy, latentMode: .mean, layoutMode: .mean)
        plan = try Plan(graph.graph, rows: [.acting: rows], .cpu())
        bank = ParameterBank(plan.layout, seed: 1)
        var inputs = Inputs()
        inputs.fill(graph.observation, of: plan, levels: model.levels)
    }

    package func run() { plan.run(.forward, with: bank) }
}

/// Numbers that are the same in every run (a linear congruential generator, Numerical Recipes' constants).
private struct Inputs {
    private var state: UInt32 = 1

    mutating func next() -> UInt32 {
        state = state &* 1_664_525 &+ 1_013_904_223
        return state >> 8
    }

    /// From −1 … 1.
    mutating func fill(_ numbers: UnsafeMutableBufferPointer<Float>) {
        for index in numbers.indices { numbers[index] = Float(next() % 2001) / 1000 - 1 }
    }

    /// - Parameter levels: of bytes, from 0 on.
    mutating func fill(_ port: ObservationPort, of plan: Plan, levels: UInt32) {
        switch port {
        case .float32(let port): plan.write(port) { fill($0) }
        case .uint8(let port): plan.write(port) { fill(UnsafeMutableRawBufferPointer($0), .uint8, levels: levels) }
        }
    }

    mutating func fill(_ bytes: UnsafeMutableRawBufferPointer, _ scalar: ObservationSpec.Scalar, levels: UInt32) {
        switch scalar {
        case .float32: fill(bytes.bindMemory(to: Float.self))
        case .uint8: for index in bytes.indices { bytes[index] = UInt8(next() % levels) }
        }
    }
}
