import StarlingExperience
package import StarlingMessages
package import StarlingThreads

extension ActorSession {
    /// A message of the learner. `piece` is what followed the header of WEIGHTS.
    package mutating func receive(_ message: LearnerMessage, _ piece: UnsafeRawBufferPointer?, at now: Deadline) {
        guard phase == .greeting || phase == .working else { return }
        lastHeard = now
        switch message {
        case .welcome(let welcome):
            if phase == .greeting { begin(welcome, at: now) } else { receiveGarbage("a second WELCOME") }
        case .refuse(let refusal): receive(refusal)
        case .handshakeRequest: giveUpConnection(Disconnect("the learner doesn't know this session"))
        // Of a question that somebody else asked.
        case .probeAnswer: break
        case .status(let status):
            guard isOurs(status.session) else { return }
            apply(status, at: now)
        case .weights(let header):
            guard isOurs(header.session) else { return }
            receive(header, piece ?? UnsafeRawBufferPointer(start: nil, count: 0), at: now)
            if let status = header.status, isOurs(status.session) { apply(status, at: now) }
        case .weightsGone(let number, let version, let announcement):
            guard isOurs(number) else { return }
            // Only what is being fetched can be gone; newer parameters are fetched when the loop asks.
            guard download?.announcement.version == version else { return }
            goneCount += 1
            guard goneCount < Self.goneLimit else { return receiveGarbage("\(goneCount) times parameters that were gone at once") }
            download = nil
            turnVersion = nil
            newest = announcement
            if let evaluation, evaluation.announcement.version == version { self.evaluation = nil }
        case .evaluate(let number, let request, let announcement):
            guard isOurs(number) else { return }
            evaluationsAsked += 1
            evaluation = (request, announcement, nil)
        case .bye(let number, let farewell):
            // A learner that is about to go answers a HELLO with its goodbye.
            guard isOurs(number) || (phase == .greeting && number == 0), self.farewell == nil else { return }
            self.farewell = farewell
            farewellDeadline = now.advanced(seconds: Self.partingSeconds)
        }
    }

    private func isOurs(_ number: UInt64) -> Bool { phase == .working && number == session }

    package mutating func receiveGarbage(_ fault: String) {
        isGarbled = true
        if !garbageIsTold { notices.append(Notice(.warning, "the learner sent what can't be: \(fault)")) }
        garbageIsTold = true
        giveUpConnection(
            Disconnect(
                "the learner sent what can't be: \(fault)", remedy: "build the actor and the learner from the same sources",
                brief: "it sends what can't be"))
    }

    /// The learner wants what this build doesn't know: another start of either may mend that, so it is tried again.
    package mutating func cannotFollow(_ error: MessageError) {
        guard phase == .greeting else { return }
        let disconnect = Disconnect(
            error.message, remedy: "this actor is build \(offer.build): install the learner's version on this machine",
            brief: "the learner's work is not known here", isLasting: true)
        // Of another protocol not even the session is known.
        guard error.session != 0 else { return giveUpConnection(disconnect) }
        leave(error.session, error.message, disconnect)
    }

    private mutating func receive(_ refusal: Refusal) {
        guard !refusal.isTemporary else {
            let disconnect = Disconnect(
                refusal.reason, remedy: refusal.remedy,
                brief: refusal.code == .full ? "the learner is full" : "this actor can't do the learner's work",
                isLasting: refusal.code == .unable)
            return giveUpConnection(disconnect)
        }
        fail(TransportError(.refused, "the learner refused this actor: \(refusal.reason); \(refusal.remedy)"))
    }

