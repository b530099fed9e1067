/// Sessions whose actors are to hear something: cursor, credit or version. What comes together is told in one message.
package struct UntoldStatuses {
    package init() {}

    private var sessions: [LearnerSession] = []
    /// Room for those to come.
    private var spare: [LearnerSession] = []
    /// Somebody runs out of credit and doesn't know of more: statuses should not wait.
    package var isUrgent = false

    package var isEmpty: Bool { sessions.isEmpty }

    mutating func add(_ session: LearnerSession) {
        guard !session.isDirty else { return }
        session.isDirty = true
        sessions.append(session)
    }

    /// Hands them over. Those that have ended, or were told otherwise meanwhile, are not `isDirty`.
    package mutating func take() -> [LearnerSession] {
        isUrgent = false
        var taken: [LearnerSession] = []
        swap(&taken, &sessions)
        swap(&sessions, &spare)
        return taken
    }

    /// Takes the room back of what was handed over.
    mutating func keep(_ taken: inout [LearnerSession]) {
        taken.removeAll(keepingCapacity: true)
        swap(&taken, &spare)
    }
}
