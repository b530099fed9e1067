import StarlingCompute
import StarlingExperience
import StarlingMetrics
import StarlingTraining
import Testing

/// Targets have a row more than rewards: who takes no care of that trains all the same.
@Suite struct TargetRowsTests {
    /// Goes over all rows of its target, and has no number for those that hold no step.
    private struct Careless: Objective {
        static let loss = Metric("careless", "1", "A loss.")
        static let beyond = Metric("beyond", "1", "Sum of what is read beyond the rewards.")
        static let left = Metric("left", "1", "Sum of row T before anything is written.")
        var metrics: [Metric] { [Self.loss, Self.beyond, Self.left] }

        func grow(_ g: inout Graph, _ pass: inout ModelPass) -> [Term] {
            [Term(Self.loss, pass.mean(&g, g.square(g.subtract(pass.value(&g), pass.target(&g, .valueTarget)))), weight: 1)]
        }

        func writeTargets(_ step: StepAccess, _ metrics: inout MetricSample) {
            let target = step.target(.valueTarget)
            let (rewards, kinds) = (step.batch.rewards.baseAddress!, step.batch.kinds.baseAddress!)
            metrics[Self.left] = Double(target.suffix(step.columnCount).reduce(0, +))
            var beyond: Float = 0
            for row in target.indices {
                let isBeyond = row >= step.batch.rewards.count
                if isBeyond { beyond += abs(rewards[row]) + (kinds[row] == StepKind.reset.rawValue ? 0 : 1) }
                target[row] = step.weights[row] == 0 ? .nan : rewards[row]
            }
            metrics[Self.beyond] = Double(beyond)
        }
    }

    @Test(arguments: [Phase.Source.batch, .minibatches(rows: 8, epochs: 2)])
    func rowsThatDoNotCountCannotPoisonALoss(source: Phase.Source) throws {
        let context = Chain.context()
        let trainer = try Trainer(TrainingDesign([Phase([Careless()], from: source)], context), context)
        for update in 0..<2 {
            Chain.load(trainer, context)
            var sample = MetricSample(MetricSet(trainer.metrics))
            #expect(try trainer.step(frames: 0, update: UInt64(update), &sample) == Chain.steps(context))
            #expect(sample[Careless.loss].isFinite && sample[Careless.beyond] == 0 && sample[Careless.left] == 0)
        }
    }
}
