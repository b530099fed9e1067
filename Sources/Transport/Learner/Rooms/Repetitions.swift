package import StarlingThreads

/// Tells apart what is said for the first time from what repeats: the first is said at once, the others are counted, and
/// summed up at intervals that grow. Its memory, and what it lets be said in a while, are bounded whoever asks.
package struct Repetitions<Subject: Hashable> {
    /// What has come again and was not told.
    package struct Summary {
        /// Nil: of many that are not kept apart.
        package let subject: Subject?
        package let count: Int
        package let seconds: Double

        /// For people.
        package var often: String { "\(count) more time\(count == 1 ? "" : "s") in \(Int(seconds)) s" }
    }

    private struct Tally {
        var untold = 0
        /// When it was spoken of last, and for how long it is then only counted.
        var toldAt: Deadline
        var interval = Repetitions.shortest
        var seenAt: Deadline

        init(at now: Deadline) { (toldAt, seenAt) = (now, now) }

        var due: Deadline { toldAt.advanced(seconds: interval) }

        mutating func spoken(at now: Deadline) { (untold, toldAt, interval) = (0, now, min(Repetitions.longest, 2 * interval)) }
    }

    /// Seconds from the first word to the first sum, and between two sums at most.
    private static var shortest: Double { 10 }
    private static var longest: Double { 3600 }
    /// Subjects that are kept apart, and new ones in ten seconds.
    private static var limit: Int { 256 }
    private static var burst: Int { 20 }
    /// Sums that are told at once, and seconds until the others are.
    private static var sumsAtOnce: Int { 4 }
    private static var pause: Double { 0.25 }

    private var tallies: [Subject: Tally] = [:]
    private var others: Tally?
    private var newcomers = 0
    private var burstEnd = Deadline(nanoseconds: 0)
    /// No sum is due before: asking costs nothing until then.
    private var nextSum = Deadline(nanoseconds: .max)

    package init() {}

    package func knows(_ subject: Subject) -> Bool { tallies[subject] != nil }

    /// The first that is known and meets a condition.
    package func first(where isWanted: (Subject) -> Bool) -> Subject? { tallies.keys.first(where: isWanted) }

    /// Whether to say it; else it is counted.
    package mutating func isNews(_ subject: Subject, at now: Deadline) -> Bool {
        if tallies[subject] != nil {
            tallies[subject]!.untold += 1
            tallies[subject]!.seenAt = now
            nextSum = min(nextSum, tallies[subject]!.due)
            return false
        }
        if now >= burstEnd { (newcomers, burstEnd) = (0, now.advanced(seconds: Self.shortest)) }
        if tallies.count >= Self.limit { forget(at: now) }
        guard newcomers < Self.burst, tallies.count < Self.limit else {
            if others == nil { others = Tally(at: now) }
            others!.untold += 1
            nextSum = min(nextSum, others!.due)
            return false
        }
        newcomers += 1
        tallies[subject] = Tally(at: now)
        return true
    }

    /// What is due to be told, longest waiting first, and is told with that: a few at a time, the others soon after.
    package mutating func summaries(at now: Deadline) -> [Summary] {
        guard now >= nextSum else { return [] }
        let open = tallies.filter { $0.value.untold > 0 }.sorted { $0.value.due < $1.value.due }
        let due = open.prefix { now >= $0.value.due }.prefix(Self.sumsAtOnce)
        var result: [Summary] = []
        for (subject, tally) in due {
            result.append(Summary(subject: subject, count: tally.untold, seconds: now.seconds(since: tally.toldAt)))
            tallies[subject]!.spoken(at: now)
        }
        nextSum = Deadline(nanoseconds: .max)
        if open.count > due.count { nextSum = max(open[due.count].value.due, now.advanced(seconds: Self.pause)) }
        guard let crowd = others, crowd.untold > 0 else { return result }
        if now >= crowd.due {
            result.append(Summary(subject: nil, count: crowd.untold, seconds: now.seconds(since: crowd.toldAt)))
            others!.spoken(at: now)
        } else {
            nextSum = min(nextSum, crowd.due)
        }
        return result
    }

    /// Makes room: what has not come for longest goes first, unless there is a sum to tell of it.
    private mutating func forget(at now: Deadline) {
        let idle = tallies.filter { $0.value.untold == 0 && now.seconds(since: $0.value.seenAt) > Self.shortest }
        for (subject, _) in idle.sorted(by: { $0.value.seenAt < $1.value.seenAt }).prefix(Self.limit / 4) {
            tallies.removeValue(forKey: subject)
        }
    }
}
