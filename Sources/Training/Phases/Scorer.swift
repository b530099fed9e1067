public import StarlingCompute
import StarlingExperience
import StarlingLatentPolicy
public import StarlingMetrics

/// Rewards made of parameters, such as what a discriminator says: added on the learner to those of every batch of fresh unrolls, before
/// its phases run. So actors know nothing of them, they are as new as the parameters, and ledger and journal have the environment's alone.
///
/// Like an objective it is a value without state. Its modules are declared by the objective that trains them.
public protocol Scorer: Sendable {
    /// What it tells of itself.
    var metrics: [Metric] { get }
    /// Grows what `score` reads: `pass.output`.
    func grow(_ g: inout Graph, _ pass: inout ModelPass)
    /// Adds to `step.batch.rewards`, where a row is a step.
    func score(_ step: StepAccess, _ metrics: inout MetricSample)
}

/// Runs the scorers of a design over the loaded batch.
final class ScoreRunner {
    private let scorers: [any Scorer]
    private let plan: Plan
    private let loader: BatchLoader
    private let access: StepAccess
    /// Frames of the run before which nothing is scored.
    let after: UInt64

    init(_ design: TrainingDesign, _ context: TrainingContext, _ batch: HostBatch) throws(ComputeError) {
        (scorers, after) = (design.scorers, design.scoresAfter)
        var g = design.makeGraph(context)
        var pass = ModelPass(&g, context, .sequences(rows: context.acting.unrollLength + 1))
        for scorer in scorers { scorer.grow(&g, &pass) }
        plan = try Plan(g, rows: [.unroll: context.rowCount, .columns: context.columnCount, .reservoir: 1], context.compute)
        loader = BatchLoader(plan, pass.ports, columnCount: context.columnCount)
        access = StepAccess(batch, pass, plan)
        loader.begin()
    }

    func load(_ unroll: UnrollView, _ header: UnrollHeader, column: Int) { loader.load(unroll, header, column: column) }

    func score(with banks: ParameterBanks, _ metrics: inout MetricSample) {
        plan.run(.forward, with: banks)
        for scorer in scorers { scorer.score(access, &metrics) }
    }
}
