import StarlingCompute
import StarlingEnvironments
import StarlingExperience
import StarlingLatentPolicy

/// The training of one autoencoder, update by update, each by the controls it is told.
///
/// Rows of a batch are drawn with replacement. The same instance and the same controls give the same bits.
package final class InnerTraining {
    package let instance: TrainingInstance
    let model: AutoencoderPlan
    private let data: TrainingData
    private let parameters: ParameterBank
    private var state: [ParameterBank] = []
    private var rule: Controls.Rule?
    /// Steps by this rule.
    private var ruleSteps: UInt64 = 0
    /// Updates so far.
    private var update: UInt64 = 0
    private var order: SeededGenerator

    private enum Purpose { static let parameters: UInt64 = 0, order: UInt64 = 1, noise: UInt64 = 2, judgement: UInt64 = 3 }

    /// What an update told, and what it moved.
    struct Update {
        /// −ELBO of the batch at β = 1, nats a picture.
        let loss: Double
        /// Global norm of the gradients before clipping.
        let gradientNorm: Float

        var isFinite: Bool { loss.isFinite && gradientNorm.isFinite }
    }

    /// What an autoencoder is worth on some pictures: nats a picture, z by fixed noise.
    package struct Judgement: Sendable {
        package let reconstruction: Double
        package let divergence: Double
        /// Share of the latents whose mean tells pictures apart: its variance over the pictures is above 0.01 (Burda et al. 2016,
        /// "Importance weighted autoencoders", section 5.2).
        package let activeShare: Double
        /// The bound of log p(x) at β = 1.
        package var elbo: Double { -reconstruction - divergence }
    }

    init(_ instance: TrainingInstance, _ model: AutoencoderPlan, _ data: TrainingData) {
        (self.instance, self.model, self.data) = (instance, model, data)
        parameters = ParameterBank(model.plan.layout, seed: Seed.mix(instance.seed, Purpose.parameters))
        order = SeededGenerator(seed: Seed.mix(instance.seed, Purpose.order))
    }

    /// Computes a batch and its gradients, without moving anything.
    func measure(_ controls: Controls) -> Update {
        let rows = instance.batch
        let width = data.width
        model.plan.write(model.observation) { place in
            data.training.bytes.withUnsafeBufferPointer { source in
                for row in 0..<rows {
                    let from = source.baseAddress! + order.below(data.training.count) * width
                    (place.baseAddress! + row * width).update(from: from, count: width)
                }
            }
        }
        setNoise(Seed.mix(instance.seed, Purpose.noise, update))
        model.plan.write(model.klWeight) { $0[0] = controls.klWeight }
        model.plan.write(model.share) { $0[0] = 1 / Float(rows) }
        model.plan.run(.forward, with: parameters, rows: rows)
        model.plan.run(.backward, with: parameters, rows: rows)
        let loss = (sum(model.reconstruction, rows) + sum(model.divergence, rows)) / Double(rows)
        return Update(loss: loss, gradientNorm: model.plan.norm(of: model.gradients, over: model.ranges))
    }

    /// Trains on the next batch.
    /// - Returns: what it was like before; where that is not finite, nothing was moved.
    func step(_ controls: Controls) -> Update {
        let told = measure(controls)
        update += 1
        guard told.isFinite else { return told }
        if rule != controls.rule {
            // What one rule remembers means nothing to another.
            (rule, ruleSteps) = (controls.rule, 0)
            state = controls.rule.update.stateNames.map { _ in ParameterBank(model.plan.layout) }
        }
        ruleSteps += 1
        let scale = told.gradientNorm > controls.clipNorm ? controls.clipNorm / told.gradientNorm : 1
        model.plan.apply(
            UpdateStep(controls.rule.update, rate: controls.rate, scale: scale, number: ruleSteps), to: parameters, model.gradients,
            state: state, over: model.ranges)
        return told
    }

    /// - Parameter samples: of z for each picture; the same noise whenever the same pictures are judged.
    package func judged(on part: TrainingData.Part, samples: Int) -> Judgement {
        var (reconstruction, divergence) = (0.0, 0.0)
        var moments = [(Double, Double)](repeating: (0, 0), count: instance.latentCount)
        let limit = AutoencoderPlan.rowLimit
        for start in stride(from: 0, to: part.count, by: limit) {
            let rows = min(limit, part.count - start)
            model.plan.write(model.observation) { place in
                _ = place.update(fromContentsOf: part.bytes[start * data.width..<(start + rows) * data.width])
            }
            for sample in 0..<samples {
                setNoise(Seed.mix(Purpose.judgement, UInt64(start), UInt64(sample)))
                model.plan.run(.forward, with: parameters, rows: rows)
                reconstruction += sum(model.reconstruction, rows)
                divergence += sum(model.divergence, rows)
            }
            model.plan.read(model.mean) { means in
                for place in 0..<rows * moments.count {
                    let value = Double(means[place])
                    moments[place % moments.count].0 += value
                    moments[place % moments.count].1 += value * value
                }
            }
        }
        let count = Double(part.count)
        let active = moments.count { $0.1 / count - ($0.0 / count) * ($0.0 / count) > 0.01 }
        return Judgement(
            reconstruction: reconstruction / (count * Double(samples)), divergence: divergence / (count * Double(samples)),
            activeShare: Double(active) / Double(moments.count))
    }

    private func setNoise(_ key: UInt64) { model.plan.write(model.noise.key) { $0.update(repeating: key) } }

    private func sum(_ port: Port<Float>, _ rows: Int) -> Double {
        model.plan.read(port) { values in values[..<rows].reduce(0.0) { $0 + Double($1) } }
    }
}
