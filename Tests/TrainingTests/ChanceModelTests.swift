import Glibc
import StarlingAlgorithms
import StarlingCompute
import StarlingExperience
import StarlingLatentPolicy
import StarlingMetrics
import StarlingReplay
import StarlingTraining
import Testing

/// A world in which chance alone decides: every step leads to A with the probability ¾ and a reward of 0, else to B with a reward of 2.
@Suite struct ChanceModelTests {
    private struct Rewards: Objective {
        static let loss = Metric("dreamt", "1", "½(V − r)².")
        let look: @Sendable (StepAccess) -> Void
        var metrics: [Metric] { [Self.loss] }

        func grow(_ g: inout Graph, _ pass: inout ModelPass) -> [Term] {
            let error = g.square(g.subtract(pass.value(&g), pass.target(&g, .valueTarget)))
            return [Term(Self.loss, pass.mean(&g, error), weight: 1)]
        }

        func writeTargets(_ step: StepAccess, _ metrics: inout MetricSample) { look(step) }
    }

    private func dreamt(outcomes: Int) throws -> [Float] {
        var latent = LatentSettings()
        (latent.predictionHidden, latent.predictionSteps, latent.predictionOutcomes) = ([16], 1, outcomes)
        (latent.predictionCost, latent.predictionEndingCost, latent.targetShare) = (1, 1, 0.05)
        var optimizer = OptimizerSettings()
        (optimizer.learningRate, optimizer.horizon) = (0.01, 0)
        let context = Chain.context(columns: 32, optimizer: optimizer, representation: .predict, latent: latent)
        nonisolated(unsafe) var rewards: [Float] = []
        let model = Phase([SelfPrediction(context)], from: .replay(ReplayDraw(sequences: 32, steps: 2, discount: 1)))
        let dream = Phase([Rewards { rewards = Array($0.batch.rewards) }], from: .dreams(DreamDraw(columns: 256, steps: 2)))
        var design = TrainingDesign([model, dream], context)
        design.replay = ReplaySettings(steps: 20_000)
        let trainer = try Trainer(design, context)
        for update in 0..<400 as Range<UInt64> {
            load(trainer, context, update)
            var metrics = MetricSample(MetricSet(trainer.metrics))
            _ = try trainer.step(frames: 0, update: update, &metrics)
        }
        return rewards
    }

    private func load(_ trainer: Trainer, _ context: TrainingContext, _ update: UInt64) {
        Chain.load(trainer, context, note: { trainer.replay?.insert($0) }) { view, column in
            for t in 0...view.layout.unrollLength {
                let numbers = view.observations(at: t).bindMemory(to: Float.self)
                for e in 0..<2 {
                    let isB = Seed.mix(update, UInt64(t), UInt64(column + e)) % 4 == 0
                    (numbers[2 * e], numbers[2 * e + 1]) = isB ? (0, 1) : (1, 0)
                    guard t > 0 else { continue }
                    view.rewards(at: t - 1)[e] = isB ? 2 : 0
                    view.behaviorLogProbabilities(at: t - 1)[e] = -1
                }
            }
        }
    }

    /// Outcomes come as often as they do, and are what they are; a model of one outcome tells their mean, which never is.
    @Test func outcomesComeAsOftenAsTheyDo() throws {
        let rewards = try dreamt(outcomes: 2)
        let large = rewards.count { $0 > 1.2 && $0 < 2.5 }
        let small = rewards.count { abs($0) < 0.5 }
        #expect(rewards.count == 512 && large + small > 500, "\(large) large, \(small) small")
        #expect(abs(Double(large) / 512 - 0.25) < 0.08, "\(large) of 512")
        let means = try dreamt(outcomes: 1)
        #expect(means.count { $0 > 0.15 && $0 < 0.8 } > 500)
    }
}
