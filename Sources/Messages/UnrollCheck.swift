import CStarlingKernels
package import StarlingExperience

/// Checks the contents of a block before anything is computed with it: actions index memory, and one number that is not
/// finite, or whose square isn't, ends a training run.
package enum UnrollCheck {
    /// How far log μ(a) may be from what the logits beside it give. Actors and learners round differently.
    package static let logProbabilityTolerance: Float = 1e-4
    /// Largest |u| of continuous actions, whose unit scale is −1 … 1: far beyond any policy's means, and its square divided
    /// by the smallest variance is a number still.
    package static let sampleLimit: Float = 1e6
    /// Largest magnitude of a recurrent state: a GRU's stays within 1, an LSTM's cell within the steps of an episode.
    package static let stateLimit: Float = 1e6

    /// What is wrong with a block, or nil. `block` has the layout's size.
    ///
    /// Rows of the kind `reset` hold no step: their action must still be in range and their numbers within limits, but
    /// their log-probability need not fit the logits.
    /// - Parameter episodes: what its header says of the episodes that ended in it.
    package static func fault(
        in block: UnrollView, _ episodes: [UnrollHeader.Episode], _ environment: EnvironmentSpec,
        _ distribution: ModelSpec.ActionDistribution
    ) -> String? {
        fault(ofKindsIn: block, episodes, environment) ?? fault(ofActionsIn: block, environment.action)
            ?? fault(ofNumbersIn: block, environment) ?? fault(ofLogProbabilitiesIn: block, environment.action, distribution)
    }

    private static func fault(
        ofKindsIn block: UnrollView, _ episodes: [UnrollHeader.Episode], _ environment: EnvironmentSpec
    ) -> String? {
        let layout = block.layout
        let kinds = block.kinds.baseAddress!
        guard starling_all_at_most(kinds, layout.stepCount, StepKind.reset.rawValue) != 0 else {
            return "a step of no known kind"
        }
        let ended = starling_ended_episodes(
            kinds, layout.unrollLength, layout.environmentCount, StepKind.terminated.rawValue, StepKind.truncated.rawValue,
            StepKind.reset.rawValue)
        guard ended >= 0 else { return "a row of kind 3 that follows no truncation, or a truncation that none follows" }
        guard episodes.count == ended else { return "\(episodes.count) episodes in its header and \(ended) in its rows" }
        for episode in episodes where !(abs(episode.episodeReturn) <= environment.rewardLimit * Float(max(1, episode.length))) {
            return "an episode of \(episode.length) steps with the return \(episode.episodeReturn)"
        }
        return nil
    }

    private static func fault(ofActionsIn block: UnrollView, _ action: ActionSpec) -> String? {
        switch action {
        case .discrete(let limit):
            guard starling_all_below(block.actions.baseAddress!, block.layout.stepCount, Int32(limit)) != 0 else {
                return "an action outside of 0 ..< \(limit)"
            }
        case .continuous:
            guard isWithin(block.samples, sampleLimit) else { return "an action's sample outside of ±\(sampleLimit)" }
        }
        return nil
    }

    private static func fault(ofNumbersIn block: UnrollView, _ environment: EnvironmentSpec) -> String? {
        let frames = block.frames
        let scalars = frames.assumingMemoryBound(to: Float.self)
        if block.layout.observation.scalar == .float32, !isWithin(scalars, environment.observationLimit) {
            return "an observation outside of ±\(environment.observationLimit)"
        }
        guard isWithin(block.rewards, environment.rewardLimit) else { return "a reward outside of ±\(environment.rewardLimit)" }
        // Of these only differences count, which are bounded before they are used.
        guard isFinite(block.behaviorLogits) else { return "a logit that is not finite" }
        guard isFinite(block.behaviorLogProbabilities) else { return "a log-probability that is not finite" }
        let states = block.coreStates
        guard states.isEmpty || isWithin(states, stateLimit) else { return "a recurrent state outside of ±\(stateLimit)" }
        return nil
    }

    private static func isWithin(_ numbers: UnsafeBufferPointer<Float>, _ limit: Float) -> Bool {
        starling_all_within(numbers.baseAddress!, numbers.count, -limit, limit) != 0
    }

    private static func isFinite(_ numbers: UnsafeBufferPointer<Float>) -> Bool {
        starling_all_finite(numbers.baseAddress!, numbers.count) != 0
    }

    private static func fault(
        ofLogProbabilitiesIn block: UnrollView, _ action: ActionSpec, _ distribution: ModelSpec.ActionDistribution
    ) -> String? {
        let (layout, count) = (block.layout, block.layout.stepCount)
        let (kinds, logits) = (block.kinds.baseAddress!, block.behaviorLogits.baseAddress!)
        let logProbabilities = block.behaviorLogProbabilities.baseAddress!
        let error: Float
        switch action {
        case .discrete:
            error = starling_log_probability_error(
                logits, block.actions.baseAddress!, logProbabilities, kinds, StepKind.reset.rawValue, count,
                layout.actionParameterCount)
        case .continuous:
            error = starling_gaussian_log_probability_error(
                logits, block.samples.baseAddress!, logProbabilities, kinds, StepKind.reset.rawValue, count,
                layout.actionWidth, distribution.squash)
        }
        guard error <= logProbabilityTolerance else {
            return "a log-probability that is \(error) away from that of its logits; allowed is \(logProbabilityTolerance)"
        }
        return nil
    }
}
