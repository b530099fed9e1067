package import StarlingCompute
package import StarlingExperience
import StarlingLatentPolicy
package import StarlingMetrics
import StarlingReturns
import StarlingThreads

/// IMPALA's actor-critic with V-trace targets (Espeholt et al. 2018), joint with the autoencoder:
/// `L = −A·log π(a|z) + c_V·½(V−v)² − c_H·H[π] + λ·L_vae`, every term a mean over the steps of the batch.
package final class VTrace: Algorithm {
    package let layout: ParameterLayout
    package let reservoirRowCount: Int

    private let settings: VTraceSettings
    private let graph: VTraceGraph
    private let plan: Plan
    private let batch: HostBatch
    private let unrollLength: Int
    private let columnCount: Int
    private let latentCount: Int

    package init(_ context: AlgorithmContext, _ settings: VTraceSettings) throws(ComputeError) {
        let (policy, acting, columnCount, latent) = (context.policy, context.acting, context.columnCount, context.latent)
        self.settings = settings
        unrollLength = acting.unrollLength
        self.columnCount = columnCount
        latentCount = policy.model.latentCount
        graph = VTraceGraph(policy, settings, latent, acting: acting)
        layout = graph.graph.layout
        let rows = (acting.unrollLength + 1) * columnCount
        let steps = Float(acting.unrollLength * columnCount)
        reservoirRowCount =
            graph.latent.reservoir == nil
            ? 0 : max(1, Int((steps * latent.replayShare / (1 - latent.replayShare)).rounded()))
        plan = try Plan(
            graph.graph, rows: [.unroll: rows, .columns: columnCount, .reservoir: max(1, reservoirRowCount)], team: context.team,
            tuning: context.tuning)
        batch = HostBatch(unrollLength: acting.unrollLength, columnCount: columnCount, rewardScale: settings.rewardScale)
        // Row T has no action.
        switch graph.action {
        case .discrete(let port): plan.write(port) { $0.update(repeating: 0) }
        case .continuous(let port): plan.write(port) { $0.update(repeating: 0) }
        }
    }

    package var tuning: Tuning { plan.tuning }
    package var metrics: [Metric] { Self.metrics }

    package func load(_ unroll: UnrollView, _ header: UnrollHeader, column: Int) {
        plan.load(unroll, into: graph.latent.observation, column: column, of: columnCount)
        if let noise = graph.latent.noise { plan.load(header, unroll.layout, into: noise, column, of: columnCount) }
        if let core = graph.latent.core { plan.load(unroll, into: core, column, of: columnCount) }
        plan.loadActions(unroll, into: graph.action, column: column, of: columnCount)
        batch.load(unroll, column: column)
    }

    package func loadReservoir(noiseKey: UInt64, _ body: (UnsafeMutableRawBufferPointer) -> Void) {
        guard let reservoir = graph.latent.reservoir else { return }
        plan.writeBytes(reservoir.observation, body)
        plan.write(reservoir.weight) { $0.update(repeating: 1 / Float($0.count)) }
        if let noise = reservoir.noise {
            plan.write(noise.key) { $0.update(repeating: noiseKey) }
            plan.write(noise.step) { for row in $0.indices { $0[row] = UInt64(row) } }
            plan.write(noise.environment) { $0.update(repeating: 0) }
        }
    }

    package func step(
        _ parameters: ParameterBank, klWeight: Float, metrics: inout MetricSample
    ) throws(NotFinite) -> Int {
        let start = Deadline.now
        let frames = plan.write(graph.weight) { batch.weights(into: $0) }
        if let port = graph.latent.klWeight { plan.write(port) { $0[0] = klWeight } }
        plan.run(.forward, with: parameters)
        let forwardEnd = Deadline.now
        makeTargets(frames, &metrics)
        let targetsEnd = Deadline.now
        plan.run(.backward, with: parameters)
        metrics[.timeForward] = forwardEnd.seconds(since: start)
        metrics[.timeTargets] = targetsEnd.seconds(since: forwardEnd)
        metrics[.timeBackward] = Deadline.now.seconds(since: targetsEnd)
        try readLosses(klWeight, &metrics)
        return frames
    }

    package func gradients<Result>(_ body: (UnsafeBufferPointer<Float>) -> Result) -> Result {
        plan.gradients(body)
    }

    package func maximumLogRatio(columns: Range<Int>) -> Float { batch.maximumLogRatio(columns: columns) }

    package func measure(_ metrics: inout MetricSample) {
        metrics[.activeUnits] = Double(plan.read(graph.mean) { batch.activeUnits($0, latentCount: latentCount) })
    }

    /// V-trace's targets from the forward stage, on the host: stop-gradient holds by construction.
    private func makeTargets(_ frames: Int, _ metrics: inout MetricSample) {
        plan.read(graph.logProbability) { batch.setLogRatios(target: $0) }
        metrics[.importanceRatio] = Double(batch.meanImportanceRatio(frames: frames))
        plan.read(graph.value) { values in
            plan.write(graph.valueTarget) { targets in
                plan.write(graph.advantage) { advantages in
                    VTraceTargets.targets(
                        unrollLength: unrollLength, columns: columnCount, settings: settings.targets,
                        logRatios: UnsafeBufferPointer(batch.logRatios), rewards: UnsafeBufferPointer(batch.rewards),
                        kinds: UnsafeBufferPointer(batch.kinds), values: values, valueTargets: targets,
                        advantages: advantages)
                }
                if let explained = batch.explainedVariance(values: values, targets: UnsafeBufferPointer(targets)) {
                    metrics[.explainedVariance] = Double(explained)
                }
            }
        }
    }

    private func readLosses(_ klWeight: Float, _ metrics: inout MetricSample) throws(NotFinite) {
        func scalar(_ port: Port<Float>, _ metric: Metric) throws(NotFinite) -> Float {
            let value = plan.read(port) { $0[0] }
            guard value.isFinite else { throw NotFinite(term: metric.words, value: value) }
            return value
        }
        metrics[.policyGradientLoss] = Double(try scalar(graph.policyGradientLoss, .policyGradientLoss))
        metrics[.valueLoss] = Double(try scalar(graph.valueLoss, .valueLoss))
        metrics[.entropy] = Double(try scalar(graph.entropy, .entropy))
        if let reconstruction = graph.reconstruction, let divergence = graph.divergence {
            LatentObjective.note(
                reconstruction: try scalar(reconstruction, .reconstructionLoss), divergence: try scalar(divergence, .klDivergence),
                klWeight: klWeight, in: &metrics)
        }
        metrics[.totalLoss] = Double(try scalar(graph.total, .totalLoss))
    }
}
