/// What an actor does.
package enum ActorRole: UInt8, Hashable, Sendable, CaseIterable {
    /// Steps environments and sends unrolls.
    case act = 0
    /// Plays greedy episodes with pinned parameters and reports their returns.
    case evaluate = 1
}

/// How a learner says goodbye.
package enum Farewell: UInt8, Hashable, Sendable, CaseIterable {
    /// The run is over.
    case finished = 0
    /// The learner will be back: wait for it.
    case restarting = 1
    /// It ended by an error. Somebody has to look at it; the run can go on then.
    case failed = 2

    /// A next learner of the run may want what its actors have not handed over.
    package var isRunToGoOn: Bool { self != .finished }
}
