/// Who an actor is, as the learner knows it.
package struct ActorIdentity: Codable, Hashable, Sendable {
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

extension ActorIdentity: CustomStringConvertible {
    /// `instance#incarnation`.
    package var description: String { incarnation == 0 ? instance : "\(instance)#\(incarnation)" }
}
