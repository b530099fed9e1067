import CStarlingKernels
package import StarlingExperience

/// Checks the contents of a block before anything is computed with it: actions index memory, and one NaN in a batch
/// ends a training run.
package enum UnrollCheck {
    /// How far log μ(a) may be from the log-softmax of the logits beside it. Actors and learners round differently.
    package static let logProbabilityTolerance: Float = 1e-4

    /// What is wrong with a block, or nil. `block` has the layout's size.
    ///
    /// Rows of the kind `reset` hold no step: their action must still be in range and their numbers finite, but
    /// their log-probability need not fit the logits.
    package static func fault(in block: UnrollView, _ action: ActionSpec) -> String? {
        let layout = block.layout
        let count = layout.stepCount
        let kinds = block.kinds.baseAddress!
        guard starling_all_at_most(kinds, count, StepKind.reset.rawValue) != 0 else {
            return "a step of no known kind"
        }
        let actions = block.actions.baseAddress!
        switch action {
        case .discrete(let limit):
            guard starling_all_below(actions, count, Int32(limit)) != 0 else {
                return "an action outside of 0 ..< \(limit)"
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
        let error = starling_log_probability_error(
            logits.baseAddress!, actions, logProbabilities, kinds, StepKind.reset.rawValue, count,
            layout.actionParameterCount)
        let states = block.coreStates
        guard states.isEmpty || starling_all_finite(states.baseAddress!, states.count) != 0 else {
            return "a recurrent state that is not finite"
        }
        guard error <= logProbabilityTolerance else {
            return "a log-probability that is \(error) away from that of its logits; allowed is \(logProbabilityTolerance)"
        }
        return nil
    }
}
