import StarlingExperience
import StarlingMessages
package import StarlingThreads

/// Credit is counted in unrolls: all unrolls of a run have the same size. It is granted before an unroll's first step,
/// so it bounds memory and staleness at once.
///
/// Nobody can keep others from stepping by what he holds: credit of an actor that sends nothing for longer than others need
/// is lent to them, and what newcomers hold, who may never send anything, is not counted against those who do. An actor
/// loses nothing by that: what it was granted stays its own, and its unroll is taken whenever it comes.
extension LearnerSessions {
    /// What is outstanding, in unrolls.
    struct Outstanding {
        /// Of sessions that are proven and not idle: in flight, as far as the window is concerned.
        var proven = 0
        /// Of those that are neither proven nor idle.
        var onTrial = 0

        var total: Int { proven + onTrial }
    }

    /// Unrolls granted and not arrived, but for those of idle sessions.
    package var granted: Int { outstanding.total }

    /// Unrolls that memory has room for.
    private func freeByBytes(_ offer: LearnerOffer, _ layout: UnrollLayout) -> Int {
        offer.byteBudget / layout.byteCount - outstanding.total - queued - inTraining - runBooks.heldCount
    }

    /// Unrolls that may be granted as far as memory goes: what came late and found no room has room kept for it, but for all of
    /// those together no more than a quarter.
    private func grantableByBytes(_ offer: LearnerOffer, _ layout: UnrollLayout) -> Int {
        freeByBytes(offer, layout) - min(roomWanted.count, max(1, offer.byteBudget / layout.byteCount / 4))
    }

    /// Unrolls that proven sessions may be granted now: the smaller of the two limits.
    package var freeCredit: Int {
        guard let offer, let layout, shelf.newest != nil, farewell == nil, isTraining else { return 0 }
        let byBytes = grantableByBytes(offer, layout)
        if offer.isLockstep { return min(byBytes, offer.unrollsPerBatch - outstanding.total - queued - takenSincePublication) }
        return min(byBytes, window.limit - outstanding.proven - queued)
    }

    /// Unrolls that the others may be granted: a window of their own, where there are any to share the first one with. In
    /// lockstep all are proven.
    private var freeTrialCredit: Int {
        guard let offer, let layout, shelf.newest != nil, farewell == nil, isTraining else { return 0 }
        let trial = window.limit << trialDoublings
        return min(
            grantableByBytes(offer, layout), trial - outstanding.onTrial,
            (provenThreads > 0 ? window.limit : 0) + trial - outstanding.total - queued)
    }

    /// Unrolls a session may have granted and not arrived: a round or its share of all that may be outstanding, because
    /// what one actor hoards, others would have stepped, and no more than it needs.
    func creditLimit(of session: LearnerSession) -> Int {
        guard let offer else { return 0 }
        let credit = max(unrollsPerRound(of: session), share(of: window.limit, isProven: session.isProven) * session.threads)
        guard !offer.isLockstep else { return credit }
        return max(1, Int(Double(min(credit, session.appetite.limit)) * pace(of: session)))
    }

    /// 1, or less for a session that shares a window with others much quicker: it holds what they would have stepped.
    private func pace(of session: LearnerSession) -> Double {
        guard session.isProven, let quickest, let seconds = session.deliverySeconds else { return 1 }
        return min(1, Self.paceFactor * max(quickest, Self.shortestDelivery) / max(seconds, Self.shortestDelivery))
    }

    private static let paceFactor = 4.0
    private static let shortestDelivery = 1e-3

    /// Loops that share what may be outstanding: those of the proven sessions, or, for who is none of them, of all that are not
    /// idle.
    private func sharing(isProven: Bool) -> Int {
        max(1, isProven ? provenThreads : actingThreads - idleThreads)
    }

    /// What of a window is for each of those loops, rounded up.
    private func share(of limit: Int, isProven: Bool) -> Int {
        let sharing = sharing(isProven: isProven)
        return (limit + sharing - 1) / sharing
    }

