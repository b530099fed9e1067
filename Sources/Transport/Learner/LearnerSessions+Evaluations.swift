package import StarlingExperience
import StarlingMessages
import StarlingThreads

/// Evaluations, for those who are here: see `Evaluations`.
extension LearnerSessions {
    /// Has an actor play as soon as one is free for it.
    package mutating func evaluate(_ request: EvaluationRequest, _ snapshot: ParameterSnapshot) {
        precondition(request.version == snapshot.version, "an evaluation of \(request.version) with \(snapshot.version)")
        guard (1...WireLimits.episodeCount).contains(request.episodes) else {
            let reason = "\(request.episodes) episodes asked for; allowed are 1 to \(WireLimits.episodeCount)"
            return events.append(.evaluationLost(identifier: request.identifier, reason: reason))
        }
        evaluations.add(request, sealed(snapshot))
        assignEvaluations()
    }

    /// Gives waiting evaluations to who is free for them.
    mutating func assignEvaluations() {
        guard farewell == nil else { return }
        for asked in evaluations.assign(among: sessions.values, at: clock) { ask(asked) }
    }

    private mutating func ask(_ asked: Evaluations.Asked) {
        outgoing.append(
            Outgoing(
                connection: asked.session.connection,
                message: .evaluate(session: asked.session.number, asked.request, Announcement(asked.snapshot)), piece: nil))
    }

    /// Asks somebody else where an answer does not come, if there is somebody.
    mutating func reassignEvaluations(_ now: Deadline) {
        guard farewell == nil else { return }
        for moved in evaluations.reassign(among: sessions.values, evaluationPace, at: now) {
            stop(moved.from)
            notices.append(
                Notice(
                    .warning,
                    "actor \(moved.from.identity) has not answered evaluation \(moved.to.request.identifier) for \(Int(moved.seconds)) s: \(moved.to.session.identity) is asked",
                    actor: "\(moved.from.identity)"))
            ask(moved.to)
        }
    }

    private var evaluationPace: Evaluations.Pace {
        Evaluations.Pace(stepsPerUnroll: layout?.stepCount ?? 1, secondsPerUnroll: credit.deliveryTime.median)
    }

    /// Who plays what is wanted no more hears of it.
    private mutating func stop(_ session: LearnerSession) {
        statuses.add(session)
        statuses.isUrgent = true
    }

    /// The answer is wanted no more: no event of it follows, and who plays it is told to stop.
    package mutating func cancelEvaluation(_ identifier: UInt64) {
        guard let player = evaluations.cancel(identifier, evaluationPace, at: clock) else { return }
        stop(player)
        assignEvaluations()
    }

    mutating func receive(
        _ report: EvaluationReport, _ number: UInt64, from connection: Connection, at now: Deadline
    ) {
        guard let session = speaker(number, on: connection, at: now), let environment = offer?.environment else { return }
        let answer = evaluations.receive(report, from: session, in: environment, at: now)
        if answer == .valid { events.append(.evaluation(report)) }
        note(answer, from: session, "a report that nobody asked for")
    }

    mutating func receive(
        _ failure: EvaluationFailure, _ number: UInt64, from connection: Connection, at now: Deadline
    ) {
        guard let session = speaker(number, on: connection, at: now) else { return }
        let answer = evaluations.receive(failure, from: session, at: now)
        note(answer, from: session, "the failure of an evaluation that nobody asked for")
    }

    private mutating func note(_ answer: Evaluations.Answer, from session: LearnerSession, _ unasked: String) {
        switch answer {
        case .late: break
        case .unasked: receiveGarbage(from: session.connection, unasked)
        case .valid: assignEvaluations()
        case .passedOn(let reason):
            tell(.warning, of: session.identity, "actor \(session.identity) can't play evaluations, so others are asked: \(reason)")
            assignEvaluations()
        }
    }

    /// The actor that played is gone: the trainer decides what next.
    mutating func loseEvaluation(of session: LearnerSession, _ reason: String) {
        guard let identifier = evaluations.lose(session) else { return }
        events.append(.evaluationLost(identifier: identifier, reason: "actor \(session.identity): \(reason)"))
    }
}
