package import StarlingExperience
import StarlingMessages
package import StarlingThreads

/// Who may step how much.
///
/// Credit is counted in unrolls: all unrolls of a run have the same size. It is granted before an unroll's first step,
/// so it bounds memory and staleness at once.
///
/// Nobody can keep others from stepping by what he holds: credit of an actor that sends nothing for longer than others need
/// is lent to them, and what newcomers hold, who may never send anything, is not counted against those who do. An actor
/// loses nothing by that: what it was granted stays its own, and its unroll is taken whenever it comes.
package struct Credit {
    private(set) var terms: Terms?
    package private(set) var window = CreditWindow(.lockstep, unrollsPerBatch: 1)
    /// Sessions that act, in no order.
    package private(set) var members: [LearnerSession] = []
    package private(set) var threads = Threads()
    /// Members that hold credit for long.
    package private(set) var idleCount = 0
    package private(set) var outstanding = Outstanding()
    /// Proven sessions that wait for credit, and the others that do.
    private var waitQueue = WaitQueue(.proven)
    private var trialQueue = WaitQueue(.trial)
    /// Somebody left or is idle, or the window has grown, since credit was shared out.
    private var sharesHaveGrown = false

    private var intake = TrainerIntake()

    // How long unrolls take.
    private(set) var deliveryTime = DeliveryTime()
    private var promptness = Promptness()

    // Credit that lies idle.
    private var nextLending = Deadline(nanoseconds: 0)
    /// Idle sessions whose unroll came when memory was full, and when.
    private var roomWanted: [Connection: Deadline] = [:]
    /// Unrolls of credit that were ever lent.
    package private(set) var lentEver: UInt64 = 0
    /// So often the window of those on trial was doubled.
    private var trialDoublings = 0

    init() {}

    package init(_ terms: Terms) {
        self.terms = terms
        window = CreditWindow(terms.pacing, unrollsPerBatch: terms.unrollsPerBatch)
        promptness = Promptness(isLockstep: terms.isLockstep)
    }

    /// In the queue of events.
    package var queued: Int { intake.queued }
    /// Taken by the trainer and not settled.
    package var inTraining: Int { intake.inTraining }

    /// Batches are of so many unrolls from now on.
    mutating func setBatch(unrolls: Int) {
        guard let pacing = terms?.pacing else { return }
        terms?.unrollsPerBatch = unrolls
        window.setBatch(pacing, unrolls: unrolls)
        sharesHaveGrown = true
    }

    // MARK: Members

    /// A session that acts has begun.
    package mutating func join(_ session: LearnerSession) {
        session.place = members.count
        members.append(session)
        threads.acting += session.threads
        if session.isProven { threads.proven += session.threads }
    }

    /// It has ended: its credit is void at once, and others get it.
    package mutating func leave(_ session: LearnerSession) {
        roomWanted.removeValue(forKey: session.connection)
        threads.acting -= session.threads
        if session.isIdle {
            idleCount -= 1
        } else {
            addOutstanding(-session.outstanding, of: session)
            if session.isProven { threads.proven -= session.threads }
        }
        members.swapAt(session.place, members.count - 1)
        members[session.place].place = session.place
        members.removeLast()
        session.waits = nil
        sharesHaveGrown = true
        waitQueue.forgetLeft(of: members.count)
        trialQueue.forgetLeft(of: members.count)
    }

    // MARK: Limits

    /// What bounds the window, and what that costs. What memory has no room for, the policy lag doesn't keep.
    package var pressure: CreditPressure {
        var pressure = window.pressure
        // One batch is the trainer's.
        guard let terms, !terms.isLockstep, terms.room < pressure.window + terms.unrollsPerBatch else { return pressure }
        (pressure.isOutOfRoom, pressure.isAtBound, pressure.wantsWiderBatches) = (true, false, false)
        return pressure
    }

    /// Unrolls that memory has room for now.
    private func free(_ terms: Terms, _ supply: Supply) -> Int {
        terms.room - outstanding.total - queued - inTraining - supply.heldCount
    }

    /// Unrolls that may be granted as far as memory goes: what came late and found no room has room kept for it, but for all of
    /// those together no more than a quarter.
    private func grantable(_ terms: Terms, _ supply: Supply) -> Int {
        free(terms, supply) - min(roomWanted.count, max(1, terms.room / 4))
    }

    /// Unrolls that proven sessions may be granted now: the smaller of the two limits.
    package func freeCredit(_ supply: Supply) -> Int {
        guard let terms, supply.isOpen else { return 0 }
        let byMemory = grantable(terms, supply)
        if terms.isLockstep {
            return min(byMemory, terms.unrollsPerBatch - outstanding.total - queued - intake.takenSincePublication)
        }
        return min(byMemory, window.limit - outstanding.proven - queued)
    }

    /// Unrolls that the others may be granted: a window of their own, where there are any to share the first one with. In
    /// lockstep all are proven.
    private func freeTrialCredit(_ supply: Supply) -> Int {
        guard let terms, supply.isOpen else { return 0 }
        let trial = window.limit << trialDoublings
        return min(
            grantable(terms, supply), trial - outstanding.onTrial,
            (threads.proven > 0 ? window.limit : 0) + trial - outstanding.total - queued)
    }

    /// Unrolls that all environments of a session's actor make at a time.
    func unrollsPerRound(of session: LearnerSession) -> Int { (terms?.unrollsPerRound ?? 1) * session.threads }

    /// Unrolls a session may have granted and not arrived: a round or its share of all that may be outstanding, because
    /// what one actor hoards, others would have stepped, and no more than it needs.
    private func limit(of session: LearnerSession) -> Int {
        guard let terms else { return 0 }
        let credit = max(terms.unrollsPerRound, share(of: window.limit, isProven: session.isProven)) * session.weight
        guard !terms.isLockstep else { return credit }
        return max(1, Int(Double(min(credit, session.appetite.limit)) * promptness.pace(of: session)))
    }

    /// Shares of what may be outstanding: one for each thread of the proven sessions, or, for who is none of them, one for each
    /// session that is not idle.
    private func sharing(isProven: Bool) -> Int {
        max(1, isProven ? threads.proven : members.count - idleCount)
    }

    /// What of a window is in each of those shares, rounded up.
    private func share(of limit: Int, isProven: Bool) -> Int {
        let sharing = sharing(isProven: isProven)
        return (limit + sharing - 1) / sharing
    }

    /// Unrolls granted for each of a session's shares before it is the next session's turn: a whole round, but no more than its
    /// share, so that few large actors don't leave the others idle.
    private func turn(isProven: Bool) -> Int {
        guard let terms else { return 0 }
        return max(1, min(terms.unrollsPerRound, window.limit / sharing(isProven: isProven)))
    }

    // MARK: Granting

    /// Puts a session at the end of its wait queue unless it has all it may have, or only a piece of a turn is missing.
    package mutating func enqueue(_ session: LearnerSession) {
        guard session.role == .act, session.waits == nil, !session.isIdle else { return }
        let limit = limit(of: session)
        guard session.outstanding == 0 || session.outstanding + wholeTurn(of: session, limit) <= limit else { return }
        append(session)
    }

    /// Unrolls that a session is granted together: a turn in pieces is several messages, several wake-ups of every thread on their way, and
    /// several inferences a step. Never more than a batch, which may be all that is taken before an update.
    private func wholeTurn(of session: LearnerSession, _ limit: Int) -> Int {
        guard let terms, !terms.isLockstep else { return 1 }
        return min(turn(isProven: session.isProven) * session.weight, limit, terms.unrollsPerBatch)
    }

    private mutating func append(_ session: LearnerSession) {
        if session.isProven { waitQueue.append(session) } else { trialQueue.append(session) }
    }

    /// Grants what is free, a turn each, longest waiting first.
    package mutating func grant(_ supply: Supply, at now: Deadline, _ statuses: inout UntoldStatuses) {
        if !waitQueue.isEmpty { grant(freeCredit(supply), to: .proven, now, &statuses) }
        if !trialQueue.isEmpty { grant(freeTrialCredit(supply), to: .trial, now, &statuses) }
    }

    private mutating func grant(_ free: Int, to kind: WaitQueue.Kind, _ now: Deadline, _ statuses: inout UntoldStatuses) {
        var free = free
        while free > 0, let session = kind == .trial ? trialQueue.first() : waitQueue.first(), isEnough(free, for: session) {
            if kind == .trial { trialQueue.removeFirst() } else { waitQueue.removeFirst() }
            let count = min(turn(isProven: session.isProven) * session.weight, limit(of: session) - session.outstanding, free)
            guard count > 0 else { continue }
            session.grant(count, at: now)
            addOutstanding(count, of: session)
            free -= count
            statuses.add(session)
            noteUrgency(of: session, &statuses)
            enqueue(session)
        }
    }

    /// Whether so much is worth granting a session now: a piece is waited for until it is whole, unless nothing is under way that could
    /// make it so.
    private func isEnough(_ free: Int, for session: LearnerSession) -> Bool {
        guard session.isProven, outstanding.proven + queued > 0 else { return true }
        return free >= wholeTurn(of: session, limit(of: session))
    }

    /// An actor that knows of little credit is to hear of more before it has to stop.
    func noteUrgency(of session: LearnerSession, _ statuses: inout UntoldStatuses) {
        guard session.grantedThrough > session.toldThrough else { return }
        if window.isShort || 2 * session.knownCredit <= unrollsPerRound(of: session) { statuses.isUrgent = true }
    }

    private mutating func addOutstanding(_ count: Int, of session: LearnerSession) {
        if session.isProven { outstanding.proven += count } else { outstanding.onTrial += count }
    }

    /// Where there are fewer to share with, those who had their share may have more. With the timers and batches, because
    /// sessions may end by the thousand.
    /// - Returns: whether there may be something to grant.
    package mutating func shareOut() -> Bool {
        guard sharesHaveGrown else { return false }
        sharesHaveGrown = false
        for session in members { enqueue(session) }
        return true
    }

    /// Actors in the wait queue, longest waiting first.
    var waitingActors: [String] { waitQueue.instances }

    /// Has sessions get credit in this order, which is that of the wait queue when the training was captured.
    mutating func orderQueue(by instances: [String]) { waitQueue.order(by: instances) }

    // MARK: The trainer

    /// An unroll is in the queue of events.
    package mutating func noteQueued() { intake.noteQueued() }

    /// The trainer asked for an event: whether there was one.
    mutating func noteAsked(_ isAnswered: Bool, at now: Deadline) { intake.noteAsked(isAnswered, at: now) }

    /// The trainer takes an unroll.
    /// - Returns: whether it is time to grant: where it is about to take more for its batch, a whole turn is worth waiting for, because
    ///   a turn in pieces is several messages, sets of parameters and inferences a step. Never more than a batch, which may be all
    ///   that is taken before an update.
    package mutating func take(_ supply: Supply, at now: Deadline) -> Bool {
        var isDue = false
        if inTraining == 0 { isDue = beginBatch(at: now) }
        intake.take()
        guard let terms, !terms.isLockstep else { return isDue }
        let free = threads.proven > 0 ? freeCredit(supply) : freeTrialCredit(supply)
        return isDue || queued == 0 || free >= min(turn(isProven: threads.proven > 0), terms.unrollsPerBatch)
    }

    /// When the window has grown, those who had their share may have more.
    private mutating func beginBatch(at now: Deadline) -> Bool {
        let former = window.limit
        let (seconds, waited) = intake.beginBatch(at: now)
        window.beginBatch(queued: queued, waited: waited, seconds: seconds)
        let isProven = threads.proven > 0
        if share(of: window.limit, isProven: isProven) > share(of: former, isProven: isProven) { sharesHaveGrown = true }
        return shareOut()
    }

    /// An unroll has a fate.
    package mutating func noteFate(_ fate: Fate, ofTaken isTaken: Bool) {
        if fate == .tooStale { window.noteTooStale() }
        if isTaken { intake.noteFate(fate) }
    }

    /// A version was published.
    package mutating func notePublication() { intake.notePublication() }

    /// Nothing is with the trainer any more.
    mutating func close() { intake.close() }

    // MARK: Arrivals

    /// Whether an unroll can be taken: it is within credit, and memory has room even if the credit was lent meanwhile.
    package mutating func covers(_ session: LearnerSession, _ sequence: UInt64, _ supply: Supply, at now: Deadline) -> Bool {
        guard sequence <= max(session.grantedThrough, session.toldThrough), let terms else { return false }
        guard session.isIdle else { return true }
        guard free(terms, supply) > 0 else {
            roomWanted[session.connection] = now
            return false
        }
        roomWanted.removeValue(forKey: session.connection)
        return true
    }

    /// Unrolls up to `sequence` are here, or were skipped: their credit is used up.
    ///
    /// - Parameter isUnroll: a valid unroll, by which a session proves itself.
    package mutating func use(_ session: LearnerSession, through sequence: UInt64, isUnroll: Bool, at now: Deadline) {
        let used = session.outstanding
        session.account.advance(to: sequence)
        session.grantedThrough = max(session.grantedThrough, sequence)
        // What was lent stays so until it is used up: one unroll now and then doesn't take it back.
        if !session.isIdle { addOutstanding(session.outstanding - used, of: session) }
        if session.outstanding == 0 { endIdleness(of: session) }
        if isUnroll { noteDelivery(of: session, at: now) }
    }

    private mutating func noteDelivery(of session: LearnerSession, at now: Deadline) {
        if let seconds = session.takeFlight(at: now) { window.noteFlight(seconds) }
        let delivery = session.noteDelivery(at: now)
        deliveryTime.add(delivery.seconds * Double(session.threads))
        if let actor = delivery.actor { window.noteActor(waited: actor.waited, seconds: actor.seconds) }
        if !session.isProven { trialDoublings = 0 }
        if promptness.hasProvenItself(session) { setProven(session, true) }
    }

    private mutating func setProven(_ session: LearnerSession, _ isProven: Bool) {
        guard session.isProven != isProven else { return }
        guard !session.isIdle else {
            session.isProven = isProven
            return
        }
        addOutstanding(-session.outstanding, of: session)
        session.isProven = isProven
        addOutstanding(session.outstanding, of: session)
        threads.proven += isProven ? session.threads : -session.threads
        if session.waits != nil { append(session) }
    }

    // MARK: Credit that lies idle

    /// So long room is kept for an unroll that found none: it is sent again with the next PING.
    private static let roomSeconds = 5.0
    /// From then on idleness is told.
    static let idleSeconds = 10.0
    /// Windows on trial double so often at most.
    private static let doublingLimit = 10

    /// Somebody who works waits for credit that others hold: time to see whether they need it.
    func wantsLending(at now: Deadline) -> Bool { !waitQueue.isEmpty && outstanding.total > 0 && now >= nextLending }

    /// Seconds between two looks, which see all sessions.
    private var lendingSeconds: Double { max(0.02, 20e-6 * Double(members.count)) }

    /// Lends the credit of those who hold it for long.
    package mutating func lend(at now: Deadline) {
        nextLending = now.advanced(seconds: lendingSeconds)
        guard outstanding.total > 0 || idleCount > 0 else { return }
        for (connection, since) in roomWanted where now.seconds(since: since) > Self.roomSeconds {
            roomWanted.removeValue(forKey: connection)
        }
        promptness.look(at: members, now)
        let patience = promptness.patience
        var isTrialInVain = false
        for session in members {
            if session.isProven, !promptness.hasProvenItself(session) { setProven(session, false) }
            guard !session.isIdle, session.outstanding > 0, now.seconds(since: session.creditSince) > patience else { continue }
            addOutstanding(-session.outstanding, of: session)
            session.isIdle = true
            idleCount += 1
            lentEver &+= UInt64(session.outstanding)
            if session.isProven { threads.proven -= session.threads } else { isTrialInVain = true }
            sharesHaveGrown = true
        }
        // Where trials come to nothing, more are tried at a time: one with merit shall not have to wait for a thousand without.
        if isTrialInVain { trialDoublings = min(trialDoublings + 1, Self.doublingLimit) }
    }

    private mutating func endIdleness(of session: LearnerSession) {
        guard session.isIdle else { return }
        session.isIdle = false
        idleCount -= 1
        if session.isProven { threads.proven += session.threads }
    }

    /// Sessions that hold credit for so long that people should know, in the order of their ordinals.
    func longIdle(at now: Deadline) -> [LearnerSession] {
        guard idleCount > 0 else { return [] }
        return
            members
            .filter {
                $0.isIdle && $0.evaluator.playing == nil && now.seconds(since: $0.creditSince) > max(Self.idleSeconds, promptness.patience)
            }
            .sorted { $0.identity.ordinal < $1.identity.ordinal }
    }

    /// What is granted by the books of the sessions, less what was counted: always 0.
    package var imbalance: Int { members.reduce(-outstanding.total) { $0 + ($1.isIdle ? 0 : $1.outstanding) } }
}
