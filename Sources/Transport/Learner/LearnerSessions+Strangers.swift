import StarlingExperience
import StarlingMessages
import StarlingThreads

extension LearnerSessions {
    /// The session of a message is not known here. Said a few times; who goes on all the same is cut off.
    mutating func requestHandshake(_ session: UInt64, to connection: Connection) {
        guard !lobby.contains(connection) else { return }
        guard strangers.noteStray(connection, limit: max(1000, 4 * (offer?.largestWindow ?? 1))) else { return }
        outgoing.append(Outgoing(connection: connection, message: .handshakeRequest(session: session), piece: nil))
    }

    /// A message that cannot be read, or that may not be sent. Logged once a peer; too many end the session and the
    /// connection.
    package mutating func receiveGarbage(from connection: Connection, _ fault: String) {
        totals.garbage &+= 1
        guard let session = sessions[connection] else {
            if let notice = strangers.noteGarbage(connection, fault, at: clock) { notices.append(notice) }
            return
        }
        if session.garbage == 0 {
            tell(
                .warning, of: session.identity,
                "actor \(session.identity) sent garbage: \(fault); more is only counted, and \(Self.garbageLimit) such messages end its session"
            )
        }
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
        strangers.cut(connection)
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
        outgoing.append(Outgoing(connection: connection, message: .refuse(refusal), piece: nil))
        if let notice = strangers.noteRefusal(connection, refusal, by: instance, at: clock) { notices.append(notice) }
    }

    /// Bytes on the wire of the largest message that somebody with a session may send: frames of at least a sixteenth more
    /// than the block for framing and encryption.
    var messageByteLimit: UInt64 {
        let block = UInt64(layout?.byteCount ?? 0)
        return UnfinishedMessage.smallByteCount + block + block / 16
    }
}