    private mutating func begin(_ welcome: Welcome, at now: Deadline) {
        let status = welcome.status
        let isSameRun = welcome.run == run
        guard status.acknowledgedThrough <= produced else {
            return receiveGarbage(
                "it acknowledges unroll \(status.acknowledgedThrough) of \(produced): another start of \(offer.instance) must have had incarnation \(offer.incarnation) too"
            )
        }
        phase = .working
        compression = welcome.compression
        parameterSlack = welcome.parameterSlack
        sendsPayload = welcome.readsPayload
        session = status.session
        sessionBase = status.acknowledgedThrough
        sentThrough = sessionBase
        grantedThrough = sessionBase
        nextPing = now.advanced(seconds: Self.pingSeconds)
        farewell = nil
        farewellDeadline = nil
        for loop in loops.indices { loops[loop].heardFarewell = false }
        let former = assignment
        if welcome.assignment != former { unfit = nil }
        assignment = welcome.assignment
        let newLayout = UnrollLayout(
            environment: welcome.assignment.environment, model: welcome.assignment.model, acting: welcome.assignment.acting)
        if !isSameRun {
            run = welcome.run
            runBaseline = status.acknowledgedThrough
        }
        if !isSameRun || isForeign(welcome.assignment, to: former) { dropOutbox(isSameRun) }
        if !isSameRun || !mayHavePublished(welcome) { forgetAllParameters() }
        layout = newLayout
        notices.append(
            Notice(
                .info,
                "joined run \(welcome.assignment.run), generation \(welcome.generation), as actor \(welcome.assignment.ordinal); environment \(welcome.assignment.environment.title), learner build \(welcome.build)"
            ))
        apply(status, at: now)
    }

    /// Whether the parameters here can be of the learner that says WELCOME: its generation, and not newer than its
    /// newest. A run that was begun anew under the same name counts its generations from 1 again.
    private func mayHavePublished(_ welcome: Welcome) -> Bool {
        guard let held = parameters?.version, let newest = welcome.status.newest?.version else { return false }
        return held.generation == newest.generation && held.update <= newest.update
    }

    /// Versions are comparable within one run and generation only: another learner's parameters start from nothing.
    private mutating func forgetAllParameters() {
        newest = nil
        parameters = nil
        for loop in loops.indices { loops[loop].handedOver = nil }
        unfit = nil
        turnVersion = nil
        download = nil
    }

    /// Unrolls of one assignment mean nothing under the other.
    private func isForeign(_ assignment: Assignment, to other: Assignment?) -> Bool {
        guard let other else { return false }
        return assignment.environment != other.environment || assignment.acting != other.acting
            || assignment.model.core != other.model.core || assignment.model.frameStack != other.model.frameStack
    }

    /// Unrolls of another run, or of other shapes, are never sent.
    private mutating func dropOutbox(_ isSameRun: Bool) {
        if outbox.count > 0 {
            notices.append(
                Notice(
                    .warning, "\(outbox.count) unrolls are dropped: the learner's \(isSameRun ? "shapes changed" : "run is another one")"))
        }
        outbox.removeAll()
    }

    private mutating func apply(_ status: SessionStatus, at now: Deadline) {
        guard let layout, status.acknowledgedThrough <= produced,
            status.resendFrom == 0 || (status.resendFrom <= produced && status.resendFrom > status.acknowledgedThrough)
        else { return receiveGarbage("a status that acknowledges unrolls which never were") }
        outbox.remove(through: status.acknowledgedThrough)
        acknowledgedThrough = max(acknowledgedThrough, status.acknowledgedThrough)
        sentThrough = max(sentThrough, acknowledgedThrough)
        let (through, isTooLarge) = sessionBase.addingReportingOverflow(status.creditLimit / UInt64(layout.byteCount))
        guard !isTooLarge else { return receiveGarbage("a credit without end") }
        let hadCredit = availableCredit > 0
        grantedThrough = max(grantedThrough, through)
        if let announced = status.newest { newest = announced }
        // A loop that waits needs a moment to wake: what came ahead of its credit is still good for it then, if it wakes soon.
        if isAwaited, !hadCredit, availableCredit > 0, let newest, isFresh(for: newest) { turnVersion = newest }
        if download == nil, let turn = turnVersion?.version, let newest = newest?.version,
            newest.generation != turn.generation || newest.update > turn.update + Self.updatesToWake
        {
            turnVersion = nil
        }
        noteInvalid(status)
        pingInterval = max(Self.pingSeconds, Double(min(status.pingSeconds, WireLimits.pingSeconds)))
        cancelledEvaluations = max(cancelledEvaluations, status.cancelledEvaluations)
        if evaluationsAsked <= cancelledEvaluations { evaluation = nil }
        if status.resendFrom > 0, status.resendFrom <= sentThrough { sentThrough = status.resendFrom - 1 }
        sendWhatMay()
    }

