/// How many unrolls a session needs to have granted and not arrived, so that its actor never waits: what it steps, and what is on the way.
///
/// It follows what the actor tells of its waiting. Where the way is short beside the steps one round is enough, and a further one would only
/// be begun before the last was trained on. What it held beyond its need, others would have stepped.
package struct Appetite {
    /// Unrolls.
    private(set) var limit: Int
    /// A round.
    let least: Int
    /// Unrolls that came since it was last looked at, in how long, and how much of that the actor waited.
    private var count = 0
    private var seconds = 0.0
    private var waited = 0.0

    /// Share of its time that an actor may wait before it gets more, and below which it gets less.
    private static let waitingShares = (growing: 0.05, shrinking: 0.02)

    /// - Parameter rounds: that it begins with.
    package init(unrollsPerRound: Int, rounds: Int) {
        least = unrollsPerRound
        limit = rounds * unrollsPerRound
    }

    /// An unroll came.
    /// - Parameters:
    ///   - seconds: since the last one.
    ///   - waited: of them, by its actor; nil where that doesn't tell, which counts as all.
    ///   - wasFull: as much was outstanding as the limit allows.
    mutating func note(seconds: Double, waited: Double?, wasFull: Bool) {
        count += 1
        self.seconds += seconds
        self.waited += waited ?? seconds
        // So many come in the time from credit to arrival.
        guard count >= limit else { return }
        if self.waited < Self.waitingShares.shrinking * self.seconds {
            limit = max(least, limit - 1)
        } else if wasFull, self.waited > Self.waitingShares.growing * self.seconds {
            limit += (limit + 1) / 2
        }
        (count, self.seconds, self.waited) = (0, 0, 0)
    }
}
