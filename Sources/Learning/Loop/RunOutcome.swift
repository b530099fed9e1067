package import StarlingTraining
package import StarlingExperience

/// How a run ended and what came of it.
package struct RunOutcome: Sendable {
    package enum Reason: Sendable {
        case goalReached
        /// All frames are trained on.
        case frames
        /// Somebody asked it to.
        case stopped
        case notFinite(NotFinite)
        /// Actors could not be heard any more, and why.
        case broken(String)

        /// Whether something went wrong.
        package var isFault: Bool {
            switch self {
            case .goalReached, .frames, .stopped: false
            case .notFinite, .broken: true
            }
        }

        /// In a few words, for a cell of the panel and a row of the metrics.
        var brief: String {
            switch self {
            case .goalReached: "goal reached"
            case .frames: "all frames"
            case .stopped: "stopped"
            case .notFinite: "not finite"
            case .broken: "no actors"
            }
        }
    }

    package private(set) var reason: Reason
    package let state: TrainingState
    package let frames: UInt64
    /// From the first accepted unroll to the last update, earlier starts included.
    package let trainingSeconds: Double
    /// Episodes of the final parameters with fresh seeds.
    package let evaluation: EvaluationReport?
    /// Policy lag of every trained unroll of this start.
    package let policyLag: LearnerReport.PolicyLag
    /// Why the last checkpoint could not be written; nil when it was.
    package let unsaved: String?
    package let maximumLogRatioAtLagZero: Float?
    /// At the end, with the actors' last words.
    package let ledger: Ledger
    /// The same, actor by actor.
    package let books: LedgerBooks
    /// Actor processes that ever joined.
    package let actors: Int

    /// It was stopped because something went wrong elsewhere.
    package mutating func breakOff(_ fault: String) { reason = .broken(fault) }
}
