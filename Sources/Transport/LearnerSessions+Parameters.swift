package import StarlingExperience
import StarlingMessages
import StarlingThreads

extension LearnerSessions {
    /// Snapshots that are kept besides the last two because somebody is in the middle of fetching them.
    private static var fetchedLimit: Int { 4 }

    /// Announces new parameters, with the next status of every session.
    package mutating func publish(_ snapshot: ParameterSnapshot) {
        snapshots.append(snapshot)
        if snapshots.count > 2 {
            fetched.append(snapshots.removeFirst())
            dropFetched()
        }
        let announcement = Announcement(snapshot)
        newest = announcement
        if history.updateValue(snapshot.digest, forKey: snapshot.version) == nil {
            historyOrder.append(snapshot.version)
        }
        if historyOrder.count > Self.historyCount, let oldest = historyOrder.popFirst() {
            history.removeValue(forKey: oldest)
        }
        takenSincePublication = 0
        grantCredit()
        // Who waits for credit hears of the version with it.
        for connection in sessions.keys.sorted() {
            guard let session = sessions[connection], !announcement.isSmall || knownCredit(session) > 0 else { continue }
            markDirty(connection, session)
        }
    }

    /// Parameters that one frame holds go ahead of the credit that an actor surely waits for: asking for them would take
    /// longer than a small model's steps, and what is fetched while waiting is old when the credit comes.
    ///
    /// Nothing more is sent unasked until the actor has acted with it, so a slow link holds one blob at most.
    mutating func sendParametersAhead(to session: LearnerSession, _ connection: Connection) {
        guard let snapshot = snapshots.last, let newest, newest.isSmall, session.role == .act,
            session.grantedThrough > session.toldThrough, knownCredit(session) == 0,
            session.versionAhead == nil, session.sentVersion != newest.version
        else { return }
        (session.versionAhead, session.sentVersion) = (newest.version, newest.version)
        send(snapshot.bytes.indices, of: snapshot, in: session.number, to: connection)
    }

    /// A piece of a blob.
    mutating func send(_ range: Range<Int>, of snapshot: ParameterSnapshot, in session: UInt64, to connection: Connection) {
        let header = WeightsHeader(
            session: session, of: Announcement(snapshot), offset: UInt64(range.lowerBound), count: UInt32(range.count))
        outgoing.append(
            Outgoing(connection: connection, message: .weights(header), piece: Piece(snapshot: snapshot, range: range)))
    }

    private mutating func dropFetched() {
        let wanted = Set(sessions.values.compactMap(\.pulling))
        fetched.removeAll { !wanted.contains($0.version) }
        if fetched.count > Self.fetchedLimit { fetched.removeFirst(fetched.count - Self.fetchedLimit) }
    }

    /// Answers with a piece, or with what to fetch instead.
    mutating func receive(_ pull: Pull, from connection: Connection, at now: Deadline) {
        guard pull.session != 0 else { return answerWithoutSession(pull, to: connection, at: now) }
        guard let session = sessions[connection], session.number == pull.session else {
            return sayHello(pull.session, to: connection)
        }
        heard(session, now)
        session.progressAt = now
        guard let snapshot = snapshot(of: pull.version) else {
            notePull(connection, nil, at: now)
            guard let newest else { return receiveGarbage(from: connection, "PULL before there are parameters") }
            outgoing.append(
                Outgoing(
                    connection: connection,
                    message: .weightsGone(session: session.number, pull.version, newest: newest), piece: nil))
            return
        }
        guard pull.offset < UInt64(snapshot.bytes.count) else {
            return receiveGarbage(from: connection, "PULL beyond the end")
        }
        let start = Int(pull.offset)
        let end = min(snapshot.bytes.count, start + Int(pull.count))
        guard allows(connection, UInt64(end - start), at: now) else {
            return receiveGarbage(from: connection, "more PULLs than there are parameters")
        }
        notePull(connection, end < snapshot.bytes.count ? pull.version : nil, at: now)
        if end == snapshot.bytes.count, session.evaluation == nil { session.sentVersion = pull.version }
        send(start..<end, of: snapshot, in: session.number, to: connection)
    }

    private mutating func allows(_ connection: Connection, _ count: UInt64, at now: Deadline) -> Bool {
        let kept = keptByteCount
        let (version, evaluation) = (newest?.version, sessions[connection]?.evaluation)
        return sessions[connection]?.pulls.take(
            count, ofKept: kept, newest: version, evaluation: evaluation, at: now) ?? false
    }

