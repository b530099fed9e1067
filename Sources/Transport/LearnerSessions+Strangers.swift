import StarlingExperience
import StarlingMessages
import StarlingThreads

/// Who was refused, and why.
struct RefusedActor: Hashable {
    let instance: String
    let code: Refusal.Code
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

/// What a connection did that no honest actor does, and what it did without a session. Kept only of those that did.
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

extension LearnerSessions {
    /// Connections whose misdeeds are remembered.
    static var strangerLimit: Int { 16_384 }
    /// Messages of unknown sessions that are answered; an honest actor hears the first.
    private static var answeredStrays: Int { 8 }

    /// Changes what is remembered of a connection.
    mutating func note(_ connection: Connection, _ change: (inout Stranger) -> Void) -> Stranger {
        if strangers.count >= Self.strangerLimit, strangers[connection] == nil { strangers.removeAll() }
        change(&strangers[connection, default: Stranger()])
        return strangers[connection]!
    }

    /// The session of a message is not known here. Said a few times; who goes on all the same is cut off.
    mutating func requestHandshake(_ session: UInt64, to connection: Connection) {
        guard !waiting.contains(where: { $0.connection == connection }) else { return }
        let strays = note(connection) { $0.strays += 1 }.strays
        if strays <= Self.answeredStrays {
            outgoing.append(Outgoing(connection: connection, message: .handshakeRequest(session: session), piece: nil))
        } else if strays >= max(1000, 4 * (offer?.largestWindow ?? 1)) {
            cut(connection)
        }
    }

    /// A message that cannot be read, or that may not be sent. Logged once a peer; too many end the session and the
    /// connection.
    package mutating func receiveGarbage(from connection: Connection, _ fault: String) {
        totals.garbage &+= 1
        guard let session = sessions[connection] else { return receiveStrangersGarbage(connection, fault) }
        if session.garbage == 0 { notices.append(Notice(.warning, "actor \(session.identity) sent garbage: \(fault)")) }
        session.garbage += 1
        guard session.garbage >= Self.garbageLimit else { return }
        expel(
            session, connection, for: "\(Self.garbageLimit) messages that can't be read, the last: \(fault)",
            remedy: "build the actor and the learner from the same sources", "too much garbage")
    }

    /// Refuses, ends and cuts off a session for what its actor sent.
    /// - Parameter reason: of its end.
    mutating func expel(
        _ session: LearnerSession, _ connection: Connection, for sent: String, remedy: String, _ reason: String
    ) {
        refuse(
            connection, Refusal(code: .garbage, reason: "actor \(session.identity) sent \(sent)", remedy: remedy),
            by: session.identity.instance)
        end(connection, reason)
        cut(connection)
    }

    private mutating func receiveStrangersGarbage(_ connection: Connection, _ fault: String) {
        let garbage = note(connection) { $0.garbage += 1 }.garbage
        if garbage == 1, refusals.isNews(RefusedActor(instance: "", code: .garbage), at: clock) {
            notices.append(Notice(.warning, "a peer without a session sent garbage: \(fault)"))
        }
        if garbage >= Self.garbageLimit { cut(connection) }
    }

    /// A HELLO that can't be read: whoever wrote it wants to know why.
    package mutating func refuseHello(from connection: Connection, _ fault: String) {
        receiveGarbage(from: connection, fault)
        guard sessions[connection] == nil else { return }
        let remedy = "see what a HELLO holds in the documentation of the wire"
        outgoing.append(
            Outgoing(
                connection: connection,
                message: .refuse(Refusal(code: .garbage, reason: "a HELLO that can't be read: \(fault)", remedy: remedy)), piece: nil))
    }

    /// - Parameter instance: who it is, as far as it said: the log has one line for each and cause.
    mutating func refuse(_ connection: Connection, _ refusal: Refusal, by instance: String = "") {
        refused += 1
        if note(connection, { $0.refusals += 1 }).refusals >= Self.garbageLimit { cut(connection) }
        outgoing.append(Outgoing(connection: connection, message: .refuse(refusal), piece: nil))
        guard refusals.isNews(RefusedActor(instance: instance, code: refusal.code), at: clock) else { return }
        notices.append(Notice(.warning, "refused: \(refusal.reason); \(refusal.remedy)"))
    }

    /// Sums up the refusals that were not worth a line each.
    mutating func tellRefusals(at now: Deadline) {
        for summary in refusals.summaries(at: now) {
            guard let subject = summary.subject else {
                notices.append(Notice(.warning, "refused other actors \(summary.often)"))
                continue
            }
            let name = subject.instance.isEmpty ? "peers without a session" : "actor \(subject.instance)"
            notices.append(Notice(.warning, "refused \(name) \(summary.often): \(subject.code.brief)"))
        }
    }

    /// Bytes on the wire of the largest message that somebody with a session may send: frames of at least a sixteenth more
    /// than the block for framing and encryption.
    var messageByteLimit: UInt64 {
        let block = UInt64(layout?.byteCount ?? 0)
        return UnfinishedMessage.smallByteCount + block + block / 16
    }

    /// Has the wiring end the connection, once what was said last is out.
    mutating func cut(_ connection: Connection) {
        guard strangers[connection]?.isCut != true else { return }
        _ = note(connection) { $0.isCut = true }
        cuts.append(connection)
    }
}
