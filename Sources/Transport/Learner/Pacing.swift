/// How much experience a learner lets be made ahead of its training: a strategy of the algorithm that trains.
package enum Pacing: Hashable, Sendable {
    /// For every published version exactly the unrolls of one batch are granted: for algorithms that can't correct for older parameters.
    case lockstep
    /// So many batches may be granted, in flight or queued at a time.
    case fixed(batches: Int)
    /// As many as keep the trainer from waiting, and no more than let an unroll be so many updates old.
    case adaptive(policyLag: Int)

    /// Batches that may be granted, in flight or queued at a time: at first, and at most.
    package var batches: ClosedRange<Int> {
        switch self {
        case .lockstep: 1...1
        case .fixed(let batches): batches...batches
        case .adaptive(let policyLag): min(2, policyLag)...policyLag
        }
    }

    /// Rounds that an actor may have granted and not arrived before it is known what it needs.
    var firstRounds: Int {
        switch self {
        case .lockstep, .adaptive: 1
        case .fixed: 2
        }
    }

    /// Updates that parameters may be older than the newest when an unroll begins: with them an actor steps on while newer ones are
    /// under way. Half of what the pacing lets experience age; the other half is for the way and the queue.
    package var parameterSlack: UInt64 {
        switch self {
        case .lockstep: 0
        case .fixed(let batches): UInt64(batches / 2)
        case .adaptive(let policyLag): UInt64(policyLag / 2)
        }
    }
}
