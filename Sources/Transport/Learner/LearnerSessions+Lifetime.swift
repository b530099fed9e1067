import StarlingExperience
package import StarlingMessages
package import StarlingThreads

extension LearnerSessions {
    /// Any message but EXPERIENCE.
    package mutating func receive(_ message: ActorMessage, from connection: Connection, at now: Deadline) {
        switch message {
        case .hello(let hello): greet(hello, from: connection, at: now)
        case .experience: preconditionFailure("an EXPERIENCE goes to admit")
        case .skip(let skip): receive(skip, from: connection, at: now)
        case .pull(let pull): receive(pull, from: connection, at: now)
        case .ping(let session, let counts): receivePing(session, counts, from: connection, at: now)
        case .evaluation(let session, let report): receive(report, session, from: connection, at: now)
        case .evaluationFailed(let session, let failure): receive(failure, session, from: connection, at: now)
        case .bye(let session, let counts): receiveBye(session, counts, from: connection, at: now)
        case .unable(let session, let counts, let reason):
            receiveUnable(session, counts, reason, from: connection, at: now)
        case .probe(let probe): answer(probe, to: connection, clock: 0, knownAs: "")
        }
    }

    mutating func heard(_ session: LearnerSession, _ now: Deadline) {
        clock = max(clock, now)
        session.lastHeard = now
        session.account.lastHeard = now
    }

    /// The session that a message says to be of, which is heard by it; nil when it is not known here, and its sender is told.
    mutating func speaker(_ number: UInt64, on connection: Connection, at now: Deadline) -> LearnerSession? {
        guard let session = sessions[connection], session.number == number else {
            requestHandshake(number, to: connection)
            return nil
        }
        heard(session, now)
        return session
    }

    /// The wiring found the connection gone.
    package mutating func connectionLost(_ connection: Connection) {
        lobby.leave(connection)
        defer { strangers.forget(connection) }
        sessions[connection]?.account.isAway = true
        end(connection, "connection lost")
    }

    static let goodbye = "said goodbye"

    /// Ends a session; its actor may come back with another one.
    mutating func end(_ connection: Connection, _ reason: String) {
        guard let session = sessions[connection] else { return }
        if session.role == .act { credit.leave(session) }
        sessions.removeValue(forKey: connection)
        session.isDirty = false
        strangers.note(connection) { $0.hadSession = true }
        roster[session.identity.instance]?.connection = nil
        loseEvaluation(of: session, reason)
        // Who says goodbye leaves: that is told once, by `close`.
        if reason != Self.goodbye {
            tell(.info, of: session.identity, "session of actor \(session.identity) ended: \(reason)")
        }
        grantCredit()
        assignEvaluations()
    }

    /// Logs what actors are free to do as often as they like, each by a line, unless they do too much of it.
    mutating func tell(_ level: Notice.Level, of actor: ActorIdentity, _ text: String) {
        guard actorLines.take(at: clock) else { return }
        notices.append(Notice(level, text, actor: "\(actor)"))
    }

    private mutating func tellWithheldLines() {
        guard let count = actorLines.takeWithheld(at: clock) else { return }
        notices.append(Notice(.warning, "\(count) lines about actors that came, went or sent garbage were left out"))
    }

    private mutating func receiveBye(
        _ number: UInt64, _ counts: ActorCounts, from connection: Connection, at now: Deadline
    ) {
        guard let session = sessions[connection], session.number == number else { return }
        let name = session.identity.instance
        heard(session, now)
        session.account.note(counts)
        end(connection, Self.goodbye)
        // Who is told that the learner will be back keeps its outbox for it.
        if farewell?.isRunToGoOn != true { close(name, Self.goodbye) }
    }

