import Glibc
public import StarlingCompute
import StarlingExperience
public import StarlingMetrics
public import StarlingTraining

/// `−log(1 − D)` of what was written, D what the discriminator says of it (Goodfellow et al. 2014, section 3, gives log D; this one
/// doesn't vanish where D is 1). It is told step by step, as what each token adds: over an episode the sum is that of the whole sequence,
/// and whoever looks ahead by values finds the same best policy (Ng, Harada & Russell 1999).
public struct AdversarialScore: Scorer {
    private let discriminator: SequenceDiscriminator
    private let weight: Float

    private static let logit = RowOutput("discriminator.logit")

    /// - Parameter weight: of the discriminator's word in the reward.
    public init(_ discriminator: SequenceDiscriminator, weight: Float) { (self.discriminator, self.weight) = (discriminator, weight) }

    /// `adversarial_reward`.
    public var metrics: [Metric] { [.adversarialReward] }

    public func grow(_ g: inout Graph, _ pass: inout ModelPass) {
        pass.output(&g, Self.logit, discriminator.logits(&g, pass))
    }

    public func score(_ step: StepAccess, _ metrics: inout MetricSample) {
        let (batch, logits) = (step.batch, step.read(Self.logit))
        var (sum, count) = (0.0, 0)
        for column in 0..<step.columnCount {
            var before: Float = 0
            for row in stride(from: column, to: batch.kinds.count, by: step.columnCount) where batch.kinds[row] != StepKind.reset.rawValue {
                // −log(1 − σ(y)) = softplus(y).
                let score = max(logits[row], 0) + log1pf(expf(-abs(logits[row])))
                batch.rewards[row] += weight * (score - before)
                before = score
                guard batch.kinds[row] != StepKind.ordinary.rawValue else { continue }
                sum += Double(score)
                count += 1
                before = 0
            }
        }
        if count > 0 { metrics[.adversarialReward] = sum / Double(count) }
    }
}

extension Metric {
    public static let adversarialReward = Metric(
        "adversarial_reward", "nat", "−log(1 − D) of whole sequences of the policy, D the discriminator's; 0.693 where it guesses.")
}
