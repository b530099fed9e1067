package import StarlingExperience
import StarlingMessages
package import StarlingThreads

extension LearnerSessions {
    /// Announces new parameters: with the next status of every session, which comes with its credit. Who acts on credit of before hears
    /// of them at once where experience must be made with them, and else when `announce` is due.
    package mutating func publish(_ snapshot: ParameterSnapshot) {
        shelf.put(sealed(snapshot)) { Set(sessions.values.compactMap(\.pulling)) }
        credit.notePublication()
        if offer?.isLockstep == true { announce() }
        grantCredit()
    }

    /// Seconds between two announcements that nothing else carries: for actors that step for longer on what they have been granted.
    private var announcementSeconds: Double { max(0.005, 50e-6 * Double(sessions.count)) }

    /// When the newest version is to be told to those who have heard nothing for a while; nil when all know it.
    package var nextAnnouncement: Deadline? { shelf.nextAnnouncement(every: announcementSeconds) }

    /// The newest version is told to all who can act with it. Who waits for credit hears of small ones with it.
    package mutating func announce(at now: Deadline? = nil) {
        shelf.noteAnnouncement(at: now)
        guard let newest = shelf.newest else { return }
        if newest.isSmall {
            for session in credit.members where !session.isIdle && session.knownCredit > 0 { statuses.add(session) }
        } else {
            for session in credit.members { statuses.add(session) }
        }
    }

    /// The same with the tag that experience made with it must bring back.
    func sealed(_ snapshot: ParameterSnapshot) -> ParameterSnapshot {
        guard let offer else { return snapshot }
        var sealed = snapshot
        sealed.tag = offer.seal.tag(of: snapshot.version, snapshot.digest, snapshot.scalars)
        return sealed
    }

    /// Parameters that one frame holds are sent unasked: with the credit that an actor surely waits for, because asking for them would
    /// take longer than a small model's steps, and with the credit for every further round, or when those that it has would be too old for
    /// it. So a link holds as many of them as there are rounds on it.
    /// - Returns: whether the status of that credit went with them.
    mutating func sendParametersAhead(to session: LearnerSession, with status: SessionStatus) -> Bool {
        guard let snapshot = shelf.newestSnapshot, let newest = shelf.newest, newest.isSmall, session.role == .act,
            session.grantedThrough > session.toldThrough, session.sentVersion != newest.version,
            session.knownCredit == 0 || session.grantedThrough >= session.pushedThrough + UInt64(credit.unrollsPerRound(of: session))
                || isOld(session.sentVersion)
        else { return false }
        (session.sentVersion, session.pushedThrough) = (newest.version, session.grantedThrough)
        send(snapshot.bytes.indices, of: snapshot, to: session, with: session.readsPayload ? status : nil)
        return session.readsPayload
    }

    /// Whether an actor that has these parameters has to wait for newer ones.
    private func isOld(_ version: ParameterVersion?) -> Bool {
        guard let offer, let newest = shelf.newest?.version, let version, version.generation == newest.generation else { return true }
        return version.update + offer.pacing.parameterSlack < newest.update
    }

    /// A piece of a blob.
    private mutating func send(
        _ range: Range<Int>, of snapshot: ParameterSnapshot, to session: LearnerSession, with status: SessionStatus? = nil
    ) {
        send(
            range, of: snapshot, in: session.number, to: session.connection, with: status,
            isPayload: session.readsPayload && range.count <= FramePayload.limit)
    }

    mutating func send(
        _ range: Range<Int>, of snapshot: ParameterSnapshot, in session: UInt64, to connection: Connection,
        with status: SessionStatus? = nil, isPayload: Bool = false
    ) {
        let header = WeightsHeader(
            session: session, of: Announcement(snapshot), offset: UInt64(range.lowerBound), count: UInt32(range.count), status: status)
        outgoing.append(
            Outgoing(
                connection: connection, message: .weights(header), piece: Piece(snapshot: snapshot, range: range), isPayload: isPayload))
    }

    /// Answers with a piece, or with what to fetch instead.
    mutating func receive(_ pull: Pull, from connection: Connection, at now: Deadline) {
        guard pull.session != 0 else { return answerWithoutSession(pull, to: connection, at: now) }
        guard let session = speaker(pull.session, on: connection, at: now) else { return }
        guard let snapshot = snapshot(of: pull.version) else {
            if session.pulling == pull.version { session.pulling = nil }
            guard let newest = shelf.newest, let snapshot = shelf.newestSnapshot else {
                return receiveGarbage(from: connection, "PULL before there are parameters")
            }
            // Who is told only that they are gone may ask for the next ones too late too, for ever.
            let end = min(snapshot.bytes.count, Int(pull.count))
            if pull.offset == 0, session.evaluator.playing == nil, allows(connection, UInt64(end), at: now) {
                deliver(0..<end, of: snapshot, to: session)
            }
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
        deliver(start..<end, of: snapshot, to: session)
    }

    /// Sends a piece that was asked for.
    private mutating func deliver(_ range: Range<Int>, of snapshot: ParameterSnapshot, to session: LearnerSession) {
        let isLast = range.upperBound == snapshot.bytes.count
        session.pulling = isLast ? nil : snapshot.version
        if isLast, session.evaluator.playing == nil { session.sentVersion = snapshot.version }
        send(range, of: snapshot, to: session)
    }

    private mutating func allows(_ connection: Connection, _ count: UInt64, at now: Deadline) -> Bool {
        let kept = keptByteCount
        let (version, evaluation) = (shelf.newest?.version, sessions[connection]?.evaluator.playing)
        return sessions[connection]?.pulls.take(
            count, ofKept: kept, newest: version, evaluation: evaluation, at: now) ?? false
    }

    /// Bytes of all snapshots that can be pulled.
    var keptByteCount: UInt64 { shelf.byteCount + evaluations.byteCount }

    private func snapshot(of version: ParameterVersion) -> ParameterSnapshot? {
        shelf[version] ?? evaluations[version]
    }
}
