package import StarlingExperience
package import StarlingLearning

/// `summary.json`: what came of a run.
package struct RunSummary: Hashable, Sendable {
    /// Environment steps trained on.
    package var frames: UInt64
    /// From the process's start until the summary is written, evaluation included.
    package var wallSeconds: Double
    /// Frames / seconds from the first accepted unroll to the last update, evaluations excluded.
    package var framesPerSecond: Double
    package var goalReached: Bool
    /// What the mean of the greedy episodes had to be; nil without a goal.
    package var goal: Double?
    /// Of the final parameters, on fresh seeds; nil when nothing was evaluated.
    package var evaluation: EvaluationSummary?
    package var ledger: Ledger
    /// Over the whole run.
    package var policyLag: LearnerReport.PolicyLag
    package var seed: UInt64
    /// The most actors that were alive at once.
    package var actors: Int
    package var episodes: UInt64
    package var updates: UInt64

    package init(
        frames: UInt64, wallSeconds: Double, framesPerSecond: Double, goalReached: Bool,
        evaluation: EvaluationSummary?, ledger: Ledger, policyLag: LearnerReport.PolicyLag, seed: UInt64,
        actors: Int, episodes: UInt64, updates: UInt64, goal: Double? = nil
    ) {
        self.frames = frames
        self.wallSeconds = wallSeconds
        self.framesPerSecond = framesPerSecond
        self.goalReached = goalReached
        self.goal = goal
        self.evaluation = evaluation
        self.ledger = ledger
        self.policyLag = policyLag
        self.seed = seed
        self.actors = actors
        self.episodes = episodes
        self.updates = updates
    }

    package var json: JSONValue {
        .object([
            .init("frames", .integer(frames)),
            .init("wall_seconds", .number(wallSeconds)),
            .init("frames_per_second", .number(framesPerSecond)),
            .init("goal_reached", .boolean(goalReached)),
            .init("goal", goal.map { .number($0) } ?? .null),
            .init("evaluation", evaluation?.json ?? .null),
            .init("ledger", ledger.json),
            .init(
                "policy_lag",
                .object([
                    .init("mean", .number(policyLag.mean)),
                    .init("p50", .number(policyLag.median)),
                    .init("p95", .number(policyLag.percentile95)),
                    .init("max", .number(policyLag.maximum)),
                ])),
            .init("episodes", .integer(episodes)),
            .init("updates", .integer(updates)),
            .init("seed", .integer(seed)),
            .init("actors", .integer(actors)),
        ])
    }
}

extension EvaluationSummary {
    /// As `summary.json` holds it and `starling evaluate --json` prints it.
    package var json: JSONValue {
        let told = JSONValue.object([
            .init("episodes", .integer(episodes)),
            .init("mean", .number(mean)),
            .init("std", .number(standardDeviation)),
            .init("min", .number(minimum)),
            .init("max", .number(maximum)),
            .init("mean_length", meanLength.map { .number($0) } ?? .null),
            .init("terminated", terminated.map { .number($0) } ?? .null),
            .init("parameter_version", .text(version.description)),
        ])
        guard !measures.isEmpty else { return told }
        return told.adding(.init("measures", .object(measures.map { .init($0.name, .number($0.mean)) })))
    }
}

extension Ledger {
    package var json: JSONValue {
        .object([
            .init("produced", .integer(produced)),
            .init("acknowledged", .integer(acknowledged)),
            .init("outbox", .integer(outbox)),
            .init("dropped", .integer(dropped)),
            .init("lost_with_actor", .integer(lostWithActor)),
            .init("trained", .integer(trained)),
            .init("too_stale", .integer(tooStale)),
            .init("invalid", .integer(invalid)),
            .init("abandoned", .integer(abandoned)),
            .init("pending", .integer(pending)),
            .init("lost_with_learner", .integer(lostWithLearner)),
            .init("duplicates", .integer(duplicates)),
            .init("balanced", .boolean(isBalanced)),
        ])
    }
}
