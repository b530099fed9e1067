/// How many unrolls may be granted, in flight or queued at a time.
///
/// An unroll that is granted when w others are on their way or wait is trained on after all of them, so it is about w / B updates old
/// then, B unrolls a batch: the window bounds the policy lag. What it must be shows in the trainer's queue, as with delay-based congestion
/// control (TCP Vegas, Brakmo & Peterson 1995): while the trainer waits, the window grows; while experience ages in the queue for nothing,
/// it shrinks. Where the trainer waits because cores are busy elsewhere, no window helps: none is larger than twice what is under way when
/// every unroll comes as fast as it can, the product of bandwidth and delay (BBR, Cardwell et al. 2016), and what is to lie ready.
package struct CreditWindow {
    /// Unrolls.
    package private(set) var limit: Int
    private let bounds: ClosedRange<Int>
    private let unrollsPerBatch: Int
    /// Unrolls that were there when a batch was begun, in batches: a running mean.
    private var ready = 1.5
    /// Seconds from the beginning of a batch to that of the next, and in which the trainer waited: running means.
    private var total = 0.0
    private var waiting = 0.0
    /// Seconds from credit to arrival when nothing is in the way; nil before the first.
    private var shortestFlight: Double?
    /// Unrolls taken, and those of them that were too old, since the window was last looked at for their sake. Below 0: what was granted
    /// before the window shrank is still under way.
    private var taken = 0
    private var tooStale = 0

    /// Batches that lie ready: with fewer the trainer is going to wait, and with more they wait.
    private static let wanted = 1.0...2.0
    /// Share of its time that the trainer may wait before the window grows, and below which it may shrink.
    private static let waitingShares = (growing: 0.1, shrinking: 0.05)
    /// How fast the shortest flight follows longer ones.
    private static let flightPace = 0.01
    /// A window in which a larger share is thrown away for its age is too large: the 95th percentile is to keep what the bound promises.
    private static let staleShare = 0.05
    /// And one with a smaller share may still grow.
    private static let fewStaleShare = 0.02

    package init(_ pacing: Pacing, unrollsPerBatch: Int) {
        self.unrollsPerBatch = unrollsPerBatch
        bounds = (pacing.batches.lowerBound * unrollsPerBatch)...(pacing.batches.upperBound * unrollsPerBatch)
        limit = bounds.lowerBound
    }

    /// The trainer waits, and only older experience than it may have would help.
    package var isAtBound: Bool { bounds.count > 1 && limit >= bounds.upperBound - unrollsPerBatch / 2 && isShort }

    /// The trainer waits, so that credit is needed at once.
    package var isShort: Bool { ready < Self.wanted.lowerBound || waiting > Self.waitingShares.growing * total }

    /// The trainer takes the first unroll of a batch.
    /// - Parameters:
    ///   - queued: unrolls that are there, that one among them.
    ///   - waited: seconds that it waited since it took the first of the batch before.
    ///   - seconds: since then.
    package mutating func beginBatch(queued: Int, waited: Double = 0, seconds: Double = 0) {
        guard bounds.count > 1 else { return }
        // Means over the time from credit to arrival: what was granted together comes together.
        let newest = min(0.125, Double(unrollsPerBatch) / Double(limit))
        ready += newest * (Double(queued) / Double(unrollsPerBatch) - ready)
        waiting += newest * (waited - waiting)
        total += newest * (seconds - total)
        taken += unrollsPerBatch
        if taken <= 0 { tooStale = 0 }
        if taken >= limit {
            let isTooOld = Double(tooStale) > Self.staleShare * Double(taken)
            (taken, tooStale) = (isTooOld ? -limit : 0, 0)
            if isTooOld { return resize(by: -unrollsPerBatch) }
        }
        let isFresh = taken > 0 && Double(tooStale) <= Self.fewStaleShare * Double(limit)
        if limit > useful {
            resize(by: -1)
        } else if isShort {
            // By half in the time from credit to arrival, in which a whole window is taken.
            if isFresh { resize(by: min((unrollsPerBatch + 1) / 2, useful - limit)) }
        } else if ready > Self.wanted.upperBound, waiting < Self.waitingShares.shrinking * total {
            resize(by: -1)
        }
    }

    /// More unrolls than these help nobody.
    private var useful: Int {
        guard let shortestFlight, total > 0 else { return bounds.upperBound }
        let batches = 2 * shortestFlight / total + Self.wanted.upperBound
        return Int(min(Double(bounds.upperBound), batches * Double(unrollsPerBatch)))
    }

    /// An unroll came so many seconds after its credit was granted.
    package mutating func noteFlight(_ seconds: Double) {
        guard let shortest = shortestFlight, seconds > shortest else { return shortestFlight = seconds }
        shortestFlight = shortest + Self.flightPace * (seconds - shortest)
    }

    /// An unroll was taken that is too old to be trained on.
    package mutating func noteTooStale() { tooStale += 1 }

    private mutating func resize(by change: Int) { limit = min(bounds.upperBound, max(bounds.lowerBound, limit + change)) }
}
