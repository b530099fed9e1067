package import StarlingExperience
package import StarlingMessages
package import StarlingThreads

/// The learner's role without sockets: messages, commands and time go in; messages, events and log lines come out.
/// It waits for nothing, so its caller can always go on draining the socket.
///
/// What it knows lies in values that know nothing of one another, in `Rooms`: who waits for an offer (`lobby`), who is here and who
/// is known by name (`sessions`, `roster`), who may step how much (`credit`), what became of every unroll (`runBooks`), the
/// parameters (`shelf`), who plays what is to be evaluated (`evaluations`), who is to hear something (`statuses`), and who did what
/// no actor does (`strangers`). An extension for each says what it means for the others.
package struct LearnerSessions {
    /// A message for a connection, with the piece of a blob that follows it.
    package struct Outgoing {
        package var connection: Connection
        package var message: LearnerMessage
        package var piece: Piece?
        /// The piece goes in the header's frame.
        package var isPayload = false
    }
    /// A range of a snapshot's bytes.
    package struct Piece {
        package var snapshot: ParameterSnapshot
        package var range: Range<Int>
    }

    /// No word for so long: the actor is dead.
    package static let silenceSeconds = 60.0
    /// Timers come several times a second; between two so far apart this process stood still.
    static let standstillSeconds = 5.0
    static let sessionLimit = 10_000
    /// Of all sessions together.
    private static let pingsPerSecond = 1000
    /// Unreadable messages after which a peer is refused.
    package static let garbageLimit = 100
    /// Entries of skipped and invalid unrolls that a session may cause between two valid ones: they cost it next to
    /// nothing, and the journal a record each.
    package static let blocklessLimit = 1000
    /// Invalid unrolls in a row, none good between them, with which an actor is refused: enough for the learner to find out before whether
    /// it is its parameters that are broken.
    package static let invalidLimit = blocklessLimit
    /// Unrolls of a session that passed all checks, and that the training could not use, after which it is refused.
    package static let unusableLimit = 16
    let build: String
    var offer: LearnerOffer?
    var layout: UnrollLayout?
    var lobby = Lobby()
    var sessions: [Connection: LearnerSession] = [:]
    var sessionsEver: UInt64 = 0
    /// Incarnations of acting actors that joined.
    var actorsEver: UInt64 = 0
    var roster = Roster()
    /// Totals of incarnations that are over, the fates, and what stands outside the equations.
    var totals = Ledger()
    var runBooks = RunBooks()
    var credit = Credit()
    /// There is something to train; else nothing is granted.
    private(set) var isTraining = true
    var shelf = ParameterShelf()
    var statuses = UntoldStatuses()
    var strangers = Strangers()
    var evaluations = Evaluations()
    /// Lines that actors cause.
    var actorLines = LineAllowance()
    /// Idle sessions that were logged, by actor.
    var idlenessNotices = Repetitions<String>()
    var farewell: Farewell?
    var booksAreClosed = false
    /// When timers were looked at last.
    var lastAdvance: Deadline?

    /// The latest time that was told.
    var clock = Deadline(nanoseconds: 0)

    // What comes out.
    package var outgoing: [Outgoing] = []
    var events = Queue<LearnerEvent>()
    package var notices: [Notice] = []
    /// Connections that the wiring is to end.
    package var cuts: [Connection] {
        get { strangers.cuts }
        set { strangers.cuts = newValue }
    }

    package init(build: String) { self.build = build }

    /// Begins to answer HELLOs.
    /// - Parameters:
    ///   - past: what earlier learners of the run left.
    ///   - isJournaling: unrolls are acknowledged when `stored(through:)` says so, else when they are accepted.
    package mutating func open(
        _ offer: LearnerOffer, after past: RunPast = RunPast(), isJournaling: Bool = false, at now: Deadline
    ) {
        precondition(self.offer == nil, "a learner's end is opened once")
        self.offer = offer
        layout = offer.layout
        credit = Credit(
            Credit.Terms(
                pacing: offer.pacing, unrollsPerBatch: offer.unrollsPerBatch, unrollsPerRound: offer.unrollsPerActor,
                room: offer.byteBudget / offer.layout.byteCount))
        clock = max(clock, now)
        recall(past, isJournaling: isJournaling, at: now)
        let promise =
            isJournaling
            ? "an acknowledged unroll is in the journal"
            : "without a journal an acknowledged unroll is one in the queue, lost if this learner is killed"
        notices.append(
            Notice(.info, "run \(offer.run), generation \(offer.generation): actors may join; \(promise)"))
        for entry in lobby.open() { greet(entry.hello, from: entry.connection, at: now) }
    }

    /// The oldest event.
    package mutating func takeEvent(at now: Deadline) -> LearnerEvent? {
        clock = max(clock, now)
        let event = events.popFirst()
        credit.noteAsked(event != nil, at: now)
        if case .unroll? = event { noteTaken(at: now) }
        return event
    }

    /// Gives unrolls in the trainer's hands their fate.
    package mutating func settle(_ unrolls: [ReceivedUnroll], _ fate: Fate) {
        for unroll in unrolls { settle(unroll.ticket, fate) }
        grantCredit()
    }

    package mutating func settle(_ unroll: ReceivedUnroll, _ fate: Fate) {
        settle(unroll.ticket, fate)
        grantCredit()
    }

    /// The training could not use an unroll that had passed all checks: it is invalid, and whoever goes on sending such ones
    /// is refused.
    package mutating func settleUnusable(_ unroll: ReceivedUnroll, _ fault: String) {
        settle(unroll.ticket, .invalid)
        defer { grantCredit() }
        guard let account = roster[unroll.actor.instance], account.identity.incarnation == unroll.actor.incarnation,
            let connection = account.connection, let session = sessions[connection]
        else { return }
        noteInvalid(session, connection, fault)
        account.unusable += 1
        guard account.unusable >= Self.unusableLimit else { return }
        expel(
            session, connection, for: "\(account.unusable) unrolls that can't be trained on, the last: \(fault)",
            remedy: "look at the loss first, then at what its environments give", "its unrolls can't be trained on")
    }

    /// Batches are of so many unrolls from now on.
    package mutating func setBatch(unrolls: Int) {
        offer?.unrollsPerBatch = unrolls
        credit.setBatch(unrolls: unrolls)
        grantCredit()
    }

    /// All is trained that is to be: nothing more is granted.
    package mutating func endTraining() { isTraining = false }

    private mutating func settle(_ ticket: UInt64, _ fate: Fate) {
        // What has no fate when the books are closed is abandoned; a late word changes nothing.
        guard !booksAreClosed else { return }
        count(fate, 1)
        credit.noteFate(fate, ofTaken: runBooks.setFate(ticket, fate))
    }

    mutating func count(_ fate: Fate, _ count: UInt64) {
        switch fate {
        case .trained: totals.trained += count
        case .tooStale: totals.tooStale += count
        case .invalid: totals.invalid += count
        case .abandoned: totals.abandoned += count
        }
    }

    package mutating func markDirty(_ connection: Connection) {
        if let session = sessions[connection] { statuses.add(session) }
    }

    package mutating func markAllDirty() {
        for (_, session) in sessions.sorted(by: { $0.key < $1.key }) { statuses.add(session) }
    }

    /// Statuses wait for company, and whether they should not.
    package var hasStatuses: Bool { !statuses.isEmpty }
    package var isUrgent: Bool { statuses.isUrgent }

    /// Puts the coalesced statuses of all sessions that have news into `outgoing`.
    package mutating func flush() {
        guard !statuses.isEmpty else { return }
        var taken = statuses.take()
        for session in taken where session.isDirty {
            session.isDirty = false
            let status = status(of: session)
            if !sendParametersAhead(to: session, with: status) {
                outgoing.append(Outgoing(connection: session.connection, message: .status(status), piece: nil))
            }
            session.resendFrom = 0
            session.toldThrough = max(session.toldThrough, session.grantedThrough)
        }
        statuses.keep(&taken)
    }

    func status(of session: LearnerSession) -> SessionStatus {
        let bytes = UInt64(layout?.byteCount ?? 0)
        return SessionStatus(
            session: session.number,
            acknowledgedThrough: session.account.stored,
            creditLimit: (max(session.grantedThrough, session.toldThrough) - session.base) * bytes, newest: shelf.newest,
            resendFrom: session.resendFrom, pingSeconds: pingSeconds, cancelledEvaluations: session.evaluator.cancelled,
            invalidUnrolls: session.invalidUnrolls, lastFault: session.lastFault)
    }

    /// Seconds between PINGs of each session: with thousands, more than one, or their PINGs would be most of what is heard. 0 is one.
    private var pingSeconds: UInt32 {
        let seconds = min(UInt32(sessions.count / Self.pingsPerSecond), WireLimits.pingSeconds)
        return seconds > 1 ? seconds : 0
    }

    /// Something for the trainer.
    package var hasEvents: Bool { !events.isEmpty }

    /// The books now.
    package var ledger: Ledger {
        var ledger = totals
        for account in roster.accounts.values { account.add(to: &ledger) }
        ledger.pending = UInt64(runBooks.pending)
        return ledger
    }

    /// Some names, for people.
    static func names(of sessions: [LearnerSession]) -> String {
        let names = sessions.prefix(3).map { "\($0.identity)" }.joined(separator: ", ")
        return sessions.count > 3 ? "\(names) and \(sessions.count - 3) more" : names
    }

    /// Whether the policy lag is what limits.
    var lagLimit: LagLimit? {
        let pressure = credit.pressure
        guard let offer, pressure.isAtBound else { return nil }
        let waiting = credit.members.count { $0.outstanding == 0 }
        return LagLimit(
            pressure, offer, actors: credit.members.count, threads: credit.threads.acting, waitingActors: waiting)
    }

    /// What else keeps trainer and actors waiting.
    private var flowLimit: FlowLimit? {
        guard let offer, let terms = credit.terms, !credit.members.isEmpty else { return nil }
        return FlowLimit(credit.pressure, offer.pacing, room: terms.room)
    }

    package var overview: TransportOverview {
        var overview = TransportOverview()
        overview.actingActors = credit.members.count
        overview.actingThreads = credit.threads.acting
        overview.evaluatingActors = sessions.count - credit.members.count
        overview.actorsEver = actorsEver
        overview.sessions = sessions.count
        overview.sessionsEver = sessionsEver
        overview.ledger = ledger
        overview.refused = strangers.refused
        overview.queuedUnrolls = credit.queued
        overview.unstoredEntries = runBooks.unstoredCount
        overview.grantedUnrolls = granted
        (overview.pressure, overview.lagLimit, overview.flowLimit) = (credit.pressure, lagLimit, flowLimit)
        let idle = credit.longIdle(at: clock)
        overview.idleActors = idle.count
        overview.idleNames = Self.names(of: idle)
        for account in roster.accounts.values where account.role == .act { overview.actorTimes &+= account.times }
        return overview
    }
}
