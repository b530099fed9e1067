package import StarlingExperience
import StarlingMessages
import StarlingThreads
package import StarlingTransport

/// The learner's side of the transport bench: takes unrolls, checked, acknowledged and entered into the ledger, and
/// settles them batch by batch.
package struct TransportReceiver {
    /// What one window came to.
    package struct Window: Sendable {
        package var unrolls = 0
        package var seconds = 0.0
        /// CPU seconds of this process and of the actors'.
        package var learnerSeconds = 0.0
        package var actorSeconds = 0.0
        package var bytes: UInt64 = 0

        package init() {}
    }

    private let link: any LearnerLink
    private let offer: LearnerOffer
    private let settled: (() -> LedgerBooks) -> Void

    /// - Parameters:
    ///   - journal: stores what is accepted before it is acknowledged; nil: none.
    ///   - settled: told after every batch, with a way to the books up to it.
    package init(
        _ link: any LearnerLink, _ offer: LearnerOffer, journal: (any UnrollJournal)? = nil,
        settled: @escaping (() -> LedgerBooks) -> Void = { _ in }
    ) {
        (self.link, self.offer, self.settled) = (link, offer, settled)
        link.open(offer, after: RunPast(), journal: journal)
        link.publish(
            ParameterSnapshot(version: ParameterVersion(generation: 1, update: 0), bytes: Array(repeating: 1, count: 4096)))
    }

    /// Receives for `warmUp` and then for `seconds`.
    /// - Parameter actors: process identifiers whose CPU time counts.
    package func receive(warmUp: Double, seconds: Double, actors: [Int32]) -> Window {
        _ = take(until: .after(seconds: warmUp), atLeast: 1)
        var window = Window()
        let before = (ProcessUse.seconds, actors.map { ProcessUse.seconds(of: $0) }, link.overview.bytesIn, Deadline.now)
        window.unrolls = take(until: .after(seconds: seconds), atLeast: 0)
        window.seconds = Deadline.now.seconds(since: before.3)
        window.learnerSeconds = ProcessUse.seconds - before.0
        window.actorSeconds = zip(actors.map { ProcessUse.seconds(of: $0) }, before.1).reduce(0) { $0 + $1.0 - $1.1 }
        window.bytes = link.overview.bytesIn - before.2
        return window
    }

    /// Says goodbye; the ledger at the end.
    package func finish() -> Ledger {
        link.finish(.finished, before: .after(seconds: 3))
        return link.overview.ledger
    }

    /// Takes and settles until the deadline, and at least so many within 10 s.
    private func take(until deadline: Deadline, atLeast count: Int) -> Int {
        var batch: [ReceivedUnroll] = []
        batch.reserveCapacity(offer.unrollsPerBatch)
        var taken = 0
        let limit = Deadline.after(seconds: 10)
        while !deadline.isPast || (taken < count && !limit.isPast) {
            guard let event = link.next(before: .after(seconds: 0.05)) else { continue }
            guard case .unroll(let unroll) = event else { continue }
            taken += 1
            batch.append(unroll)
            guard batch.count == offer.unrollsPerBatch else { continue }
            link.settle(batch, .trained)
            batch.removeAll(keepingCapacity: true)
            settled { link.settledBooks }
        }
        link.settle(batch, .abandoned)
        return taken
    }
}
