import StarlingExperience
import StarlingMessages
import StarlingThreads

/// Credit is counted in unrolls: all unrolls of a run have the same size. It is granted before an unroll's first step,
/// so it bounds memory and staleness at once.
extension LearnerSessions {
    /// Unrolls that may be granted now: the smaller of the two limits.
    package var freeCredit: Int {
        guard let offer, let layout, newest != nil, farewell == nil else { return 0 }
        let outstanding = granted + queued
        let byBytes = offer.byteBudget / layout.byteCount - outstanding - inHand - settledUnstored
        if offer.maxQueuedBatches == 0 {
            return min(byBytes, offer.unrollsPerBatch - outstanding - takenSincePublication)
        }
        return min(byBytes, offer.maxQueuedBatches * offer.unrollsPerBatch - outstanding)
    }

    /// Unrolls a session may have granted and not arrived: a round or its share of all that may be outstanding, because
    /// what one actor hoards, others would have stepped. Outside lockstep no more than a round to step and one under way, so
    /// that an actor goes on while its last round is acknowledged.
    var sessionCredit: Int {
        guard let offer else { return 0 }
        let able = max(1, actingSessions - stalledSessions)
        let share = (offer.outstandingLimit + able - 1) / able
        let credit = max(offer.unrollsPerActor, share)
        return offer.maxQueuedBatches == 0 ? credit : min(credit, 2 * offer.unrollsPerActor)
    }

    /// Puts a session at the end of the line unless it has all it may have.
    mutating func queueForCredit(_ connection: Connection) {
        if let session = sessions[connection] { queueForCredit(connection, session) }
    }

    mutating func queueForCredit(_ connection: Connection, _ session: LearnerSession) {
        guard session.role == .act, !session.isInLine, !session.isStalled, outstanding(session) < sessionCredit
        else { return }
        session.isInLine = true
        line.append(connection)
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
        var free = freeCredit
        guard free > 0, !line.isEmpty else { return }
        let turn = turnCredit
        while free > 0, let connection = line.popFirst() {
            guard let session = sessions[connection] else { continue }
            session.isInLine = false
            // It comes back to the line when it moves again.
            guard !session.isStalled else { continue }
            let count = min(turn, sessionCredit - outstanding(session), free)
            guard count > 0 else { continue }
            // Until now there was nothing to do.
            if outstanding(session) == 0 { session.progressAt = max(session.progressAt, clock) }
            session.grantedThrough += UInt64(count)
            granted += count
            free -= count
            markDirty(connection, session)
            noteUrgency(session)
            queueForCredit(connection, session)
        }
    }

    /// An actor that knows of little credit is to hear of more before it has to stop.
    private func knowsOfLittle(_ session: LearnerSession) -> Bool {
        session.grantedThrough > session.toldThrough && 2 * knownCredit(session) <= unrollsPerActor
    }

    /// Unrolls that an actor was told it may send and that have not come.
    func knownCredit(_ session: LearnerSession) -> Int {
        let cursor = session.account.cursor
        return session.toldThrough > cursor ? Int(session.toldThrough - cursor) : 0
    }

    mutating func noteUrgency(_ session: LearnerSession) {
        if knowsOfLittle(session) { isUrgent = true }
    }

    private var unrollsPerActor: Int { offer?.unrollsPerActor ?? 1 }

    /// Unrolls granted to one session before it is the next one's turn: a whole round of the actor, but no more than
    /// its share, so that few large actors don't leave the others idle.
    private var turnCredit: Int {
        guard let offer else { return 0 }
        return max(1, min(offer.unrollsPerActor, offer.outstandingLimit / max(1, actingSessions)))
    }

    /// What is worth waiting for while the trainer is about to take more for its batch: a turn in pieces is several messages,
    /// sets of parameters and inferences a step. Never more than a batch, which may be all that is taken before an update.
    var wholeTurn: Int { min(turnCredit, offer?.unrollsPerBatch ?? 1) }

    func outstanding(_ session: LearnerSession) -> Int {
        let cursor = session.account.cursor
        return session.grantedThrough > cursor ? Int(session.grantedThrough - cursor) : 0
    }

    // MARK: Loops that stand still

    /// An actor that has credit and neither steps nor sends for so long keeps others from stepping.
    package static let stallSeconds = 60.0
    /// One that fetches parameters for so long has a link too slow for them: meanwhile others can use its credit.
    package static let longPullSeconds = 2.0

    /// Notes what an actor tells of its steps. One that moves again gets credit again.
    mutating func noteProgress(
        _ connection: Connection, _ session: LearnerSession, steps: UInt64, hasUnroll: Bool, at now: Deadline
    ) {
        guard hasUnroll || steps != session.steps else { return }
        session.steps = steps
        session.progressAt = now
        guard session.isStalled else { return }
        if session.pullingSince == nil { notices.append(Notice(.info, "actor \(session.identity) steps again")) }
        endStall(session, connection)
    }

    /// It can step again: it is in line for credit as others are.
    private mutating func endStall(_ session: LearnerSession, _ connection: Connection) {
        session.isStalled = false
        stalledSessions -= 1
        queueForCredit(connection)
        grantCredit()
    }

    /// Notes which version an actor is in the middle of fetching; nil: it has all of it, or can't have it.
    mutating func notePull(_ connection: Connection, _ version: ParameterVersion?, at now: Deadline) {
        guard let session = sessions[connection] else { return }
        session.pulling = version
        if version != nil {
            session.pullingSince = session.pullingSince ?? now
        } else if session.pullingSince != nil {
            session.pullingSince = nil
            if session.isStalled { endStall(session, connection) }
        }
    }

    /// Takes credit back from those whose loops stand still, or wait for parameters that a slow link brings. What they
    /// send all the same is taken if there is room, else they send it again later.
    mutating func voidStalledCredit(_ now: Deadline) {
        for connection in sessions.keys.sorted() {
            guard let session = sessions[connection], !session.isStalled, outstanding(session) > 0 else { continue }
            let isPulling = session.pullingSince.map { now.seconds(since: $0) > Self.longPullSeconds } ?? false
            let stands = session.evaluation == nil && now.seconds(since: session.progressAt) > Self.stallSeconds
            guard isPulling || stands else { continue }
            let count = outstanding(session)
            session.isStalled = true
            stalledSessions += 1
            granted -= count
            session.grantedThrough = session.grantedThrough - UInt64(count)
            if isPulling {
                tellLongPull(connection)
            } else {
                notices.append(
                    Notice(
                        .warning,
                        "actor \(session.identity) has credit for \(count) unrolls and has not stepped for \(Int(Self.stallSeconds)) s: others get it; look for a hung environment there"
                    ))
            }
            sharesHaveGrown = true
            grantCredit()
        }
    }

    /// Once a session: such a link is slow for every version.
    private mutating func tellLongPull(_ connection: Connection) {
        guard let session = sessions[connection], !session.longPullIsTold else { return }
        session.longPullIsTold = true
        notices.append(
            Notice(
                .info,
                "actor \(session.identity) fetches parameters for more than \(Int(Self.longPullSeconds)) s: others use its credit meanwhile"
            ))
    }

    /// Whether an unroll beyond a session's credit can be taken all the same: the actor was told of credit that was
    /// taken back since, and there is room.
    mutating func regrant(_ session: LearnerSession, _ sequence: UInt64) -> Bool {
        guard sequence <= session.toldThrough, freeCredit > 0 else { return false }
        session.grantedThrough = sequence
        granted += 1
        return true
    }

    /// Credit of a session that ended is void at once: others get it.
    mutating func voidCredit(of session: LearnerSession) { granted -= outstanding(session) }
}
