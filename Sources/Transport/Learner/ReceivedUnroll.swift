package import StarlingExperience

/// A valid unroll in the learner's hands. It was acknowledged and must be settled exactly once.
package struct ReceivedUnroll: Sendable {
    package let actor: ActorIdentity
    package let header: UnrollHeader
    /// Laid out as `UnrollLayout` of the offer says; aligned to 64 bytes.
    package let block: UnrollBlock
    /// Number of the unroll at this learner, for `settle`.
    package let ticket: UInt64

    package init(actor: ActorIdentity, header: UnrollHeader, block: UnrollBlock, ticket: UInt64) {
        self.actor = actor
        self.header = header
        self.block = block
        self.ticket = ticket
    }
}
