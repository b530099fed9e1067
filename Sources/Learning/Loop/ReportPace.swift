import StarlingThreads

/// When what was learned asks for a report, whatever the time: often at first, and ever more seldom, so that a run of half a second has
/// a curve and a run of days is told by the clock alone.
struct ReportPace {
    /// Updates before this start of the learner.
    private let beginning: UInt64
    private var nextUpdate: UInt64
    private var earliest = Deadline.now
    /// A report after so many more updates, as a share of those made.
    private static let share: UInt64 = 16
    /// Seconds between two, at least: what they cost stays below a hundredth.
    private static let interval = 0.01

    init(from update: UInt64) { (beginning, nextUpdate) = (update, update + 1) }

    func isDue(_ update: UInt64) -> Bool { update >= nextUpdate && earliest.isPast }

    /// One was made, for whatever reason.
    mutating func reported(_ update: UInt64) {
        nextUpdate = update + max(1, (update - beginning) / Self.share)
        earliest = .after(seconds: Self.interval)
    }
}
