import StarlingExperience
package import StarlingMessages
package import StarlingThreads

extension LearnerSessions {
    /// What to do with the block that follows an EXPERIENCE header.
    package enum Admission: Equatable {
        /// In order, within credit and of the right size: read it, check it, then `accept` it.
        case read
        /// In order, but the header breaks a rule: `reject` it.
        case invalid(String)
        /// Drop the block; all that is to be said is on its way.
        case ignore
    }

    /// Judges a header before anything is allocated for its block.
    package mutating func admit(_ header: ExperienceHeader, from connection: Connection, at now: Deadline) -> Admission {
        guard let session = sessions[connection], session.number == header.session else {
            requestHandshake(header.session, to: connection)
            return .ignore
        }
        guard session.role == .act else {
            receiveGarbage(from: connection, "EXPERIENCE of an actor that evaluates")
            return .ignore
        }
        heard(session, now)
        session.account.note(header.counts)
        noteSteps(session, header.counts.steps, at: now)
        let expected = session.account.cursor + 1
        let sequence = header.unroll.sequence
        if sequence < expected {
            totals.duplicates &+= 1
            markDirty(connection)
            return .ignore
        }
        if let farewell, farewell.isRunToGoOn { return .ignore }
        if sequence > expected {
            tellGap(connection, expected)
            return .ignore
        }
        if farewell == nil, !isWithinCredit(session, sequence) {
            totals.overCredit &+= 1
            markDirty(connection)
            return .ignore
        }
        if let fault = fault(of: header, threads: session.threads) { return .invalid(fault) }
        return .read
    }

    private func fault(of header: ExperienceHeader, threads: Int) -> String? {
        let (offer, layout) = (offer!, layout!)
        let environments = offer.environmentsPerActor * threads
        let unroll = header.unroll
        guard Int(header.byteCount) == layout.byteCount else {
            return "a block of \(header.byteCount) bytes instead of \(layout.byteCount)"
        }
        guard unroll.episodes.count <= layout.stepCount else {
            return "\(unroll.episodes.count) episodes in \(layout.stepCount) steps"
        }
        let first = Int(unroll.firstEnvironment)
        guard first % layout.environmentCount == 0, first + layout.environmentCount <= environments else {
            return "first environment \(first) of \(environments) in groups of \(layout.environmentCount)"
        }
        guard offer.seal.tag(of: unroll.version, unroll.digest, unroll.scalars) == unroll.tag else {
            return "parameters \(unroll.version) of which no learner of this run has told, with this digest and tag and these scalars"
        }
        return nil
    }

    /// Takes over a block that passed all checks.
    package mutating func accept(_ header: ExperienceHeader, _ block: UnrollBlock, from connection: Connection) {
        guard let session = advance(connection, header, isUnroll: true) else { return }
        session.blocklessEntries = 0
        session.invalidInARow = 0
        evaluations.note(header.unroll.episodes)
        let account = session.account
        let content = JournaledUnroll(header: header.unroll, block: block.bytes, owner: block)
        let event = JournalEntry.Event.unroll(sequence: header.unroll.sequence)
        if farewell != nil {
            // Nobody trains on it any more; a journal keeps it for the next start.
            if !runBooks.isJournaling { count(.abandoned, 1) }
            write(event, of: account, fate: runBooks.isJournaling ? nil : .abandoned, content)
            return
        }
        let ticket = write(event, of: account, content)
        let unroll = ReceivedUnroll(actor: session.identity, header: header.unroll, block: block, ticket: ticket)
        credit.noteQueued()
        events.append(.unroll(unroll))
        queueForCredit(session)
        credit.noteUrgency(of: session, &statuses)
    }

