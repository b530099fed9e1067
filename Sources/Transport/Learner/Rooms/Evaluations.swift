package import StarlingExperience
package import StarlingMessages
package import StarlingThreads

/// Who plays what the trainer wants evaluated. Each evaluation is one session's at a time; who lets one pass without an answer is
/// asked after all others.
package struct Evaluations {
    /// One that was asked for and not answered. Its snapshot is pinned.
    private struct Pending {
        var request: EvaluationRequest
        var snapshot: ParameterSnapshot
        /// Who plays it, and since when; nil while it waits for an actor.
        var game: (player: LearnerSession, since: Deadline)?
    }

    /// A session that is to hear of an evaluation.
    package struct Asked {
        package let session: LearnerSession
        package let request: EvaluationRequest
        package let snapshot: ParameterSnapshot
    }

    /// An evaluation that has gone from one who didn't answer to another.
    package struct Moved {
        package let from: LearnerSession
        package let to: Asked
        /// That the first one had.
        package let seconds: Double
    }

    /// What an answer comes to.
    package enum Answer: Hashable, Sendable {
        /// It is of an evaluation that was withdrawn when it was under way.
        case late
        /// Nobody asked for it.
        case unasked
        case valid
        /// Others are asked from now on, and why.
        case passedOn(String)
    }

    /// What tells how long an evaluation should take.
    package struct Pace {
        let stepsPerUnroll: Int
        /// At most actors; nil before the first.
        let secondsPerUnroll: Double?

        package init(stepsPerUnroll: Int, secondsPerUnroll: Double?) {
            (self.stepsPerUnroll, self.secondsPerUnroll) = (stepsPerUnroll, secondsPerUnroll)
        }
    }

    private var pending: [Pending] = []
    private var episodeLength = EpisodeLength()

    package init() {}

    private static let shortestSeconds = 10.0
    private static let patienceFactor = 4.0

    /// Bytes of the snapshots that are pinned.
    package var byteCount: UInt64 { pending.reduce(0) { $0 + UInt64($1.snapshot.bytes.count) } }

    /// The parameters of an evaluation.
    package subscript(version: ParameterVersion) -> ParameterSnapshot? { pending.last { $0.snapshot.version == version }?.snapshot }

    /// Episodes of the run have ended.
    package mutating func note(_ episodes: [UnrollHeader.Episode]) { episodeLength.note(episodes) }

    /// Takes one that is to be played.
    package mutating func add(_ request: EvaluationRequest, _ snapshot: ParameterSnapshot) {
        pending.append(Pending(request: request, snapshot: snapshot))
    }

    // MARK: Asking

    /// Gives those that wait to who is free for them.
    package mutating func assign(among sessions: some Collection<LearnerSession>, at now: Deadline) -> [Asked] {
        guard pending.contains(where: { $0.game == nil }) else { return [] }
        var free = Self.free(among: sessions)
        var asked: [Asked] = []
        for index in pending.indices where pending[index].game == nil {
            guard let session = free.popLast() else { break }
            asked.append(assign(index, to: session, at: now))
        }
        return asked
    }

    /// Has somebody else play what is not answered in time, if there is somebody.
    package mutating func reassign(among sessions: some Collection<LearnerSession>, _ pace: Pace, at now: Deadline) -> [Moved] {
        var moved: [Moved] = []
        for index in pending.indices {
            guard let (player, since) = pending[index].game else { continue }
            let seconds = now.seconds(since: since)
            guard seconds > expectedSeconds(of: pending[index].request, pace) else { continue }
            player.evaluator.unanswered += 1
            guard let other = Self.free(among: sessions).last else {
                player.evaluator.unanswered -= 1
                continue
            }
            Self.withdraw(from: player, at: now)
            moved.append(Moved(from: player, to: assign(index, to: other, at: now), seconds: seconds))
        }
        return moved
    }

    private mutating func assign(_ index: Int, to session: LearnerSession, at now: Deadline) -> Asked {
        pending[index].game = (session, now)
        session.evaluator.playing = pending[index].request.identifier
        session.evaluator.asked += 1
        return Asked(session: session, request: pending[index].request, snapshot: pending[index].snapshot)
    }

    /// Sessions that can be asked, the best last: actors in the role for it, or, where there is none, those that act; who let
    /// one pass without an answer comes after all others; among equals the lowest ordinal.
    private static func free(among sessions: some Collection<LearnerSession>) -> [LearnerSession] {
        let hasEvaluator = sessions.contains { $0.role == .evaluate && !$0.evaluator.isUnable && $0.evaluator.unanswered == 0 }
        func rank(_ session: LearnerSession) -> (Int, UInt32) {
            (session.evaluator.unanswered * 2 + (session.role == .evaluate ? 0 : 1), session.identity.ordinal)
        }
        return sessions.filter { session in
            !session.evaluator.isUnable && session.evaluator.playing == nil && (session.role == .evaluate || !hasEvaluator)
        }
        .sorted { rank($0) > rank($1) }
    }

    /// Several times what an actor needs by the length of its episodes and the pace of experience.
    private func expectedSeconds(of request: EvaluationRequest, _ pace: Pace) -> Double {
        guard let seconds = pace.secondsPerUnroll else { return Self.shortestSeconds }
        let unrolls = Double(request.episodes) * max(1, episodeLength.longest) / Double(pace.stepsPerUnroll)
        return Self.shortestSeconds + Self.patienceFactor * unrolls * seconds
    }

    // MARK: What becomes of them

    /// The answer is wanted no more.
    /// - Returns: who plays it, and is to be told to stop; nil when nobody does.
    package mutating func cancel(_ identifier: UInt64, _ pace: Pace, at now: Deadline) -> LearnerSession? {
        guard let index = pending.firstIndex(where: { $0.request.identifier == identifier }) else { return nil }
        let cancelled = pending.remove(at: index)
        guard let (player, since) = cancelled.game else { return nil }
        if now.seconds(since: since) > expectedSeconds(of: cancelled.request, pace) { player.evaluator.unanswered += 1 }
        Self.withdraw(from: player, at: now)
        return player
    }

    /// A session is to play no longer what it was asked for last.
    private static func withdraw(from session: LearnerSession, at now: Deadline) {
        session.evaluator.cancelled = session.evaluator.asked
        session.evaluator.lateAnswers += 1
        end(session, at: now)
    }

    /// It plays nothing any more, and could not step meanwhile.
    private static func end(_ session: LearnerSession, at now: Deadline) {
        session.evaluator.playing = nil
        session.creditSince = max(session.creditSince, now)
    }

    /// A report has come.
    /// - Parameter environment: that it is played in.
    package mutating func receive(
        _ report: EvaluationReport, from session: LearnerSession, in environment: EnvironmentSpec, at now: Deadline
    ) -> Answer {
        if Self.isLate(report.identifier, session) { return .late }
        guard let index = game(of: session, report.identifier), pending[index].request.version == report.version else { return .unasked }
        if let fault = Self.fault(in: report, of: pending[index].request.episodes, environment) {
            return passOn(index, of: session, fault, at: now)
        }
        let rule = pending[index].request.rule
        guard report.rule == rule else {
            return passOn(index, of: session, "it played by the rule \(report.rule), not \(rule)", at: now)
        }
        pending.remove(at: index)
        Self.end(session, at: now)
        session.evaluator.unanswered = 0
        return .valid
    }

    /// Why no such episodes can have been played; nil where they can.
    private static func fault(in report: EvaluationReport, of episodes: Int, _ environment: EnvironmentSpec) -> String? {
        guard report.returns.count == episodes else { return "it told \(report.returns.count) returns of \(episodes) episodes" }
        // Of one among them no more is known than that it is one.
        let steps = min(report.steps ?? .max, UInt64(EvaluationRequest.episodeStepLimit))
        let limit = environment.rewardLimit * Float(steps)
        if let value = report.returns.first(where: { abs($0) > limit }) { return "it told a return of \(value) in \(steps) steps at most" }
        let width = report.measures.count / max(1, episodes)
        guard environment.tellsCost, width == environment.measures.count else { return nil }
        // Infinite of an episode that had to be left.
        let costs = stride(from: width - 1, to: report.measures.count, by: width).lazy.map { report.measures[$0] }
        return costs.first { $0.isFinite && abs($0) > limit }.map { "it told costs of \($0) in \(steps) steps at most" }
    }

    /// An actor can't play what it was asked to: somebody else gets it, now or later, and this one no more.
    package mutating func receive(_ failure: EvaluationFailure, from session: LearnerSession, at now: Deadline) -> Answer {
        if Self.isLate(failure.identifier, session) { return .late }
        guard let index = game(of: session, failure.identifier) else { return .unasked }
        return passOn(index, of: session, failure.reason, at: now)
    }

    private func game(of session: LearnerSession, _ identifier: UInt64) -> Int? {
        pending.firstIndex { $0.game?.player === session && $0.request.identifier == identifier }
    }

    /// Whether an answer is of an evaluation that was withdrawn when it was under way. Who was interrupted says nothing, so
    /// some are waited for in vain.
    private static func isLate(_ identifier: UInt64, _ session: LearnerSession) -> Bool {
        guard session.evaluator.playing != identifier, session.evaluator.lateAnswers > 0 else { return false }
        session.evaluator.lateAnswers -= 1
        return true
    }

    private mutating func passOn(_ index: Int, of session: LearnerSession, _ reason: String, at now: Deadline) -> Answer {
        pending[index].game = nil
        Self.end(session, at: now)
        session.evaluator.isUnable = true
        return .passedOn(reason)
    }

    /// A session is over.
    /// - Returns: the evaluation that is lost with it; nil when it played none.
    package mutating func lose(_ session: LearnerSession) -> UInt64? {
        guard let index = pending.firstIndex(where: { $0.game?.player === session }) else { return nil }
        return pending.remove(at: index).request.identifier
    }
}

/// What a session was asked to evaluate, and what came of it.
struct Evaluator {
    /// The evaluation it plays.
    var playing: UInt64?
    /// Evaluations it was asked for, how many of them are wanted no more, and cancelled ones whose answer may still come.
    var asked: UInt64 = 0
    var cancelled: UInt64 = 0
    var lateAnswers = 0
    /// Evaluations in a row that it let pass without an answer: others are asked first.
    var unanswered = 0
    /// It told that it can't play evaluations.
    var isUnable = false
}
