import StarlingExperience
package import StarlingMessages
package import StarlingThreads

extension LearnerSessions {
    /// Any message but EXPERIENCE.
    package mutating func receive(_ message: ActorMessage, from connection: Connection, at now: Deadline) {
        switch message {
        case .hello(let hello): greet(hello, from: connection, at: now)
        case .experience: preconditionFailure("an EXPERIENCE goes to admit")
        case .skip(let skip): receive(skip, from: connection, at: now)
        case .pull(let pull): receive(pull, from: connection, at: now)
        case .ping(let session, let counts): receivePing(session, counts, from: connection, at: now)
        case .evaluation(let session, let report): receive(report, session, from: connection, at: now)
        case .bye(let session, let counts): receiveBye(session, counts, from: connection, at: now)
        }
    }

    mutating func heard(_ connection: Connection, _ instance: String, _ now: Deadline) {
        sessions[connection]!.lastHeard = now
        accounts[instance]!.lastHeard = now
    }

    /// The session of a message is not known here.
    mutating func sayHello(_ session: UInt64, to connection: Connection) {
        guard !waiting.contains(where: { $0.connection == connection }) else { return }
        outgoing.append(Outgoing(connection: connection, message: .sayHello(session: session), piece: nil))
    }

    /// A message that cannot be read, or that may not be sent. Logged once a peer; too many end the session.
    package mutating func receiveGarbage(from connection: Connection, _ fault: String) {
        totals.garbage += 1
        guard let session = sessions[connection] else {
            if totals.garbage == 1 { notices.append(Notice(.warning, "a peer without a session sent garbage: \(fault)")) }
            return
        }
        if session.garbage == 0 { notices.append(Notice(.warning, "actor \(session.identity) sent garbage: \(fault)")) }
        sessions[connection]!.garbage += 1
        guard sessions[connection]!.garbage >= Self.garbageLimit else { return }
        refuse(
            connection,
            Refusal(
                code: .garbage, reason: "actor \(session.identity) sent \(Self.garbageLimit) messages that can't be read, the last: \(fault)",
                remedy: "build the actor and the learner from the same sources"))
        end(connection, "too much garbage")
    }

    /// The wiring found the connection gone.
    package mutating func connectionLost(_ connection: Connection) {
        waiting.removeAll { $0.connection == connection }
        if let session = sessions[connection] { accounts[session.identity.instance]!.isAway = true }
        end(connection, "connection lost")
    }

    static let goodbye = "said goodbye"

    /// Ends a session; its actor may come back with another one.
    mutating func end(_ connection: Connection, _ reason: String) {
        guard let session = sessions[connection] else { return }
        voidCredit(of: session)
        sessions.removeValue(forKey: connection)
        if session.role == .act { actingSessions -= 1 }
        accounts[session.identity.instance]?.connection = nil
        loseEvaluation(of: session, reason)
        // Who says goodbye leaves: that is told once, by `close`.
        if reason != Self.goodbye {
            notices.append(Notice(.info, "session of actor \(session.identity) ended: \(reason)"))
        }
        grantCredit()
        assignEvaluations()
    }

    private mutating func receiveBye(
        _ number: UInt64, _ counts: ActorCounts, from connection: Connection, at now: Deadline
    ) {
        guard let session = sessions[connection], session.number == number else { return }
        let name = session.identity.instance
        heard(connection, name, now)
        accounts[name]!.note(counts)
        end(connection, Self.goodbye)
        // Who is told that the learner will be back keeps its outbox for it.
        if farewell != .restarting { close(name, Self.goodbye) }
    }

    /// Silent sessions end, silent actors are dead.
    package mutating func advance(to now: Deadline) {
        let silent = sessions.filter { now.seconds(since: $0.value.lastHeard) > Self.silenceSeconds }.keys
        for connection in silent.sorted() {
            end(connection, "no word for \(Int(Self.silenceSeconds)) s")
        }
        for (name, account) in accounts where account.isAway && now.seconds(since: account.lastHeard) > 2 {
            accounts[name]!.isAway = false
        }
        let dead = accounts.filter { !$0.value.isClosed && now.seconds(since: $0.value.lastHeard) > Self.silenceSeconds }
        for name in dead.keys.sorted() {
            close(name, "no word for \(Int(Self.silenceSeconds)) s")
        }
    }

    /// Says goodbye to all. Unrolls that still come become `abandoned` when the run is over; before a restart they stay
    /// with their actors, for the next learner.
    package mutating func part(_ farewell: Farewell) {
        guard self.farewell == nil else { return }
        self.farewell = farewell
        for connection in sessions.keys.sorted() {
            outgoing.append(
                Outgoing(
                    connection: connection, message: .bye(session: sessions[connection]!.number, farewell), piece: nil))
        }
    }

    /// All said goodbye.
    package var isParted: Bool { farewell != nil && sessions.isEmpty }
    /// Actors that lost their connection in the last seconds and will want to hear the goodbye.
    package var expectsReturns: Bool { accounts.values.contains { $0.isAway && !$0.isClosed } }

    /// Closes the books: what has no fate is abandoned, and after a run that is over nobody's outbox is waited for.
    package mutating func closeBooks() {
        booksAreClosed = true
        events.removeAll()
        count(.abandoned, UInt64(openTickets.count))
        openTickets.removeAll()
        (queued, inHand) = (0, 0)
        for connection in sessions.keys.sorted() { end(connection, "the learner ends") }
        if farewell == .finished {
            for name in accounts.keys.sorted() { close(name, "the run is over") }
        }
        events.removeAll()
    }
}

extension ActorIdentity: CustomStringConvertible {
    /// `instance#incarnation`.
    package var description: String { incarnation == 0 ? instance : "\(instance)#\(incarnation)" }
}
