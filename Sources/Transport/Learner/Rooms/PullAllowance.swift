import StarlingExperience
import StarlingThreads

/// Bytes of parameters that a connection may still pull. So many small questions never make much traffic.
struct PullAllowance {
    private var byteCount: UInt64 = 0
    /// What it was reckoned for, and when.
    private var newest: ParameterVersion?
    private var evaluation: UInt64?
    private var renewedAt: Deadline?

    /// Takes bytes from it. It is all that is kept, twice, and anew with every publication, with every evaluation, and when
    /// a piece may have to be asked for again.
    /// - Parameters:
    ///   - count: bytes of the piece that is asked for.
    ///   - kept: bytes of all snapshots that can be pulled now.
    ///   - newest: the newest version, nil for who isn't told of it.
    ///   - evaluation: what the connection plays.
    /// - Returns: false when there are fewer left, and then nothing is taken.
    mutating func take(
        _ count: UInt64, ofKept kept: UInt64, newest: ParameterVersion?, evaluation: UInt64?, at now: Deadline
    ) -> Bool {
        let isOld = renewedAt.map { now.seconds(since: $0) >= ActorSession.pullSeconds } ?? true
        if isOld || newest != self.newest || evaluation != self.evaluation {
            (self.newest, self.evaluation, renewedAt, byteCount) = (newest, evaluation, now, 2 * kept)
        }
        guard count <= byteCount else { return false }
        byteCount -= count
        return true
    }
}
