/// Something that changed what a learner owes an actor. In the order of their indices the entries of a run make up its
/// books; the journal keeps them.
package struct JournalEntry: Sendable {
    /// Number of the entry within the run, growing over all starts of the learner.
    package var index: UInt64
    package var actor: ActorIdentity
    /// Unrolls that the actor had completed, as far as it had told.
    package var produced: UInt64
    package var event: Event
    /// What travelled with an `.unroll`.
    package var unroll: JournaledUnroll?

    package enum Event: Hashable, Sendable {
        /// A start of an actor begins to work for the run, or is back. The run begins behind this sequence.
        case joined(baseline: UInt64)
        /// It is not expected back: why.
        case left(reason: String)
        /// Its numbers move to those of all former actors.
        case forgotten
        /// An unroll was taken over; its fate comes later.
        case unroll(sequence: UInt64)
        /// An unroll was taken over and broke a rule.
        case invalid(sequence: UInt64)
        /// The actor dropped the unrolls up to this sequence.
        case skipped(through: UInt64)
        /// A learner that died had acknowledged unrolls up to this sequence, and nobody has them.
        case lost(through: UInt64)

        /// The sequence up to which everything is taken over after this; nil when it says nothing about that.
        package var through: UInt64? {
            switch self {
            case .unroll(let sequence), .invalid(let sequence): sequence
            case .skipped(let through), .lost(let through): through
            case .joined, .left, .forgotten: nil
            }
        }

        /// Whether a fate is to come.
        package var isOpen: Bool { if case .unroll = self { true } else { false } }
    }

    package init(
        index: UInt64, actor: ActorIdentity, produced: UInt64, event: Event, unroll: JournaledUnroll? = nil
    ) {
        self.index = index
        self.actor = actor
        self.produced = produced
        self.event = event
        self.unroll = unroll
    }
}

/// The numbers of an unroll and its block.
///
/// `@unchecked Sendable`: the block is only read, and lives as long as its owner.
package struct JournaledUnroll: @unchecked Sendable {
    package let header: UnrollHeader
    package let block: UnsafeRawBufferPointer
    private let owner: AnyObject?

    /// - Parameter owner: keeps the block alive.
    package init(header: UnrollHeader, block: UnsafeRawBufferPointer, owner: AnyObject?) {
        self.header = header
        self.block = block
        self.owner = owner
    }
}
