package import StarlingThreads

/// What an actor says of its tries to get a session: a cause with its remedy once, then a short line at intervals that
/// grow, and at the end, where it gives up, the cause again.
package struct RetryLog {
    /// Seconds from the first line to the first short one, and between two at most.
    private static let shortest = 5.0
    private static let longest = 600.0
    /// Causes that are remembered: a learner that wants a key may be seen to break the handshake off, in turns with saying
    /// what it wants.
    private static let causeLimit = 8

    /// Where it looks for the learner, and for how long; nil: for ever.
    let address: String
    let giveUpAfter: Double?
    private var told: [Disconnect] = []
    private var last: Disconnect?
    private var tries = 0
    private var since = Deadline.now
    private var nextLine = Deadline.now
    private var interval = RetryLog.shortest

    package init(_ address: String, giveUpAfter: Double?) { (self.address, self.giveUpAfter) = (address, giveUpAfter) }

    /// There was a session: whatever comes next is news.
    package mutating func succeeded() {
        (told, last, tries) = ([], nil, 0)
    }

    /// The line for a try that failed; nil: none now.
    package mutating func failed(_ disconnect: Disconnect, nextTryIn pause: Double, at now: Deadline = .now) -> Notice? {
        if tries == 0 { since = now }
        tries += 1
        var disconnect = disconnect
        if disconnect.handshake == .vague, let clear = told.last(where: { $0.handshake == .clear }) { disconnect = clear }
        last = disconnect
        let seconds = (pause * 10).rounded() / 10
        // Two that differ in numbers alone are one cause.
        guard told.contains(where: { $0.brief == disconnect.brief && $0.isLasting == disconnect.isLasting }) else {
            if told.count >= Self.causeLimit { told.removeFirst() }
            told.append(disconnect)
            interval = Self.shortest
            nextLine = now.advanced(seconds: interval)
            let limit = giveUpAfter.map { "giving up after \(Self.text($0)) s" } ?? "going on until there is one"
            return Notice(.warning, "no session with a learner at \(address): \(disconnect); trying again in \(seconds) s, \(limit)")
        }
        guard now >= nextLine else { return nil }
        interval = min(Self.longest, 2 * interval)
        nextLine = now.advanced(seconds: interval)
        let count = "\(tries) tries in \(Int(now.seconds(since: since))) s"
        return Notice(.info, "still none: \(disconnect.brief), \(count); retrying in \(seconds) s")
    }

    /// The last line of an actor that waits no longer.
    package func farewell(after seconds: Double) -> String {
        let what = "gave up: no session with a learner at \(address) for \(Self.text(seconds)) s"
        guard let last else { return "\(what), and no answer to the first try; see whether one runs there" }
        return "\(what); \(last)"
    }

    private static func text(_ seconds: Double) -> String {
        seconds == seconds.rounded() && seconds < 1e9 ? "\(Int(seconds))" : "\(seconds)"
    }
}
