import StarlingExperience
import StarlingThreads

/// Evaluations that the trainer wants no more.
extension LearnerSessions {
    /// The answer is wanted no more: no event of it follows, and who plays it is told to stop.
    package mutating func cancelEvaluation(_ identifier: UInt64) {
        guard let index = evaluations.firstIndex(where: { $0.request.identifier == identifier }) else { return }
        let evaluation = evaluations.remove(at: index)
        guard let connection = evaluation.connection, let session = sessions[connection] else { return }
        session.evaluation = nil
        session.cancelledEvaluations = session.evaluationsAsked
        session.lateAnswers += 1
        // It could not step meanwhile.
        session.progressAt = max(session.progressAt, clock)
        markDirty(connection)
        isUrgent = true
        assignEvaluations()
    }

    /// Whether an answer is of an evaluation that was cancelled when it was under way. Who was interrupted says nothing, so
    /// some are waited for in vain.
    mutating func isLate(_ identifier: UInt64, from connection: Connection) -> Bool {
        guard let session = sessions[connection], session.evaluation != identifier, session.lateAnswers > 0 else { return false }
        session.lateAnswers -= 1
        return true
    }
}
