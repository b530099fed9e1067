import StarlingLearning

/// Which reports become rows of a file, so that the file of a run of days stays small: all of them in the first minutes, and then one
/// whenever a thousandth of the learner's time has passed, so that a curve has some thousand points whether it is of a minute or of a day.
/// Nothing is left out: a row tells of the whole time since the row before.
struct ReportThinning {
    /// Of the time since the learner's start, what passes between two rows.
    private static let share = 1e-3
    /// Seconds between two rows, at most.
    private let longest: Double
    /// Seconds after the learner's start from which on there may be another row.
    private var nextRow = 0.0
    /// What was not written yet.
    private var waiting: LearnerReport?
    /// The evaluation that the last row has.
    private var evaluation: EvaluationSummary?

    /// - Parameter longest: seconds between two rows, at most; 0: every report is one.
    init(longest: Double) { self.longest = longest }

    /// - Returns: a row to be written now; nil: what it tells waits for the next.
    mutating func add(_ report: LearnerReport) -> LearnerReport? {
        guard report.isTraining else {
            // While the final parameters play, only the last report says something new.
            defer { waiting = report }
            return waiting?.isTraining == true ? waiting : nil
        }
        waiting = waiting.map { report.joined(to: $0) } ?? report
        guard report.wallSeconds >= nextRow || report.evaluation != evaluation else { return nil }
        return takeRest()
    }

    /// What waits, which is the last row where no report follows.
    mutating func takeRest() -> LearnerReport? {
        guard let row = waiting else { return nil }
        waiting = nil
        nextRow = row.wallSeconds + min(longest, row.wallSeconds * Self.share)
        evaluation = row.evaluation
        return row
    }
}
