package import StarlingExperience
import StarlingMessages
import StarlingThreads

/// Who plays what the trainer wants evaluated.
extension LearnerSessions {
    /// Has an actor play as soon as one is free for it.
    package mutating func evaluate(_ request: EvaluationRequest, _ snapshot: ParameterSnapshot) {
        precondition(request.version == snapshot.version, "an evaluation of \(request.version) with \(snapshot.version)")
        guard (1...WireLimits.episodeCount).contains(request.episodes) else {
            let reason = "\(request.episodes) episodes asked for; allowed are 1 to \(WireLimits.episodeCount)"
            return events.append(.evaluationLost(identifier: request.identifier, reason: reason))
        }
        evaluations.append(PendingEvaluation(request: request, snapshot: sealed(snapshot)))
        assignEvaluations()
    }

    /// Gives waiting evaluations to who is free for them.
    mutating func assignEvaluations() {
        guard farewell == nil, evaluations.contains(where: { $0.connection == nil }) else { return }
        var free = freeEvaluators
        for index in evaluations.indices where evaluations[index].connection == nil {
            guard let connection = free.popLast() else { return }
            assign(index, to: connection)
        }
    }

    /// Sessions that can be asked, the best last: actors in the role for it, or, where there is none, those that act; who let
    /// one pass without an answer comes after all others; among equals the lowest ordinal.
    private var freeEvaluators: [Connection] {
        func isReliable(_ session: LearnerSession) -> Bool { !session.cannotEvaluate && session.unansweredEvaluations == 0 }
        let hasEvaluator = sessions.values.contains { $0.role == .evaluate && isReliable($0) }
        func rank(_ session: LearnerSession) -> (Int, UInt32) {
            (session.unansweredEvaluations * 2 + (session.role == .evaluate ? 0 : 1), session.identity.ordinal)
        }
        return sessions.filter { _, session in
            !session.cannotEvaluate && session.evaluation == nil && (session.role == .evaluate || !hasEvaluator)
        }
        .sorted { rank($0.value) > rank($1.value) }.map(\.key)
    }

    private mutating func assign(_ index: Int, to connection: Connection) {
        let (evaluation, session) = (evaluations[index], sessions[connection]!)
        evaluations[index].connection = connection
        evaluations[index].askedAt = clock
        session.evaluation = evaluation.request.identifier
        session.evaluationsAsked += 1
        outgoing.append(
            Outgoing(
                connection: connection,
                message: .evaluate(session: session.number, evaluation.request, Announcement(evaluation.snapshot)), piece: nil))
    }

    // MARK: Those who don't answer

    /// Asks somebody else where an answer does not come, if there is somebody.
    mutating func reassignEvaluations(_ now: Deadline) {
        guard farewell == nil, !evaluations.isEmpty else { return }
        for index in evaluations.indices {
            guard let connection = evaluations[index].connection, let session = sessions[connection] else { continue }
            let seconds = now.seconds(since: evaluations[index].askedAt)
            guard seconds > expectedSeconds(of: evaluations[index].request) else { continue }
            session.unansweredEvaluations += 1
            guard let other = freeEvaluators.last else {
                session.unansweredEvaluations -= 1
                continue
            }
            withdrawEvaluation(from: session, connection)
            notices.append(
                Notice(
                    .warning,
                    "actor \(session.identity) has not answered evaluation \(evaluations[index].request.identifier) for \(Int(seconds)) s: \(sessions[other]!.identity) is asked",
                    actor: "\(session.identity)"))
            assign(index, to: other)
        }
    }

    /// Several times what an actor needs by the length of its episodes and the pace of experience.
    private func expectedSeconds(of request: EvaluationRequest) -> Double {
        guard let layout, let median = credit.deliveryTime.median else { return Self.shortestEvaluation }
        let unrolls = Double(request.episodes) * max(1, episodeLength.longest) / Double(layout.stepCount)
        return Self.shortestEvaluation + Self.evaluationFactor * unrolls * median
    }

