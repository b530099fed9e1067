import StarlingExperience
import StarlingMessages
package import StarlingThreads

/// Credit, for those who are here: see `Credit`.
extension LearnerSessions {
    private var supply: Credit.Supply {
        Credit.Supply(isOpen: shelf.newest != nil && farewell == nil && isTraining, heldCount: runBooks.heldCount)
    }

    /// Grants what is free, a turn each, longest waiting first.
    mutating func grantCredit() { credit.grant(supply, at: clock, &statuses) }

    /// A session that may have more credit gets in line for it.
    mutating func queueForCredit(_ session: LearnerSession) {
        credit.enqueue(session)
        grantCredit()
    }

    /// The trainer takes an unroll.
    mutating func noteTaken(at now: Deadline) {
        if credit.take(supply, at: now) { grantCredit() }
    }

    /// Whether an unroll can be taken: it is within credit, and memory has room even if the credit was lent meanwhile.
    mutating func isWithinCredit(_ session: LearnerSession, _ sequence: UInt64) -> Bool {
        credit.covers(session, sequence, supply, at: clock)
    }

    /// Unrolls up to `sequence` are here, or were skipped: their credit is used up.
    ///
    /// - Parameter isUnroll: a valid unroll, by which a session proves itself.
    mutating func useCredit(of session: LearnerSession, through sequence: UInt64, isUnroll: Bool) {
        credit.use(session, through: sequence, isUnroll: isUnroll, at: clock)
        guard session.idlenessIsTold else { return }
        session.idlenessIsTold = false
        notices.append(Notice(.info, "actor \(session.identity) sends again", actor: "\(session.identity)"))
    }

    /// Where there are fewer to share with, those who had their share may have more.
    mutating func shareOutCredit() {
        if credit.shareOut() { grantCredit() }
    }

    /// Somebody who works waits for credit that others hold: time to see whether they need it.
    package func wantsLending(at now: Deadline) -> Bool { credit.wantsLending(at: now) }

    /// Lends the credit of those who hold it for long.
    package mutating func lendIdleCredit(_ now: Deadline) {
        credit.lend(at: now)
        grantCredit()
        if credit.idleCount > 0 { tellIdleness(now) }
    }

    private mutating func tellIdleness(_ now: Deadline) {
        for session in credit.longIdle(at: now) where !session.idlenessIsTold {
            session.idlenessIsTold = true
            guard idlenessNotices.isNews(session.identity.instance, at: now) else { continue }
            let what =
                session.pulling != nil
                ? "is still fetching parameters: its link is slow"
                : now.seconds(since: session.stepsSince) < Credit.idleSeconds
                    ? "says that it steps: its environments are slow or fail, as its own log tells"
                    : "has not stepped: look for a hung environment there"
            notices.append(
                Notice(
                    .warning,
                    "actor \(session.identity) holds credit for \(session.outstanding) unrolls, has sent none for \(Int(now.seconds(since: session.creditSince))) s, and \(what); others use its credit meanwhile",
                    actor: "\(session.identity)"))
        }
        let untold = idlenessNotices.summaries(at: now).reduce(0) { $0 + $1.count }
        if untold > 0 { notices.append(Notice(.warning, "\(untold) more actors hold credit and send nothing")) }
    }

    /// Sessions get credit in this order, which is that of the wait queue when the training was captured.
    package mutating func queueForCredit(inOrderOf instances: [String]) { credit.orderQueue(by: instances) }

    /// Names of the actors in the wait queue, longest waiting first.
    package var creditQueue: [String] { credit.waitingActors }

    /// Unrolls granted and not arrived, but for those of idle sessions.
    package var granted: Int { credit.outstanding.total }
    /// In the queue of events.
    package var queued: Int { credit.queued }
    /// Taken by the trainer and not settled.
    package var inTraining: Int { credit.inTraining }
    /// Unrolls that proven sessions may be granted now.
    package var freeCredit: Int { credit.freeCredit(supply) }
    /// Unrolls of credit that were ever lent.
    package var lentEver: UInt64 { credit.lentEver }
    /// What is granted by the books of the sessions, less what was counted: always 0.
    package var creditImbalance: Int { credit.imbalance }
}
