import Glibc
package import StarlingExperience
package import StarlingMessages
package import StarlingThreads

extension ActorSession {
    /// What a loop, at an unroll boundary, is to do; nil: nothing yet.
    package mutating func nextTurn(of loop: Int = 0, wanting unrolls: Int, at now: Deadline) -> ActorTurn? {
        precondition(unrolls >= 0, "\(unrolls) unrolls wanted")
        if let began = loops[loop].roundBegan {
            loops[loop].roundSeconds = now.seconds(since: began)
            loops[loop].roundBegan = nil
        }
        let turn = turn(of: loop, wanting: unrolls, at: now)
        if case .rollout? = turn { loops[loop].roundBegan = now }
        noteAwaiting(turn == nil, loop)
        switch turn {
        case nil, .rollout?: break
        // It may take long: what was newest when credit came is not after it.
        default: turnVersion = nil
        }
        return turn
    }

    private mutating func turn(of loop: Int, wanting unrolls: Int, at now: Deadline) -> ActorTurn? {
        if phase == .over { return failure.map { .failed($0) } }
        if let farewell, !loops[loop].heardFarewell {
            hearFarewell(loop)
            return .finished(farewell)
        }
        if let assignment, loops[loop].assignment != assignment {
            // Whatever was reserved for the old one will not be sent.
            release(.max, of: loop)
            loops[loop].assignment = assignment
            loops[loop].handedOver = nil
            return .assigned(assignment)
        }
        if phase == .parted { wantsNextLearner = true }
        guard phase == .working, farewell == nil, !isDraining else { return nil }
        if evaluation != nil, loop == 0 { return evaluationTurn(at: now) }
        return offer.role == .act ? rolloutTurn(of: loop, unrolls, at: now) : nil
    }

    /// The goodbye is answered when all loops are at their boundary, so that its counts are the last.
    private mutating func hearFarewell(_ loop: Int) {
        loops[loop].heardFarewell = true
        guard loops.allSatisfy(\.heardFarewell) else { return }
        answerFarewell()
        farewell = nil
        for loop in loops.indices { loops[loop].heardFarewell = false }
    }

    private mutating func evaluationTurn(at now: Deadline) -> ActorTurn? {
        guard let evaluation else { return nil }
        if let snapshot = evaluation.snapshot ?? held(evaluation.announcement) {
            self.evaluation = nil
            playing = (evaluation.request.identifier, session, evaluationsAsked)
            return .evaluate(evaluation.request, snapshot)
        }
        if download?.announcement != evaluation.announcement { startDownload(evaluation.announcement, at: now) }
        return nil
    }

    private func held(_ announcement: Announcement) -> ParameterSnapshot? {
        guard let parameters, Announcement(parameters) == announcement else { return nil }
        return parameters
    }

    private mutating func rolloutTurn(of loop: Int, _ wanted: Int, at now: Deadline) -> ActorTurn? {
        // A learner that gave fewer groups than there are loops leaves this one without.
        guard wanted > 0, let newest, let layout, newest != unfit else { return nil }
        let credit = availableCredit
        // What was newest when credit came is what the turn needs: waiting for ever newer ones might never end.
        if credit > 0, turnVersion == nil { turnVersion = newest }
        guard
            isFresh(for: turnVersion ?? newest)
                || (isFresh(for: newest, slack: parameterSlack) && isFetchingDear(for: loops[loop], at: now))
        else {
            // Without credit, small ones come ahead of it.
            if download == nil, credit > 0 || !newest.isSmall { startDownload(newest, at: now) }
            return nil
        }
        // No loop is to stand still because unrolls are large.
        let room = max(loops.count, offer.outboxByteBudget / layout.byteCount) - outbox.count - reserved
        let count = min(wanted, credit, room)
        guard count > 0, let parameters else { return nil }
        reserve(count, for: loop)
        turnVersion = nil
        // Large ones are fetched beside the steps; small ones come unasked.
        if download == nil, !newest.isSmall, parameters.version != newest.version { startDownload(newest, at: now) }
        let announcement = Announcement(parameters)
        guard loops[loop].handedOver != announcement else { return .rollout(unrolls: count, parameters: nil) }
        loops[loop].handedOver = announcement
        return .rollout(unrolls: count, parameters: parameters)
    }