    /// Steps of an episode that is evaluated.
    private static var longestEpisode: Float { 100_000 }
    private static var shortestEvaluation: Double { 10 }
    private static var evaluationFactor: Double { 4 }

    /// A session is to play no longer what it was asked for last.
    private mutating func withdrawEvaluation(from session: LearnerSession, _ connection: Connection) {
        session.evaluation = nil
        session.cancelledEvaluations = session.evaluationsAsked
        session.lateAnswers += 1
        // It could not step meanwhile.
        session.creditSince = max(session.creditSince, clock)
        statuses.add(session)
        statuses.isUrgent = true
    }

    /// The answer is wanted no more: no event of it follows, and who plays it is told to stop.
    package mutating func cancelEvaluation(_ identifier: UInt64) {
        guard let index = evaluations.firstIndex(where: { $0.request.identifier == identifier }) else { return }
        let evaluation = evaluations.remove(at: index)
        guard let connection = evaluation.connection, let session = sessions[connection] else { return }
        if clock.seconds(since: evaluation.askedAt) > expectedSeconds(of: evaluation.request) { session.unansweredEvaluations += 1 }
        withdrawEvaluation(from: session, connection)
        assignEvaluations()
    }

    /// Whether an answer is of an evaluation that was withdrawn when it was under way. Who was interrupted says nothing, so
    /// some are waited for in vain.
    private func isLate(_ identifier: UInt64, _ session: LearnerSession) -> Bool {
        guard session.evaluation != identifier, session.lateAnswers > 0 else { return false }
        session.lateAnswers -= 1
        return true
    }

    // MARK: Answers

    mutating func receive(
        _ report: EvaluationReport, _ number: UInt64, from connection: Connection, at now: Deadline
    ) {
        guard let session = speaker(number, on: connection, at: now), !isLate(report.identifier, session) else { return }
        guard session.evaluation == report.identifier,
            let index = evaluations.firstIndex(where: {
                $0.connection == connection && $0.request.identifier == report.identifier
            }),
            evaluations[index].request.version == report.version,
            evaluations[index].request.episodes == report.returns.count,
            let limit = offer?.environment.rewardLimit, report.returns.allSatisfy({ abs($0) <= limit * Self.longestEpisode })
        else { return receiveGarbage(from: connection, "a report that nobody asked for") }
        let rule = evaluations[index].request.rule
        guard report.rule == rule else {
            return passOn(index, of: session, "it played by the rule \(report.rule), not \(rule)")
        }
        evaluations.remove(at: index)
        endEvaluation(of: session)
        session.unansweredEvaluations = 0
        events.append(.evaluation(report))
        assignEvaluations()
    }

    /// An actor can't play what it was asked to: somebody else gets it, now or later, and this one no more.
    mutating func receive(
        _ failure: EvaluationFailure, _ number: UInt64, from connection: Connection, at now: Deadline
    ) {
        guard let session = speaker(number, on: connection, at: now), !isLate(failure.identifier, session) else { return }
        guard session.evaluation == failure.identifier,
            let index = evaluations.firstIndex(where: { $0.connection == connection })
        else { return receiveGarbage(from: connection, "the failure of an evaluation that nobody asked for") }
        passOn(index, of: session, failure.reason)
    }

    /// Others are asked from now on.
    private mutating func passOn(_ index: Int, of session: LearnerSession, _ reason: String) {
        evaluations[index].connection = nil
        endEvaluation(of: session)
        session.cannotEvaluate = true
        notices.append(
            Notice(.warning, "actor \(session.identity) can't play evaluations, so others are asked: \(reason)"))
        assignEvaluations()
    }

    private func endEvaluation(of session: LearnerSession) {
        session.evaluation = nil
        session.creditSince = max(session.creditSince, clock)
    }

    /// The actor that played is gone: the trainer decides what next.
    mutating func loseEvaluation(of session: LearnerSession, _ reason: String) {
        guard let identifier = session.evaluation else { return }
        evaluations.removeAll { $0.request.identifier == identifier && $0.connection != nil }
        events.append(.evaluationLost(identifier: identifier, reason: "actor \(session.identity): \(reason)"))
    }
}