    /// The learner can't use what this actor sends: said with the first, and each time they have doubled.
    private mutating func noteInvalid(_ status: SessionStatus) {
        guard status.invalidUnrolls >= max(1, 2 * invalidUnrollsTold) else { return }
        invalidUnrollsTold = status.invalidUnrolls
        notices.append(
            Notice(.warning, "the learner found \(status.invalidUnrolls) unrolls of this session invalid, the last: \(status.lastFault)"))
    }

    /// Puts unrolls that credit allows into `outgoing`, in order, and before them word of those that were dropped.
    mutating func sendWhatMay() {
        guard phase == .working else { return }
        let first = outbox.firstSequence ?? produced + 1
        if first > sentThrough + 1 {
            sentThrough = first - 1
            outgoing.append(
                Outgoing(message: .skip(Skip(session: session, through: sentThrough, counts: counts)), block: nil))
        }
        while sentThrough < grantedThrough, let entry = outbox[sequence: sentThrough + 1] {
            sentThrough += 1
            let byteCount = entry.compressedByteCount > 0 ? Int(entry.compressedByteCount) : entry.block.byteCount
            outgoing.append(
                Outgoing(
                    message: .experience(
                        ExperienceHeader(
                            session: session, counts: counts, unroll: entry.header,
                            byteCount: UInt32(entry.block.byteCount), checksum: entry.checksum,
                            compressedByteCount: entry.compressedByteCount)), block: entry.block,
                    byteCount: byteCount, isPayload: sendsPayload && byteCount <= FramePayload.limit))
        }
    }

    // MARK: Parameters

    mutating func startDownload(_ announcement: Announcement, at now: Deadline) {
        download = Download(announcement, at: now)
        requestPieces()
    }

    private mutating func requestPieces() {
        while let pull = download?.nextPull(session: session) {
            outgoing.append(Outgoing(message: .pull(pull), block: nil))
        }
    }

    private mutating func receive(_ header: WeightsHeader, _ piece: UnsafeRawBufferPointer, at now: Deadline) {
        switchDownload(to: header, at: now)
        guard download?.announcement == header.of else { return receiveUnasked(header, piece) }
        // A piece of an earlier attempt at the same blob is passed over.
        guard download!.add(header, piece, at: now) else { return }
        requestPieces()
        guard download!.isComplete else { return }
        goneCount = 0
        let bytes = download!.bytes
        fetch = (now.seconds(since: download!.started), now)
        download = nil
        guard let snapshot = snapshot(header.of, bytes) else { return }
        let isForEvaluation = evaluation?.announcement == header.of
        if isForEvaluation { evaluation!.snapshot = snapshot }
        // The other loops may want it too.
        if !isForEvaluation || newest == header.of { parameters = snapshot }
    }

    /// What was asked for is gone, and the beginning of the newest comes in its place: its other pieces are asked for.
    private mutating func switchDownload(to header: WeightsHeader, at now: Deadline) {
        guard let wanted = download?.announcement, wanted != evaluation?.announcement, header.offset == 0,
            UInt64(header.count) < header.of.byteCount, wanted.version.generation == header.of.version.generation,
            wanted.version.update < header.of.version.update
        else { return }
        download = Download(header.of, beginning: UInt64(header.count), at: now)
    }

    /// Parameters that come ahead of the credit to act with them, or whole from a download that was given up, which is as
    /// good. Other pieces of such a download are passed over.
    private mutating func receiveUnasked(_ header: WeightsHeader, _ piece: UnsafeRawBufferPointer) {
        let of = header.of
        guard header.offset == 0, UInt64(piece.count) == of.byteCount, UInt64(header.count) == of.byteCount else { return }
        if let held = parameters?.version, held.generation == of.version.generation, held.update >= of.version.update { return }
        guard let snapshot = snapshot(of, Array(piece)) else { return }
        parameters = snapshot
    }

    private mutating func snapshot(_ announcement: Announcement, _ bytes: [UInt8]) -> ParameterSnapshot? {
        let snapshot = ParameterSnapshot(version: announcement.version, bytes: bytes, tag: announcement.tag, scalars: announcement.scalars)
        if snapshot.digest == announcement.digest { return snapshot }
        receiveGarbage("parameters \(snapshot.version) with another digest than announced")
        return nil
    }
}