    /// Unrolls that may be granted to those for whom the first window is.
    var freeForMost: Int { provenThreads > 0 ? freeCredit : freeTrialCredit }

    /// Puts a session at the end of its wait queue unless it has all it may have.
    mutating func queueForCredit(_ connection: Connection) {
        if let session = sessions[connection] { queueForCredit(connection, session) }
    }

    mutating func queueForCredit(_ connection: Connection, _ session: LearnerSession) {
        guard session.role == .act, session.waits == .none, !session.isIdle, session.outstanding < creditLimit(of: session)
        else { return }
        enqueue(session, connection)
    }

    private mutating func enqueue(_ session: LearnerSession, _ connection: Connection) {
        session.waits = session.isProven ? .proven : .trial
        if session.isProven { waitQueue.append(connection) } else { trialQueue.append(connection) }
    }

    /// The trainer begins a batch. When the window has grown, those who had their share may have more.
    mutating func beginBatch(at now: Deadline) {
        let former = window.limit
        window.beginBatch(queued: queued, waited: secondsWaited, seconds: batchBegan.map { now.seconds(since: $0) } ?? 0)
        (batchBegan, secondsWaited) = (now, 0)
        let isProven = provenThreads > 0
        if share(of: window.limit, isProven: isProven) > share(of: former, isProven: isProven) { sharesHaveGrown = true }
        shareOut()
    }

    /// Where there are fewer to share with, those who had their share may have more. With the timers, because sessions may
    /// end by the thousand.
    mutating func shareOut() {
        guard sharesHaveGrown else { return }
        sharesHaveGrown = false
        for connection in sessions.keys.sorted() { queueForCredit(connection) }
        grantCredit()
    }

    /// Grants what is free, a turn each, longest waiting first.
    mutating func grantCredit() {
        if !waitQueue.isEmpty { grant(freeCredit, to: .proven) }
        if !trialQueue.isEmpty { grant(freeTrialCredit, to: .trial) }
    }

    private mutating func grant(_ free: Int, to queue: LearnerSession.WaitQueue) {
        var free = free
        while free > 0, let connection = queue == .trial ? trialQueue.popFirst() : waitQueue.popFirst() {
            guard let session = sessions[connection], session.waits == queue else { continue }
            session.waits = .none
            // It comes back when it sends.
            guard !session.isIdle else { continue }
            let count = min(turnCredit(isProven: session.isProven) * session.threads, creditLimit(of: session) - session.outstanding, free)
            guard count > 0 else { continue }
            session.grant(count, at: clock)
            addOutstanding(count, of: session)
            free -= count
            holders.insert(connection)
            markDirty(connection, session)
            noteUrgency(session)
            queueForCredit(connection, session)
        }
    }

    /// Adds to what is outstanding.
    private mutating func addOutstanding(_ count: Int, of session: LearnerSession) {
        if session.isProven { outstanding.proven += count } else { outstanding.onTrial += count }
    }

    /// An actor that knows of little credit is to hear of more before it has to stop.
    private func knowsOfLittle(_ session: LearnerSession) -> Bool {
        session.grantedThrough > session.toldThrough && (window.isShort || 2 * session.knownCredit <= unrollsPerRound(of: session))
    }

    mutating func noteUrgency(_ session: LearnerSession) {
        if knowsOfLittle(session) { isUrgent = true }
    }

    /// Unrolls that all environments of a session's actor make at a time.
    func unrollsPerRound(of session: LearnerSession) -> Int { (offer?.unrollsPerActor ?? 1) * session.threads }

    /// Unrolls granted for each of a session's loops before it is the next session's turn: a whole round, but no more than its
    /// share, so that few large actors don't leave the others idle.
    private func turnCredit(isProven: Bool) -> Int {
        guard let offer else { return 0 }
        return max(1, min(offer.unrollsPerActor, window.limit / sharing(isProven: isProven)))
    }

    /// What is worth waiting for while the trainer is about to take more for its batch: a turn in pieces is several messages,
    /// sets of parameters and inferences a step. Never more than a batch, which may be all that is taken before an update.
    var wholeTurn: Int { min(turnCredit(isProven: provenThreads > 0), offer?.unrollsPerBatch ?? 1) }

