/// What keeps experience from flowing where trainer and actors each wait for more than half of their time and the age that it may have,
/// which `LagLimit` tells of, is not the reason.
///
/// By Little's law what is under way is the rate times the time from credit to arrival: with less allowed than the way takes, both ends
/// wait for it. Where more is allowed and both wait all the same, the way itself is full, or nobody runs it.
package enum FlowLimit: Hashable, Sendable {
    /// `batch.max_queued_batches` allows no more.
    case queue(batches: Int, pressure: CreditPressure)
    /// `batch.memory_bytes` has room for no more unrolls.
    case memory(unrolls: Int, pressure: CreditPressure)
    /// More credit would be of no use.
    case way(pressure: CreditPressure)

    /// - Parameter room: unrolls that memory has room for: granted, under way, queued or in the trainer's hands.
    /// - Returns: nil where one of both works, or something else is told.
    package init?(_ pressure: CreditPressure, _ pacing: Pacing, room: Int) {
        guard pressure.bothWait, !pressure.isAtBound, pacing != .lockstep else { return nil }
        if pressure.isOutOfRoom {
            self = .memory(unrolls: room, pressure: pressure)
        } else if case .fixed(let batches) = pacing {
            self = .queue(batches: batches, pressure: pressure)
        } else {
            self = .way(pressure: pressure)
        }
    }

    /// For a log.
    package var sentence: String {
        switch self {
        case .queue(let batches, let pressure):
            """
            \(Self.waits(pressure)): with batch.max_queued_batches \(batches) at most \(pressure.window) unrolls are under way, fewer than the \
            way between actors and learner takes. Leave it at auto, which finds how many that are, or raise it
            """
        case .memory(let unrolls, let pressure):
            """
            \(Self.waits(pressure)): batch.memory_bytes has room for \(unrolls) unrolls, fewer than the way between actors and learner takes. \
            Raise it, or make unrolls smaller (acting.unroll_length, acting.environments_per_unroll)
            """
        case .way(let pressure):
            """
            \(Self.waits(pressure)), and neither the policy lag nor credit keeps them: what lies between them is full or starved. \
            `starling-actor doctor` on an actor's machine measures the network; parameters take less of it with publish.max_per_second; where \
            the learner's machine has no cores to spare, fewer actors on it (train.actors, starling-actor --threads) let its threads run
            """
        }
    }

    /// For a line of a panel.
    package var brief: String {
        switch self {
        case .queue(_, let pressure): "\(Self.waits(pressure)); see batch.max_queued_batches"
        case .memory(_, let pressure): "\(Self.waits(pressure)); see batch.memory_bytes"
        case .way(let pressure): "\(Self.waits(pressure)): network or cores are full"
        }
    }

    private static func waits(_ pressure: CreditPressure) -> String {
        "actors wait \(LagLimit.percent(pressure.actorsWait)), trainer \(LagLimit.percent(pressure.trainerWaits))"
    }
}
