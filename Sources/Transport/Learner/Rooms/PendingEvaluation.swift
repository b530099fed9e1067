import StarlingExperience
import StarlingThreads

/// An evaluation that was asked for and not answered. Its snapshot is pinned.
struct PendingEvaluation {
    var request: EvaluationRequest
    var snapshot: ParameterSnapshot
    /// Who plays it; nil while it waits for an actor.
    var connection: Connection?
    /// Since when.
    var askedAt = Deadline(nanoseconds: 0)
}