    // MARK: Arrivals

    /// Whether an unroll can be taken: it is within credit, and memory has room even if the credit was lent meanwhile.
    mutating func isWithinCredit(_ session: LearnerSession, _ connection: Connection, _ sequence: UInt64) -> Bool {
        guard sequence <= max(session.grantedThrough, session.toldThrough), let offer, let layout else { return false }
        guard session.isIdle else { return true }
        guard freeByBytes(offer, layout) > 0 else {
            roomWanted[connection] = clock
            return false
        }
        roomWanted.removeValue(forKey: connection)
        return true
    }

    /// Unrolls up to `sequence` are here, or were skipped: their credit is used up.
    ///
    /// - Parameter isUnroll: a valid unroll, by which a session proves itself.
    mutating func useCredit(of session: LearnerSession, _ connection: Connection, through sequence: UInt64, isUnroll: Bool) {
        let used = session.outstanding
        session.account.advance(to: sequence)
        session.grantedThrough = max(session.grantedThrough, sequence)
        if session.idlenessIsTold {
            session.idlenessIsTold = false
            notices.append(Notice(.info, "actor \(session.identity) sends again", actor: "\(session.identity)"))
        }
        // What was lent stays so until it is used up: one unroll now and then doesn't take it back.
        if !session.isIdle { addOutstanding(session.outstanding - used, of: session) }
        if session.outstanding == 0 {
            holders.remove(connection)
            endIdleness(of: session)
        }
        if isUnroll { noteDelivery(of: session, connection) }
    }

    private mutating func noteDelivery(of session: LearnerSession, _ connection: Connection) {
        if let seconds = session.takeFlight(at: clock) { window.noteFlight(seconds) }
        let delivery = session.noteDelivery(at: clock)
        deliveryTime.add(delivery.seconds)
        if let waited = delivery.waited { window.noteActor(waited: waited, seconds: delivery.seconds) }
        if !session.isProven { trialDoublings = 0 }
        if isProven(session) { setProven(session, connection, true) }
    }

    /// A session has proven itself when it has sent some unrolls, and not much slower than the quickest: what may be
    /// outstanding is for those, and the slow ones have a window of their own, so that neither waits for the other.
    private func isProven(_ session: LearnerSession) -> Bool {
        guard offer?.isLockstep == false else { return true }
        guard session.deliveries >= Self.provingCount, let seconds = session.deliverySeconds else { return false }
        return seconds <= max(Self.promptSeconds, Self.promptFactor * (quickest ?? 0))
    }

    private static let provingCount = 8
    private static let promptSeconds = 0.02
    private static let promptFactor = 16.0

    private mutating func setProven(_ session: LearnerSession, _ connection: Connection, _ isProven: Bool) {
        guard session.isProven != isProven else { return }
        guard !session.isIdle else {
            session.isProven = isProven
            return
        }
        addOutstanding(-session.outstanding, of: session)
        session.isProven = isProven
        addOutstanding(session.outstanding, of: session)
        provenThreads += isProven ? session.threads : -session.threads
        if session.waits != .none { enqueue(session, connection) }
    }

    // MARK: Credit that lies idle

    /// Seconds that a session may hold credit and send nothing before others use it: several times what the quickest
    /// takes from credit to arrival, so that many slow ones can't make quick ones wait.
    var patience: Double {
        guard let quickest else { return Self.firstPatience }
        let seconds = Self.patienceFactor * quickest
        return max(offer?.isLockstep == true ? Self.lockstepPatience : Self.shortestPatience, seconds)
    }

    private static let firstPatience = 1.0
    private static let lateSeconds = 30.0
    private static let shortestPatience = 0.05
    /// Where every version has its batch, another's unroll in place of one that comes late makes that one old.
    private static let lockstepPatience = 10.0
    private static let patienceFactor = 8.0
    /// So long room is kept for an unroll that found none: it is sent again with the next PING.
    private static let roomSeconds = 5.0
    /// From then on it is told.
    private static let idleSeconds = 10.0
    /// Windows on trial double so often at most.
    private static let doublingLimit = 10

