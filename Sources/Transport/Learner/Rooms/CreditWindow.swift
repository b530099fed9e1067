/// How many unrolls may be granted, in flight or queued at a time.
///
/// An unroll that is granted when w others are on their way or wait is trained on after all of them, so it is about w / B updates old
/// then, B unrolls a batch: the window bounds the policy lag. What it must be shows in the trainer's queue, as with delay-based congestion
/// control (TCP Vegas, Brakmo & Peterson 1995): while the trainer waits, the window grows; while experience ages in the queue for nothing,
/// it shrinks. Where the trainer waits because cores are busy elsewhere, no window helps: none is larger than half as much again as is under way when
/// every unroll comes as fast as it can, the product of bandwidth and delay (BBR, Cardwell et al. 2016), and what is to lie ready.
package struct CreditWindow {
    /// Unrolls.
    package private(set) var limit: Int
    /// Trainer and actors wait for a good part of their time, and only older experience than there may be would help, or larger batches.
    package private(set) var isAtBound = false
    private var pacing: Pacing
    private var bounds: ClosedRange<Int>
    private var unrollsPerBatch: Int
    /// Unrolls that were there when a batch was begun, in batches: a running mean.
    private var ready = 1.5
    /// Seconds from the beginning of a batch to that of the next, and in which the trainer waited: running means.
    private var total = 0.0
    private var waiting = 0.0
    /// Batches that those means are of, as long as there are few.
    private var batches = 0
    /// Seconds between two unrolls of an actor, and in which it waited: running means, of those that tell.
    private var actorsTotal = 0.0
    private var actorsWaiting = 0.0
    /// Seconds from credit to arrival when nothing is in the way; nil before the first.
    private var shortestFlight: Double?
    /// As many unrolls as come early enough to be trained on: the bound, until too many of them are too old.
    private var ceiling: Int
    /// Unrolls taken, and those of them that were too old, since the window was last looked at for their sake. Below 0: what was granted
    /// before the window shrank is still under way.
    private var taken = 0
    private var tooStale = 0
    /// Unrolls that are too old, for each that is trained on: a running mean, and those since the last batch.
    private var staleForEach = 0.0
    private var newlyStale = 0

    /// Batches that lie ready: with fewer the trainer is going to wait, and with more they wait.
    private static let wanted = 1.0...2.0
    /// Share of its time that the trainer may wait before the window grows to half its bound, and below which it may shrink. Beyond that
    /// half, experience begins to cost frames (*Scaling*): it takes `lostShare`.
    private static let waitingShares = (growing: 0.1, shrinking: 0.05)
    /// Share of their time that actors must wait for more credit to be of use.
    private static let idleShare = 0.1
    /// Share of its time that both must lose for the bound to be worth a word, and below which either must come for it to be none any more;
    /// in lockstep, where one works while the other waits, the share in which nobody works.
    private static let lostShare = 1.0 / 3
    private static let regainedShare = 1.0 / 4
    /// Share of its time that is most of it: where both wait so much, both wait at once.
    private static let mostShare = 0.5
    /// Product of the shares of their time that both lose, beyond which a batch twice as wide pays: at 45 % each, or a trainer that
    /// waits nearly always for actors that lose more than a fifth. Where less is lost the rate hardly grows, and the frames to the same return nearly
    /// double (*Scaling*).
    private static let widerProduct = 0.2
    /// Batches without which nothing is said of it.
    private static let fewBatches = 50
    /// How fast the shortest flight follows longer ones.
    private static let flightPace = 0.01
    /// A window in which a larger share is thrown away for its age is too large: the 95th percentile is to keep what the bound promises.
    /// It shrinks by half of that share and, with less than the second, grows by one batch in the time in which it is taken (additive increase,
    /// multiplicative decrease: Chiu & Jain 1989).
    private static let staleShares = (shrinking: 0.05, growing: 0.02)

    package init(_ pacing: Pacing, unrollsPerBatch: Int) {
        (self.pacing, self.unrollsPerBatch) = (pacing, unrollsPerBatch)
        bounds = Self.bounds(pacing, unrollsPerBatch)
        (limit, ceiling) = (bounds.lowerBound, bounds.upperBound)
    }

    /// What bounds it, and what that costs.
    package var pressure: CreditPressure {
        var pressure = CreditPressure()
        (pressure.window, pressure.bound, pressure.isAtBound) = (limit, bounds.upperBound, isAtBound)
        pressure.wantsWiderBatches = isHeld && trainerWaits * actorsLose > Self.widerProduct
        (pressure.trainerWaits, pressure.actorsWait) = (trainerWaits, actorsWait)
        pressure.bothWait = actorsTotal > 0 && min(trainerWaits, actorsWait) > Self.mostShare
        return pressure
    }

    /// Batches are of so many unrolls from now on: what is under way stays.
    package mutating func setBatch(_ pacing: Pacing, unrolls: Int) {
        (self.pacing, unrollsPerBatch) = (pacing, unrolls)
        bounds = Self.bounds(pacing, unrolls)
        (taken, tooStale) = (0, 0)
        ceiling = bounds.upperBound
        resize(by: 0)
    }

    /// Shares of their time that the trainer and the actors wait.
    package var trainerWaits: Double { total > 0 ? min(1, waiting / total) : 0 }
    package var actorsWait: Double { actorsTotal > 0 ? min(1, actorsWaiting / actorsTotal) : 1 }
    /// And in which the actors wait or step what is too old when it comes.
    private var actorsLose: Double { 1 - (1 - actorsWait) / (1 + staleForEach) }

    /// The trainer waits, so that credit is needed at once.
    package var isShort: Bool {
        // A fixed window doesn't grow however the trainer waits.
        if case .fixed = pacing { return false }
        guard 2 * limit >= bounds.upperBound else { return ready < Self.wanted.lowerBound || trainerWaits > Self.waitingShares.growing }
        return total > 0 ? trainerWaits > Self.lostShare : ready < Self.wanted.lowerBound
    }

    /// The trainer takes the first unroll of a batch.
    /// - Parameters:
    ///   - queued: unrolls that are there, that one among them.
    ///   - waited: seconds that it waited since it took the first of the batch before.
    ///   - seconds: since then.
    package mutating func beginBatch(queued: Int, waited: Double = 0, seconds: Double = 0) {
        defer { judge() }
        // Means over the time from credit to arrival: what was granted together comes together.
        let newest = min(0.125, Double(unrollsPerBatch) / Double(limit))
        ready += newest * (Double(queued) / Double(unrollsPerBatch) - ready)
        waiting += newest * (waited - waiting)
        total += newest * (seconds - total)
        if case .fixed = pacing { return }
        staleForEach += newest * (Double(newlyStale) / Double(unrollsPerBatch) - staleForEach)
        taken += unrollsPerBatch + newlyStale
        newlyStale = 0
        if taken <= 0 { tooStale = 0 }
        if taken >= limit { judgeAge() }
        if limit > useful {
            resize(by: -1)
        } else if isShort {
            // By half in the time from credit to arrival, in which a whole window is taken.
            if actorsWait > Self.idleShare { resize(by: min((unrollsPerBatch + 1) / 2, useful - limit)) }
        } else if ready > Self.wanted.upperBound, trainerWaits < Self.waitingShares.shrinking {
            resize(by: -1)
        }
    }

    /// A window was taken: how much of it was too old.
    private mutating func judgeAge() {
        let share = Double(tooStale) / Double(taken)
        (taken, tooStale) = (share > Self.staleShares.shrinking ? -limit : 0, 0)
        if share > Self.staleShares.shrinking {
            ceiling = max(bounds.lowerBound, limit - max(unrollsPerBatch, Int(Double(limit) * share / 2)))
            resize(by: 0)
        } else if share <= Self.staleShares.growing {
            ceiling = min(bounds.upperBound, ceiling + unrollsPerBatch)
        }
    }

    private mutating func judge() {
        batches = min(batches + 1, Self.fewBatches)
        let share = isAtBound ? Self.regainedShare : Self.lostShare
        let isLost = pacing == .lockstep ? actorsTotal > 0 && trainerWaits + actorsWait - 1 > share : losesAtBound(share)
        isAtBound = isLost && batches == Self.fewBatches
    }

    /// Trainer and actors both lose more than this share of their time, with as much in flight as may be.
    private func losesAtBound(_ share: Double) -> Bool { isHeld && trainerWaits > share && actorsLose > share }

    /// The policy lag allows no more in flight.
    private var isHeld: Bool {
        guard case .adaptive = pacing else { return false }
        return limit >= ceiling - unrollsPerBatch
    }

    /// More unrolls than these help nobody.
    private var useful: Int {
        guard let shortestFlight, total > 0 else { return bounds.upperBound }
        let batches = 1.5 * shortestFlight / total + Self.wanted.upperBound
        return Int(min(Double(bounds.upperBound), batches * Double(unrollsPerBatch)))
    }

    /// An unroll came so many seconds after its credit was granted.
    package mutating func noteFlight(_ seconds: Double) {
        guard let shortest = shortestFlight, seconds > shortest else { return shortestFlight = seconds }
        shortestFlight = shortest + Self.flightPace * (seconds - shortest)
    }

    /// An actor's unroll came, so long after the last one, and it waited for a part of that time.
    package mutating func noteActor(waited: Double, seconds: Double) {
        let newest = 1 / Double(max(8, limit))
        actorsTotal += newest * (seconds - actorsTotal)
        actorsWaiting += newest * (waited - actorsWaiting)
    }

    /// An unroll was taken that is too old to be trained on.
    package mutating func noteTooStale() {
        tooStale += 1
        newlyStale += 1
    }

    private static func bounds(_ pacing: Pacing, _ unrollsPerBatch: Int) -> ClosedRange<Int> {
        (pacing.batches.lowerBound * unrollsPerBatch)...(pacing.batches.upperBound * unrollsPerBatch)
    }

    private mutating func resize(by change: Int) { limit = min(ceiling, max(bounds.lowerBound, limit + change)) }
}