    /// An actor of another build, or on a machine that lacks something: it is named, and gets no session more until it is
    /// started again, or the run has other work.
    private mutating func receiveUnable(
        _ number: UInt64, _ counts: ActorCounts, _ reason: String, from connection: Connection, at now: Deadline
    ) {
        guard let offer, let session = sessions[connection], session.number == number else { return }
        let name = session.identity.instance
        clock = max(clock, now)
        session.account.note(counts)
        session.account.unsupported = reason
        refuse(connection, unsupported(reason, of: "\(session.identity)", build: session.account.build, offer), by: name)
        end(connection, Self.goodbye)
        close(name, "it can't do the work")
    }

    /// What both ends are told of an actor that can't do the run's work.
    func unsupported(_ reason: String, of actor: String, build: String, _ offer: LearnerOffer) -> Refusal {
        Refusal(
            code: .unable,
            reason: "actor \(actor) (build \(build)) can't do the work of run \(offer.run) of learner build \(self.build): \(reason)",
            remedy: "mend that there, or start an actor that is built from the learner's sources and has what the run needs")
    }

    /// Silent sessions end, silent actors are dead.
    package mutating func advance(to now: Deadline) {
        clock = max(clock, now)
        forgiveStandstill(at: now)
        let silent = sessions.filter { now.seconds(since: $0.value.lastHeard) > Self.silenceSeconds }.keys
        for connection in silent.sorted() {
            end(connection, "no word for \(Int(Self.silenceSeconds)) s")
        }
        lendIdleCredit(now)
        shareOutCredit()
        reassignEvaluations(now)
        notices += strangers.summaries(at: now)
        tellWithheldLines()
        for account in roster.accounts.values where account.isAway && now.seconds(since: account.lastHeard) > 2 {
            account.isAway = false
        }
        let dead = roster.accounts.filter { !$0.value.isClosed && now.seconds(since: $0.value.lastHeard) > Self.silenceSeconds }
        for name in dead.keys.sorted() {
            close(name, "no word for \(Int(Self.silenceSeconds)) s")
        }
    }

    /// Time in which this process stood still (it was stopped, its machine slept) is nobody's silence: words that came
    /// meanwhile lie unread.
    private mutating func forgiveStandstill(at now: Deadline) {
        defer { lastAdvance = now }
        guard let lastAdvance, now.seconds(since: lastAdvance) > Self.standstillSeconds else { return }
        let seconds = now.seconds(since: lastAdvance)
        for session in sessions.values {
            session.lastHeard = session.lastHeard.advanced(seconds: seconds)
            session.creditSince = session.creditSince.advanced(seconds: seconds)
            session.stepsSince = session.stepsSince.advanced(seconds: seconds)
        }
        for account in roster.accounts.values { account.lastHeard = account.lastHeard.advanced(seconds: seconds) }
        notices.append(
            Notice(.warning, "this learner stood still for \(Int(seconds)) s; no actor's silence is counted for that time"))
    }

    /// Says goodbye to all. Unrolls that still come become `abandoned` when the run is over; before a restart they stay
    /// with their actors, for the next learner.
    package mutating func part(_ farewell: Farewell) {
        guard self.farewell == nil else { return }
        self.farewell = farewell
        for (connection, session) in sessions.sorted(by: { $0.key < $1.key }) {
            outgoing.append(
                Outgoing(
                    connection: connection, message: .bye(session: session.number, farewell), piece: nil))
        }
    }

    /// All said goodbye.
    package var isParted: Bool { farewell != nil && sessions.isEmpty }
    /// Actors that lost their connection in the last seconds and will want to hear the goodbye.
    package var expectsReturns: Bool { roster.accounts.values.contains { $0.isAway && !$0.isClosed } }

    /// Closes the books: what has no fate is abandoned unless a journal keeps it, and after a run that is over nobody's
    /// outbox is waited for.
    package mutating func closeBooks() {
        events.removeAll()
        if !runBooks.isJournaling { settleAll(.abandoned) }
        booksAreClosed = true
        credit.close()
        for connection in sessions.keys.sorted() { end(connection, "the learner ends") }
        if farewell == .finished {
            for name in roster.accounts.keys.sorted() { close(name, "the run is over") }
        }
        events.removeAll()
    }
}