    /// Somebody who works waits for credit that others hold: time to see whether they need it.
    package func wantsLending(at now: Deadline) -> Bool { !waitQueue.isEmpty && !holders.isEmpty && now >= nextLending }

    /// Seconds between two looks.
    private static let lendingSeconds = 0.02

    /// Lends the credit of those who hold it for long.
    package mutating func lendIdleCredit(_ now: Deadline) {
        nextLending = now.advanced(seconds: Self.lendingSeconds)
        guard !holders.isEmpty || idleThreads > 0 else { return }
        for (connection, since) in roomWanted where now.seconds(since: since) > Self.roomSeconds {
            roomWanted.removeValue(forKey: connection)
        }
        // Who has sent something of late.
        quickest =
            sessions.values.lazy
            .filter { now.seconds(since: $0.creditSince) < Self.lateSeconds }.compactMap(\.deliverySeconds).min() ?? quickest
        for (connection, session) in sessions where session.isProven && !isProven(session) {
            setProven(session, connection, false)
        }
        let patience = self.patience
        var isTrialInVain = false
        for connection in holders.sorted() {
            guard let session = sessions[connection], now.seconds(since: session.creditSince) > patience else { continue }
            addOutstanding(-session.outstanding, of: session)
            session.isIdle = true
            idleThreads += session.threads
            lentEver &+= UInt64(session.outstanding)
            holders.remove(connection)
            if session.isProven { provenThreads -= session.threads } else { isTrialInVain = true }
            sharesHaveGrown = true
        }
        // Where trials come to nothing, more are tried at a time: one with merit shall not have to wait for a thousand without.
        if isTrialInVain { trialDoublings = min(trialDoublings + 1, Self.doublingLimit) }
        if sharesHaveGrown { grantCredit() }
        if idleThreads > 0 { tellIdleness(now) }
    }

    private mutating func endIdleness(of session: LearnerSession) {
        guard session.isIdle else { return }
        session.isIdle = false
        idleThreads -= session.threads
        if session.isProven { provenThreads += session.threads }
    }

    /// Sessions that hold credit for so long that people should know, in the order of their ordinals.
    func longIdle(at now: Deadline) -> [LearnerSession] {
        guard idleThreads > 0 else { return [] }
        return sessions.values
            .filter { $0.isIdle && $0.evaluation == nil && now.seconds(since: $0.creditSince) > max(Self.idleSeconds, patience) }
            .sorted { $0.identity.ordinal < $1.identity.ordinal }
    }

    private mutating func tellIdleness(_ now: Deadline) {
        var untold = 0
        for session in longIdle(at: now) where !session.idlenessIsTold {
            session.idlenessIsTold = true
            guard idlenessNotices.isNews(session.identity.instance, at: now) else {
                untold += 1
                continue
            }
            let what =
                session.pulling != nil
                ? "is still fetching parameters: its link is slow"
                : now.seconds(since: session.stepsSince) < Self.idleSeconds
                    ? "says that it steps: its environments are slow, or it lies" : "has not stepped: look for a hung environment there"
            notices.append(
                Notice(
                    .warning,
                    "actor \(session.identity) holds credit for \(session.outstanding) unrolls, has sent none for \(Int(now.seconds(since: session.creditSince))) s, and \(what); others use its credit meanwhile",
                    actor: "\(session.identity)"))
        }
        if untold > 0 { notices.append(Notice(.warning, "\(untold) more actors hold credit and send nothing")) }
    }

    /// Credit of a session that ended is void at once: others get it.
    mutating func voidCredit(of session: LearnerSession, _ connection: Connection) {
        holders.remove(connection)
        roomWanted.removeValue(forKey: connection)
        if session.isIdle {
            idleThreads -= session.threads
        } else {
            addOutstanding(-session.outstanding, of: session)
            if session.role == .act, session.isProven { provenThreads -= session.threads }
        }
    }
}