    /// Bytes of all snapshots that can be pulled.
    var keptByteCount: UInt64 {
        (snapshots + fetched + evaluations.map(\.snapshot)).reduce(0) { $0 + UInt64($1.bytes.count) }
    }

    private func snapshot(of version: ParameterVersion) -> ParameterSnapshot? {
        snapshots.last { $0.version == version } ?? fetched.last { $0.version == version }
            ?? evaluations.last { $0.snapshot.version == version }?.snapshot
    }

    // MARK: Evaluations

    /// Has an actor play as soon as one is free for it.
    package mutating func evaluate(_ request: EvaluationRequest, _ snapshot: ParameterSnapshot) {
        precondition(request.version == snapshot.version, "an evaluation of \(request.version) with \(snapshot.version)")
        guard (1...WireLimits.episodeCount).contains(request.episodes) else {
            let reason = "\(request.episodes) episodes asked for; allowed are 1 to \(WireLimits.episodeCount)"
            return events.append(.evaluationLost(identifier: request.identifier, reason: reason))
        }
        evaluations.append(PendingEvaluation(request: request, snapshot: snapshot, connection: nil))
        assignEvaluations()
    }

    /// Gives waiting evaluations to actors in the role for it, or, where there is none, to those that act; among equals
    /// to the lowest ordinal.
    mutating func assignEvaluations() {
        guard farewell == nil, evaluations.contains(where: { $0.connection == nil }) else { return }
        let hasEvaluator = sessions.values.contains { $0.role == .evaluate && !$0.cannotEvaluate }
        let role: ActorRole = hasEvaluator ? .evaluate : .act
        var free = sessions.filter { $0.value.role == role && $0.value.evaluation == nil && !$0.value.cannotEvaluate }
            .sorted { $0.value.identity.ordinal > $1.value.identity.ordinal }.map(\.key)
        for index in evaluations.indices where evaluations[index].connection == nil {
            guard let connection = free.popLast() else { return }
            let (evaluation, session) = (evaluations[index], sessions[connection]!)
            evaluations[index].connection = connection
            session.evaluation = evaluation.request.identifier
            session.evaluationsAsked += 1
            outgoing.append(
                Outgoing(
                    connection: connection,
                    message: .evaluate(
                        session: session.number, evaluation.request, Announcement(evaluation.snapshot)),
                    piece: nil))
        }
    }

    mutating func receive(
        _ report: EvaluationReport, _ number: UInt64, from connection: Connection, at now: Deadline
    ) {
        guard let session = sessions[connection], session.number == number else {
            return sayHello(number, to: connection)
        }
        heard(session, now)
        if isLate(report.identifier, from: connection) { return }
        guard session.evaluation == report.identifier,
            let index = evaluations.firstIndex(where: {
                $0.connection == connection && $0.request.identifier == report.identifier
            }),
            evaluations[index].request.version == report.version,
            evaluations[index].request.episodes == report.returns.count
        else { return receiveGarbage(from: connection, "a report that nobody asked for") }
        evaluations.remove(at: index)
        session.evaluation = nil
        session.progressAt = now
        events.append(.evaluation(report))
        assignEvaluations()
    }

    /// An actor can't play what it was asked to: somebody else gets it, now or later, and this one no more.
    mutating func receive(
        _ failure: EvaluationFailure, _ number: UInt64, from connection: Connection, at now: Deadline
    ) {
        guard let session = sessions[connection], session.number == number else {
            return sayHello(number, to: connection)
        }
        heard(session, now)
        if isLate(failure.identifier, from: connection) { return }
        guard session.evaluation == failure.identifier,
            let index = evaluations.firstIndex(where: { $0.connection == connection })
        else { return receiveGarbage(from: connection, "the failure of an evaluation that nobody asked for") }
        evaluations[index].connection = nil
        session.evaluation = nil
        session.cannotEvaluate = true
        session.progressAt = now
        notices.append(
            Notice(.warning, "actor \(session.identity) can't play evaluations, so others are asked: \(failure.reason)"))
        assignEvaluations()
    }

    /// The actor that played is gone: the trainer decides what next.
    mutating func loseEvaluation(of session: LearnerSession, _ reason: String) {
        guard let identifier = session.evaluation else { return }
        evaluations.removeAll { $0.request.identifier == identifier && $0.connection != nil }
        events.append(.evaluationLost(identifier: identifier, reason: "actor \(session.identity): \(reason)"))
    }
}
