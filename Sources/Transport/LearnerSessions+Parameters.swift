package import StarlingExperience
import StarlingMessages
import StarlingThreads

extension LearnerSessions {
    /// Snapshots that are kept besides the last two because somebody is in the middle of fetching them.
    private static var fetchedLimit: Int { 4 }

    /// Announces new parameters, with the next status of every session.
    package mutating func publish(_ snapshot: ParameterSnapshot) {
        let snapshot = sealed(snapshot)
        snapshots.append(snapshot)
        if snapshots.count > 2 {
            fetched.append(snapshots.removeFirst())
            dropFetched()
        }
        let announcement = Announcement(snapshot)
        newest = announcement
        takenSincePublication = 0
        grantCredit()
        // Who waits for credit hears of the version with it, and who is idle when it says something.
        for connection in announcement.isSmall ? holders.sorted() : sessions.keys.sorted() {
            guard let session = sessions[connection], !announcement.isSmall || session.knownCredit > 0 else { continue }
            markDirty(connection, session)
        }
    }

    /// The same with the tag that experience made with it must bring back.
    func sealed(_ snapshot: ParameterSnapshot) -> ParameterSnapshot {
        guard let offer else { return snapshot }
        var sealed = snapshot
        sealed.tag = offer.seal.tag(of: snapshot.version, snapshot.digest, snapshot.scalars)
        return sealed
    }

    /// Parameters that one frame holds go ahead of the credit that an actor surely waits for: asking for them would take
    /// longer than a small model's steps, and what is fetched while waiting is old when the credit comes.
    ///
    /// Nothing more is sent unasked until the actor has acted with it, so a slow link holds one blob at most.
    mutating func sendParametersAhead(to session: LearnerSession, _ connection: Connection) {
        guard let snapshot = snapshots.last, let newest, newest.isSmall, session.role == .act,
            session.grantedThrough > session.toldThrough, session.knownCredit == 0,
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
        guard let session = speaker(pull.session, on: connection, at: now) else { return }
        guard let snapshot = snapshot(of: pull.version) else {
            session.pulling = nil
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
        session.pulling = end < snapshot.bytes.count ? pull.version : nil
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
}
