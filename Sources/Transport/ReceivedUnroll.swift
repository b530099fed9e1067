package import StarlingExperience

/// Who an actor is, as the learner knows it.
package struct ActorIdentity: Hashable, Sendable {
    /// The learner's number for it.
    package var ordinal: UInt32
    /// Its own name.
    package var instance: String
    /// Which start of it.
    package var incarnation: UInt64

    package init(ordinal: UInt32, instance: String, incarnation: UInt64) {
        self.ordinal = ordinal
        self.instance = instance
        self.incarnation = incarnation
    }
}

/// A valid unroll in the learner's hands. It was acknowledged and must be settled exactly once.
package struct ReceivedUnroll: Sendable {
    package let actor: ActorIdentity
    package let header: UnrollHeader
    /// Laid out as `UnrollLayout` of the offer says; aligned to 64 bytes.
    package let block: UnrollBlock
    /// Number of the unroll at this learner, for `settle`.
    package let ticket: UInt64
}