    /// Takes over a block that breaks a rule: sent again it would break it again, so its fate is `invalid`.
    package mutating func reject(_ header: ExperienceHeader, _ fault: String, from connection: Connection) {
        guard mayAddBlockless(connection, fault), let session = advance(connection, header, isUnroll: false) else { return }
        count(.invalid, 1)
        write(.invalid(sequence: header.unroll.sequence), of: session.account)
        noteInvalid(session, connection, fault)
        session.invalidInARow += 1
        guard session.invalidInARow < Self.invalidLimit else {
            expel(
                session, connection, for: "\(Self.invalidLimit) invalid unrolls\(ofEnvironment) in a row, the last with \(fault)",
                remedy: "observations and rewards come from the environment, all else from the parameters", "nothing but invalid unrolls")
            return grantCredit()
        }
        queueForCredit(session)
    }

    /// Of which environment unrolls are, for people.
    private var ofEnvironment: String { offer.map { " of \($0.environment.name)" } ?? "" }

    /// Tells the actor, and the log once a peer.
    mutating func noteInvalid(_ session: LearnerSession, _ connection: Connection, _ fault: String) {
        if session.invalidUnrolls == 0 {
            tell(
                .warning, of: session.identity,
                "actor \(session.identity) sent an invalid unroll\(ofEnvironment): \(fault); further ones are only counted")
        }
        session.invalidUnrolls += 1
        session.lastFault = fault
        statuses.add(session)
    }

    private mutating func mayAddBlockless(_ connection: Connection, _ fault: String) -> Bool {
        guard let session = sessions[connection] else { return false }
        guard session.blocklessEntries < Self.blocklessLimit else {
            receiveGarbage(from: connection, "\(fault), after \(Self.blocklessLimit) others without a valid unroll between")
            return false
        }
        session.blocklessEntries += 1
        return true
    }

    private mutating func advance(_ connection: Connection, _ header: ExperienceHeader, isUnroll: Bool) -> LearnerSession? {
        guard let session = sessions[connection] else { return nil }
        useCredit(of: session, through: header.unroll.sequence, isUnroll: isUnroll)
        session.gapIsTold = false
        statuses.add(session)
        return session
    }

    /// Unrolls that were never sent never will be.
    mutating func receive(_ skip: Skip, from connection: Connection, at now: Deadline) {
        guard let session = speaker(skip.session, on: connection, at: now) else { return }
        let account = session.account
        let cursor = account.cursor
        guard skip.through <= skip.counts.produced else {
            return receiveGarbage(from: connection, "SKIP of unrolls that were not produced")
        }
        account.note(skip.counts)
        noteSteps(session, skip.counts.steps, at: now)
        markDirty(connection)
        guard skip.through <= account.produced else {
            return receiveGarbage(from: connection, "SKIP of unrolls that nobody had credit for")
        }
        guard skip.through > cursor, mayAddBlockless(connection, "a SKIP") else { return }
        account.skipped &+= skip.through - cursor
        // Skipped unrolls use their credit up like sent ones.
        useCredit(of: session, through: skip.through, isUnroll: false)
        write(.skipped(through: skip.through), of: account)
        queueForCredit(session)
    }

    /// Has the actor resend from `expected`, once until something comes in order.
    private mutating func tellGap(_ connection: Connection, _ expected: UInt64) {
        guard let session = sessions[connection], !session.gapIsTold else { return }
        session.gapIsTold = true
        session.resendFrom = expected
        markDirty(connection)
    }

    private func noteSteps(_ session: LearnerSession, _ steps: UInt64, at now: Deadline) {
        guard steps != session.steps else { return }
        (session.steps, session.stepsSince) = (steps, now)
    }

    /// PING: the actor lives, and what it sent has arrived, because messages of a connection stay in order.
    mutating func receivePing(_ number: UInt64, _ counts: ActorCounts, from connection: Connection, at now: Deadline) {
        guard let session = speaker(number, on: connection, at: now) else { return }
        session.account.note(counts)
        noteSteps(session, counts.steps, at: now)
        let expected = session.account.cursor + 1
        if counts.sentThrough >= expected {
            session.gapIsTold = false
            tellGap(connection, expected)
        }
        markDirty(connection)
    }
}
