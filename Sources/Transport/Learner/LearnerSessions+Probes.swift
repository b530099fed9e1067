import StarlingExperience
import StarlingMessages
import StarlingThreads

/// What those get who have no session.
extension LearnerSessions {
    /// Answers a question about the learner; nothing changes by it.
    mutating func answer(_ probe: Probe, to connection: Connection, clock: UInt64, knownAs name: String) {
        let idle = credit.longIdle(at: self.clock)
        let answer = ProbeAnswer(
            protocolVersion: WireLimits.protocolVersion, build: build, identifier: probe.identifier, clock: clock,
            run: offer?.run ?? "", generation: offer?.generation ?? 0, newest: shelf.newest,
            actingActors: UInt32(clamping: credit.members.count), knownAs: name, idleActors: UInt32(clamping: idle.count),
            idleNames: Self.names(of: idle), lagLimit: lagLimit?.sentence ?? "")
        outgoing.append(Outgoing(connection: connection, message: .probeAnswer(answer), piece: nil))
    }

    /// A piece of the last two versions, for whoever measures the way here.
    mutating func answerWithoutSession(_ pull: Pull, to connection: Connection, at now: Deadline) {
        guard let snapshot = shelf.latest(pull.version),
            pull.offset < UInt64(snapshot.bytes.count)
        else {
            guard let newest = shelf.newest else { return requestHandshake(0, to: connection) }
            return outgoing.append(
                Outgoing(
                    connection: connection, message: .weightsGone(session: 0, pull.version, newest: newest), piece: nil))
        }
        let start = Int(pull.offset)
        let end = min(snapshot.bytes.count, start + Int(pull.count))
        guard strangers.takePull(connection, UInt64(end - start), ofKept: keptByteCount, at: now) else {
            return receiveGarbage(from: connection, "more PULLs than there are parameters")
        }
        send(start..<end, of: snapshot, in: 0, to: connection)
    }

    /// Ends the session, if there is one, of a connection whose key is not on the list any more: for good.
    mutating func shutOut(_ connection: Connection, _ name: String) {
        lobby.leave(connection)
        refuse(
            connection,
            Refusal(
                code: .key, reason: "the key of \(name) is not, or no longer, on the learner's list",
                remedy: "if that is a mistake, enrol it on the learner's machine: starling enrol KEYFILE"), by: name)
        guard let session = sessions[connection] else { return }
        let reason = "its key was revoked"
        end(connection, reason)
        close(session.identity.instance, reason)
    }
}
