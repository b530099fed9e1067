import CStarlingKernels
package import StarlingExperience

/// Checks the contents of a block before anything is computed with it: actions index memory, and one NaN in a batch
/// ends a training run.
package enum UnrollCheck {
    /// How far log μ(a) may be from what the logits beside it give. Actors and learners round differently.
    package static let logProbabilityTolerance: Float = 1e-4
    /// Largest |u| of continuous actions, whose unit scale is −1 … 1: far beyond any policy's means, and its square divided
    /// by the smallest variance is a number still.
    package static let sampleLimit: Float = 1e6

    /// What is wrong with a block, or nil. `block` has the layout's size.
    ///
    /// Rows of the kind `reset` hold no step: their action must still be in range and their numbers finite, but
    /// their log-probability need not fit the logits.
    package static func fault(
        in block: UnrollView, _ action: ActionSpec, _ distribution: ModelSpec.ActionDistribution
    ) -> String? {
        let layout = block.layout
        let count = layout.stepCount
        let kinds = block.kinds.baseAddress!
        guard starling_all_at_most(kinds, count, StepKind.reset.rawValue) != 0 else {
            return "a step of no known kind"
        }
        switch action {
        case .discrete(let limit):
            guard starling_all_below(block.actions.baseAddress!, count, Int32(limit)) != 0 else {
                return "an action outside of 0 ..< \(limit)"
            }
        case .continuous:
            let samples = block.samples
            guard starling_all_within(samples.baseAddress!, samples.count, -sampleLimit, sampleLimit) != 0 else {
                return "an action's sample outside of ±\(sampleLimit)"
            }
        }
        if layout.observation.scalar == .float32 {
            let scalars = block.frames.assumingMemoryBound(to: Float.self)
            guard starling_all_finite(scalars.baseAddress!, scalars.count) != 0 else {
                return "an observation that is not finite"
            }
        }
        guard starling_all_finite(block.rewards.baseAddress!, count) != 0 else { return "a reward that is not finite" }
        let logits = block.behaviorLogits
        guard starling_all_finite(logits.baseAddress!, logits.count) != 0 else { return "a logit that is not finite" }
        let logProbabilities = block.behaviorLogProbabilities.baseAddress!
        guard starling_all_finite(logProbabilities, count) != 0 else { return "a log-probability that is not finite" }
        let states = block.coreStates
        guard states.isEmpty || starling_all_finite(states.baseAddress!, states.count) != 0 else {
            return "a recurrent state that is not finite"
        }
        let error: Float
        switch action {
        case .discrete:
            error = starling_log_probability_error(
                logits.baseAddress!, block.actions.baseAddress!, logProbabilities, kinds, StepKind.reset.rawValue, count,
                layout.actionParameterCount)
        case .continuous:
            error = starling_gaussian_log_probability_error(
                logits.baseAddress!, block.samples.baseAddress!, logProbabilities, kinds, StepKind.reset.rawValue, count,
                layout.actionWidth, distribution.squash)
        }
        guard error <= logProbabilityTolerance else {
            return "a log-probability that is \(error) away from that of its logits; allowed is \(logProbabilityTolerance)"
        }
        return nil
    }
}
