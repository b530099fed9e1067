package import StarlingCompute
package import StarlingExperience

/// The counters of a run that a checkpoint keeps besides parameters and moments.
package struct TrainingState: Codable, Hashable, Sendable {
    /// Batches trained on, each a version of the parameters.
    package var update: UInt64 = 0
    /// Environment steps trained on: schedules are functions of it.
    package var frames: UInt64 = 0
    package var episodes: UInt64 = 0
    /// Steps of the optimiser behind its moments; of several, of all together.
    package var optimizerSteps: UInt64 = 0
    /// Steps of each, where there are several groups, by the group's name.
    package var optimizerStepsByGroup: [String: UInt64]?
    /// Returns of the newest training episodes, oldest first.
    package var recentReturns = RecentEpisodes()
    /// The update at which each generation began: what the lag of a dead generation's unrolls counts from.
    package var generationStarts: [UInt32: UInt64] = [:]
    /// Evaluations begun, so that each has seeds of its own.
    package var evaluations: UInt64 = 0
    /// Seconds of training in earlier starts.
    package var trainingSeconds: Double = 0
    /// Before this update the goal is not tried again.
    package var nextGoalTry: UInt64 = 0
    /// The frames at which parameters are evaluated next, and the best return so far, where `evaluation.every` wants that.
    package var nextEvaluation: UInt64?
    package var bestReturn: Double?
    /// What keeps the limit of costs; nil without one.
    package var cost: CostMultiplier?
    /// The parameters of this very update are being tried.
    package var isGoalTried = false
    /// Observations that the reservoir was offered, and how often it drew a number.
    package var reservoirOffers: UInt64 = 0
    package var reservoirDraws: UInt64 = 0
    /// Where the replay buffer stands; nil without one.
    package var replay: ReplayPosition?
    /// What became of every unroll that these parameters know of, or that will never reach them.
    package var books = LedgerBooks()
    /// Only when the actors are in the learner's own process.
    package var serial: SerialState?
    /// The learner's kernels, so that a resumed run gives the bits that it would have given; nil in older checkpoints.
    package var tuning: Tuning?

    package init() {}

    mutating func keep(stepCounts: [String: UInt64]) {
        optimizerSteps = stepCounts.values.reduce(0, +)
        optimizerStepsByGroup = stepCounts.count > 1 ? stepCounts : nil
    }

    func stepCounts(of groups: Set<ParameterGroup>) -> [String: UInt64] {
        optimizerStepsByGroup ?? Dictionary(uniqueKeysWithValues: groups.map { ($0.name, optimizerSteps) })
    }

    /// Updates between the parameters behind an unroll and now.
    package func policyLag(of version: ParameterVersion, generation: UInt32) -> Int64 {
        var behind = version.update
        // An older generation's parameters are part of our history only up to where the next one began.
        if version.generation != generation, let end = generationStarts.filter({ $0.key > version.generation }).values.min() {
            behind = min(behind, end)
        }
        return update >= behind ? Int64(clamping: update - behind) : -Int64(clamping: behind - update)
    }
}

/// Where a replay buffer stands, beside what it holds.
package struct ReplayPosition: Codable, Hashable, Sendable {
    /// Unrolls that were ever inserted.
    package var inserted: UInt64
    /// Numbers that were ever drawn.
    package var draws: UInt64
    /// The largest priority that was ever given.
    package var largestPriority: Float
}
