import StarlingExperience
import StarlingMessages
import StarlingThreads
import StarlingTransport

/// What carries messages, late or never.
extension Simulation {
    mutating func connect(_ index: Int) {
        guard peers[index].connection == nil, peers[index].session.wantsConnection else { return }
        peers[index].connection = nextConnection
        nextConnection += 1
        peers[index].session.connected(at: now)
        collect(index)
    }

    /// Breaks a connection; what is under way to the learner arrives in part, what is under way to the actor does not.
    mutating func disconnect(_ index: Int) {
        guard let connection = peers[index].connection else { return }
        let arriving = Int.random(in: 0...peers[index].toLearner.count, using: &random)
        for _ in 0..<arriving { deliverToLearner(index) }
        peers[index].toLearner = []
        peers[index].toActor = []
        peers[index].connection = nil
        peers[index].session.disconnected()
        broken.append(connection)
    }

    mutating func kill(_ index: Int) {
        disconnect(index)
        peers[index] = makePeer(peers[index].instance, role: peers[index].session.offer.role)
    }

    mutating func collect(_ index: Int) {
        for item in peers[index].session.outgoing {
            guard peers[index].connection != nil else { break }
            peers[index].toLearner.append(Frame(header: item.message.encoded(), block: item.block))
        }
        peers[index].session.outgoing = []
        peers[index].session.notices = []
    }

    mutating func collectLearner() {
        toStore += learner.takeUnwritten()
        let outgoing = learner.outgoing
        learner.outgoing = []
        for item in outgoing {
            guard let index = peers.firstIndex(where: { $0.connection == item.connection }) else {
                // ROUTER: unreachable.
                learner.connectionLost(item.connection)
                continue
            }
            let piece = item.piece.map { Array($0.snapshot.bytes[$0.range]) }
            peers[index].toActor.append(Frame(header: item.message.encoded(), block: nil, piece: piece))
        }
        learner.notices = []
    }

    mutating func deliverToLearner(_ index: Int) {
        guard !peers[index].toLearner.isEmpty, let connection = peers[index].connection else { return }
        let frame = peers[index].toLearner.removeFirst()
        guard let message = try? frame.header.withUnsafeBytes({ try ActorMessage(decoding: $0) }) else {
            return faults.append("a message of our own can't be read")
        }
        guard case .experience(let header) = message else {
            return learner.receive(message, from: connection, at: now)
        }
        switch learner.admit(header, from: connection, at: now) {
        case .ignore: break
        case .invalid(let fault): faults.append("invalid: \(fault)")
        case .read:
            if let fault = learner.fault(in: frame.block!, header) { return faults.append(fault) }
            learner.accept(header, frame.block!, from: connection)
        }
    }

    mutating func deliverToActor(_ index: Int) {
        guard !peers[index].toActor.isEmpty else { return }
        let frame = peers[index].toActor.removeFirst()
        guard let message = try? frame.header.withUnsafeBytes({ try LearnerMessage(decoding: $0) }) else {
            return faults.append("a message of the learner can't be read")
        }
        (frame.piece ?? []).withUnsafeBytes {
            peers[index].session.receive(message, frame.piece == nil ? nil : $0, at: now)
        }
        collect(index)
        if let reason = peers[index].session.wantsReconnection {
            if reason.finding.contains("can't be") { faults.append("\(reason)") }
            disconnect(index)
        }
    }
}
