package import StarlingMessages
package import StarlingThreads

/// Who was refused, and why.
struct RefusedActor: Hashable {
    let instance: String
    let code: Refusal.Code
}

/// What a connection did that no honest actor does, and what it did without a session.
struct Stranger {
    /// Messages that could not be read or may not be sent, while it had no session.
    var garbage = 0
    /// Messages of sessions that are not, or no longer, known.
    var strays = 0
    /// HELLOs that were refused.
    var refusals = 0
    /// It had a session: a connection has one.
    var hadSession = false
    /// The wiring was told to end it.
    var isCut = false
    /// What it pulled without a session.
    var pulls = PullAllowance()
}

/// Connections that did what no honest actor does, or that had their session, as far as they are remembered; and what is said
/// of refusals.
package struct Strangers {
    /// Connections whose misdeeds are remembered.
    package static let limit = 16_384
    /// Messages of unknown sessions that are answered; an honest actor hears the first.
    private static let answeredStrays = 8

    package init() {}

    private var known: [Connection: Stranger] = [:]
    /// Refusals that were logged, by actor and cause.
    private var refusals = Repetitions<RefusedActor>()
    /// HELLOs and connections that were refused.
    package var refused = RefusalCounts()
    /// Connections that the wiring is to end.
    package var cuts: [Connection] = []

    /// Changes what is remembered of a connection.
    @discardableResult
    mutating func note(_ connection: Connection, _ change: (inout Stranger) -> Void) -> Stranger {
        if known.count >= Self.limit, known[connection] == nil { known.removeAll() }
        change(&known[connection, default: Stranger()])
        return known[connection]!
    }

    package mutating func forget(_ connection: Connection) { known.removeValue(forKey: connection) }

    package func hadSession(_ connection: Connection) -> Bool { known[connection]?.hadSession == true }

    /// Has the wiring end the connection, once what was said last is out.
    package mutating func cut(_ connection: Connection) {
        guard known[connection]?.isCut != true else { return }
        note(connection) { $0.isCut = true }
        cuts.append(connection)
    }

    /// A message of a session that is not known here. Who goes on sending such ones is cut off.
    /// - Parameter limit: of those that may be under way to here.
    /// - Returns: whether it is to be answered.
    package mutating func noteStray(_ connection: Connection, limit: Int) -> Bool {
        let strays = note(connection) { $0.strays += 1 }.strays
        if strays <= Self.answeredStrays { return true }
        if strays >= limit { cut(connection) }
        return false
    }

    /// A message that can't be read, without a session. Too many end the connection.
    /// - Returns: what to log, if it is news.
    package mutating func noteGarbage(_ connection: Connection, _ fault: String, at now: Deadline) -> Notice? {
        let garbage = note(connection) { $0.garbage += 1 }.garbage
        defer { if garbage >= LearnerSessions.garbageLimit { cut(connection) } }
        guard garbage == 1, refusals.isNews(RefusedActor(instance: "", code: .garbage), at: now) else { return nil }
        return Notice(.warning, "a peer without a session sent garbage: \(fault)")
    }

    /// A HELLO is refused. Too many of a connection end it.
    /// - Returns: what to log, if it is news: a line for each actor and cause.
    package mutating func noteRefusal(_ connection: Connection, _ refusal: Refusal, by instance: String, at now: Deadline) -> Notice? {
        refused.hellos[Int(refusal.code.rawValue)] += 1
        if note(connection, { $0.refusals += 1 }).refusals >= LearnerSessions.garbageLimit { cut(connection) }
        guard refusals.isNews(RefusedActor(instance: instance, code: refusal.code), at: now) else { return nil }
        return Notice(.warning, "refused: \(refusal.reason); \(refusal.remedy)")
    }

    /// Sums up the refusals that were not worth a line each.
    package mutating func summaries(at now: Deadline) -> [Notice] {
        refusals.summaries(at: now).map { summary in
            guard let subject = summary.subject else { return Notice(.warning, "refused other actors \(summary.often)") }
            let name = subject.instance.isEmpty ? "peers without a session" : "actor \(subject.instance)"
            return Notice(.warning, "refused \(name) \(summary.often): \(subject.code.brief)")
        }
    }

    /// Pulls without a session.
    mutating func takePull(_ connection: Connection, _ count: UInt64, ofKept kept: UInt64, at now: Deadline) -> Bool {
        var isAllowed = false
        note(connection) { isAllowed = $0.pulls.take(count, ofKept: kept, newest: nil, evaluation: nil, at: now) }
        return isAllowed
    }
}

extension Refusal.Code {
    /// For the lines that repeat a refusal.
    fileprivate var brief: String {
        switch self {
        case .protocolVersion: "it speaks another version of the protocol"
        case .unknownEnvironment: "it lacks the environment"
        case .differentEnvironment: "its environment differs"
        case .olderIncarnation: "a newer start of it has joined"
        case .garbage: "it sent what can't be read"
        case .full: "there is no room"
        case .key: "its key is not on the list"
        case .unable: "it can't do the work"
        }
    }
}
