import Glibc
import StarlingAlgorithms
import StarlingCompute
import StarlingExperience
import StarlingMetrics
import StarlingTraining
import Testing

/// Rewards of a batch of sequences, `[steps]`, the same for all.
private struct Given: Scorer {
    let rewards: [Float]
    var metrics: [Metric] { [] }
    func grow(_ g: inout Graph, _ pass: inout ModelPass) {}
    func score(_ step: StepAccess, _ metrics: inout MetricSample) {
        for row in step.batch.kinds.indices where step.batch.kinds[row] != StepKind.reset.rawValue {
            step.batch.rewards[row] += rewards[row / step.columnCount]
        }
    }
}

@Suite struct PsiTests {
    /// Of a head that is its bias alone, so that every state has the same Ψ and the same prior: both by hand, as Jaques et al. 2017 write
    /// them, section 3. They are one loss, since Ψ = log p + G makes log Σ p·e^G of log Σ e^Ψ, and p·e^G, by which G-learning acts, of e^Ψ.
    @Test func theLossIsThatOfPsiLearningAndOfGLearning() throws {
        let (likely, worth) = ([0.3, -0.7, 1.1], [0.9, 0.2, -1.3])
        let (rewards, discount): ([Float], Double) = ([2, -0.5], 0.5)
        let sequences: [[Int32]] = [[0, 2], [1, 0]]
        let found = try Writing.withFile(train: sequences) { path in
            var psi = Psi()
            (psi.likelihood.data, psi.likelihood.frames) = (path, 4)
            (psi.likelihood.updatesPerFrame, psi.likelihood.columns) = (1, 2)
            (psi.discount, psi.huber, psi.epochs) = (Float(discount), 1e6, 1)
            var optimizer = OptimizerSettings()
            optimizer.learningRate = 0
            let context = Writing.context(tokens: 3, length: 2, columns: 2, optimizer: optimizer)
            var design = psi.design(context)
            design.scorers.append(Given(rewards: rewards))
            let trainer = try Trainer(design, context)
            trainer.set("policy.logits.weight", to: Array(repeating: 0, count: 21))
            var metrics = MetricSample(MetricSet(trainer.metrics))
            for (update, bias) in [likely, worth].enumerated() {
                trainer.set("policy.logits.bias", to: bias.map { Float($0) })
                Writing.load(sequences, trainer, context)
                metrics.clear()
                _ = try trainer.step(frames: 4 * UInt64(update), update: UInt64(update), &metrics)
            }
            return metrics[.actionValueLoss]
        }

        func logSumExp(_ values: [Double]) -> Double { log(values.reduce(0) { $0 + exp($1) }) }
        let prior = likely.map { $0 - logSumExp(likely) }
        let gain = zip(worth, prior).map { $0 - $1 }
        // Each with what the next state is worth; behind the last step there is none.
        func mean(_ error: (_ token: Int, _ reward: Double, _ isLast: Bool) -> Double) -> Double {
            let errors = sequences.flatMap { $0.enumerated().map { error(Int($1), Double(rewards[$0]), $0 == 1) } }
            return errors.reduce(0) { $0 + $1 * $1 / 2 } / Double(errors.count)
        }
        let psi = mean { prior[$0] + $1 + ($2 ? 0 : discount * logSumExp(worth)) - worth[$0] }
        let g = mean { $1 + ($2 ? 0 : discount * logSumExp(zip(prior, gain).map { $0 + $1 })) - gain[$0] }
        #expect(abs(found - psi) < 1e-5 && abs(found - g) < 1e-5, "\(found), \(psi), \(g)")
    }
}