    /// Unrolls that may be begun: granted, and not needed for what is complete or reserved.
    var availableCredit: Int {
        let needed = produced + UInt64(reserved)
        return grantedThrough > needed ? Int(min(grantedThrough - needed, 1 << 20)) : 0
    }

    /// To fetch parameters takes long, beside a round: better it steps on with those it has. What it took is believed half as much with
    /// every second, so that it is tried again: the link may have been busy.
    private func isFetchingDear(for loop: Loop, at now: Deadline) -> Bool {
        guard let fetch, let roundSeconds = loop.roundSeconds else { return false }
        return fetch.seconds * exp2(-now.seconds(since: fetch.at)) > Self.fetchingShare * roundSeconds
    }

    /// Share of a round that fresher parameters are worth.
    private static var fetchingShare: Double { 0.05 }

    /// The parameters here are of the same learner's start and not older, or no older than `slack` allows. Those of another run were
    /// forgotten at its WELCOME.
    func isFresh(for announcement: Announcement, slack: UInt64 = 0) -> Bool {
        guard let parameters else { return false }
        if parameters.version == announcement.version { return parameters.digest == announcement.digest }
        return parameters.version.generation == announcement.version.generation
            && parameters.version.update + slack >= announcement.version.update
    }

    /// Takes a complete unroll and gives it its sequence; `sendWhatMay` then sends it.
    mutating func send(_ unroll: Outbox.Entry, of loop: Int = 0) {
        release(1, of: loop)
        // The run is over and this actor has given its last counts, because the loop took too long: the unroll never was.
        if phase == .parted, answered == .finished { return }
        produced += 1
        var unroll = unroll
        unroll.header.sequence = produced
        // Begun under an assignment that the learner has since replaced.
        let begun = loops[loop].assignment
        if let assignment,
            assignment.environment != begun?.environment || assignment.acting != begun?.acting || assignment.run != begun?.run
                || assignment.runSeed != begun?.runSeed
        {
            return
        }
        outbox.append(unroll)
    }

    /// Takes a complete unroll, not compressed, and sends it if it may.
    package mutating func send(_ block: UnrollBlock, _ header: UnrollHeader, checksum: UInt64, of loop: Int = 0) {
        send(Outbox.Entry(header: header, block: block, checksum: checksum), of: loop)
        sendWhatMay()
    }

    package mutating func send(_ report: EvaluationReport) {
        defer { playing = nil }
        guard phase == .working, let playing, playing.session == session, playing.identifier == report.identifier
        else {
            notices.append(Notice(.info, "evaluation \(report.identifier) is over, but its learner is gone"))
            return
        }
        outgoing.append(Outgoing(message: .evaluation(session: session, report), block: nil))
    }

    /// The evaluation can't be played.
    package mutating func send(_ failure: EvaluationFailure) {
        defer { playing = nil }
        guard phase == .working, let playing, playing.session == session else { return }
        outgoing.append(Outgoing(message: .evaluationFailed(session: session, failure), block: nil))
    }

    /// Nobody wants the report of the evaluation that is being played, or there is a goodbye to hear.
    package var wantsToInterrupt: Bool {
        guard let playing else { return false }
        return phase != .working || playing.session != session || playing.number <= cancelledEvaluations || farewell != nil
    }

    package mutating func giveBack(of loop: Int = 0, unrolls: Int) {
        precondition(unrolls >= 0, "\(unrolls) unrolls given back")
        // A new assignment has voided what was reserved.
        release(unrolls, of: loop)
    }

    /// A loop has no parameters to act with: its next turn hands some over again.
    package mutating func forgetParameters(of loop: Int = 0, unfit snapshot: ParameterSnapshot?) {
        loops[loop].handedOver = nil
        guard let snapshot, loops[loop].assignment == assignment else { return }
        unfit = Announcement(snapshot)
        parameters = nil
        turnVersion = nil
    }

    /// No further turns; when all is acknowledged, `finishDraining`.
    package mutating func beginDraining() { isDraining = true }

    package var isDrained: Bool { outbox.count == 0 || phase == .over || phase == .parted }

    package mutating func finishDraining() {
        if phase == .working { outgoing.append(Outgoing(message: .bye(session: session, counts), block: nil)) }
        phase = .over
    }
}
