/// Why an end of the wire cannot go on.
package struct TransportError: Error, Sendable, CustomStringConvertible {
    package enum Code: Hashable, Sendable {
        /// Something else listens on the port.
        case portInUse
        /// The address cannot be understood, or is not one of this machine.
        case badAddress
        /// Beyond this machine nobody listens without keys, or those there are can't be used.
        case badKeys
        /// The learner will not have this actor; the message names the reason and the remedy.
        case refused
        /// No learner for `giveUpAfter` seconds.
        case gaveUp
        /// An offer contradicts itself.
        case badOffer
        /// The operating system or libzmq failed.
        case system
    }

    package var code: Code
    /// What, where, and how to mend it, in one line.
    package var message: String
    package var cause: (any Error)?

    package init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
    }

    package var description: String { message }
}
