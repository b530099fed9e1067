import StarlingThreads

/// Who is slow, by the measure of the quickest of those who send.
struct Promptness {
    let isLockstep: Bool
    /// Seconds from credit to arrival at the quickest; nil before the first.
    private var quickest: Double?

    init(isLockstep: Bool = false) { self.isLockstep = isLockstep }

    /// Unrolls by which a session proves itself, or one of each of its threads, and how long they may take beside the quickest's.
    private static let provingCount = 8
    private static let promptSeconds = 0.02
    private static let promptFactor = 16.0

    private static let paceFactor = 4.0
    private static let shortestDelivery = 1e-3

    private static let firstPatience = 1.0
    private static let shortestPatience = 0.05
    /// Where every version has its batch, another's unroll in place of one that comes late makes that one old.
    private static let lockstepPatience = 10.0
    private static let patienceFactor = 8.0
    /// Who has sent nothing for so long is no measure.
    private static let lateSeconds = 30.0

    /// Looks who is the quickest now.
    mutating func look(at sessions: [LearnerSession], _ now: Deadline) {
        quickest =
            sessions.lazy
            .filter { now.seconds(since: $0.creditSince) < Self.lateSeconds }.compactMap(\.deliverySeconds).min() ?? quickest
    }

    /// A session has proven itself when it has sent some unrolls, and not much slower than the quickest: what may be
    /// outstanding is for those, and the slow ones have a window of their own, so that neither waits for the other.
    func hasProvenItself(_ session: LearnerSession) -> Bool {
        guard !isLockstep else { return true }
        guard session.deliveries >= max(Self.provingCount, session.threads), let seconds = session.deliverySeconds else { return false }
        return seconds <= max(Self.promptSeconds, Self.promptFactor * (quickest ?? 0))
    }

    /// 1, or less for a session that shares a window with others much quicker: it holds what they would have stepped.
    func pace(of session: LearnerSession) -> Double {
        guard session.isProven, let quickest, let seconds = session.deliverySeconds else { return 1 }
        return min(1, Self.paceFactor * max(quickest, Self.shortestDelivery) / max(seconds, Self.shortestDelivery))
    }

    /// Seconds that a session may hold credit and send nothing before others use it: several times what the quickest
    /// takes from credit to arrival, so that many slow ones can't make quick ones wait.
    var patience: Double {
        guard let quickest else { return Self.firstPatience }
        return max(isLockstep ? Self.lockstepPatience : Self.shortestPatience, Self.patienceFactor * quickest)
    }
}
