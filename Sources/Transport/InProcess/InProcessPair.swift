package import Logging
import StarlingExperience
import StarlingMessages
import StarlingThreads

/// A learner's end and any number of actors' ends in one thread, without sockets and without a clock: the same roles
/// as over ZeroMQ, pumped by whoever calls. What an end returns depends on the calls alone, so runs repeat exactly.
/// Nothing ever waits: where a socket's end would wait for the other, these return nil at once.
///
/// Not for use by several threads.
package final class InProcessPair {
    package let learner: InProcessLearnerLink
    package let actors: [InProcessActorLink]

    /// - Parameters:
    ///   - produced: unrolls that each actor had completed and handed over in an earlier start of `run`; nil: none.
    package init(
        actors offers: [ActorOffer], build: String, logger: Logger, run: UInt64 = 0, produced: [UInt64]? = nil
    ) {
        let sessions = offers.enumerated().map { number, offer in
            produced.map { ActorSession(offer: offer, run: run, produced: $0[number]) } ?? ActorSession(offer: offer)
        }
        let wire = InProcessWire(sessions, build, logger)
        learner = InProcessLearnerLink(wire)
        actors = offers.indices.map { InProcessActorLink(wire, $0) }
    }
}

/// What both ends share. Connection `n` is actor `n`'s.
final class InProcessWire {
    /// The clock stands still: time must not influence results.
    static let now = Deadline(nanoseconds: 0)

    var learner: LearnerSessions
    var actors: [ActorSession]
    let pool = BlockPool(capacity: 1 << 30)
    let logger: Logger
    var bytesIn: UInt64 = 0
    var bytesOut: UInt64 = 0

    init(_ sessions: [ActorSession], _ build: String, _ logger: Logger) {
        learner = LearnerSessions(build: build)
        actors = sessions
        self.logger = logger
        for index in actors.indices { actors[index].connected(at: Self.now) }
    }

    /// Carries messages to and fro until nobody has anything to say.
    /// - Returns: whether there were any.
    @discardableResult
    func pump() -> Bool {
        var moved = false
        while true {
            var moves = false
            for index in actors.indices {
                let outgoing = actors[index].outgoing
                actors[index].outgoing.removeAll(keepingCapacity: true)
                for item in outgoing { deliver(item, from: index) }
                moves = moves || !outgoing.isEmpty
            }
            // Nothing else is on its way here that could carry it.
            if learner.nextAnnouncement != nil { learner.announce(at: Self.now) }
            learner.flush()
            let outgoing = learner.outgoing
            learner.outgoing.removeAll(keepingCapacity: true)
            for item in outgoing { deliver(item) }
            guard moves || !outgoing.isEmpty else { break }
            moved = true
        }
        writeNotices()
        return moved
    }

    private func deliver(_ item: ActorSession.Outgoing, from index: Int) {
        let connection = Connection(index)
        guard case .experience(let header) = item.message, let block = item.block else {
            return learner.receive(item.message, from: connection, at: Self.now)
        }
        switch learner.admit(header, from: connection, at: Self.now) {
        case .ignore: break
        case .invalid(let fault): learner.reject(header, fault, from: connection)
        case .read:
            bytesIn += UInt64(block.byteCount)
            if let fault = learner.fault(in: block, header) {
                learner.reject(header, fault, from: connection)
            } else {
                learner.accept(header, block, from: connection)
            }
        }
    }

    private func deliver(_ item: LearnerSessions.Outgoing) {
        let index = Int(item.connection)
        guard let piece = item.piece else { return actors[index].receive(item.message, nil, at: Self.now) }
        bytesOut += UInt64(piece.range.count)
        piece.snapshot.bytes.withUnsafeBytes {
            actors[index].receive(item.message, UnsafeRawBufferPointer(rebasing: $0[piece.range]), at: Self.now)
        }
    }

    func writeNotices() {
        logger.write(learner.notices)
        learner.notices.removeAll()
        for index in actors.indices {
            logger.write(actors[index].notices)
            actors[index].notices.removeAll()
        }
    }
}
