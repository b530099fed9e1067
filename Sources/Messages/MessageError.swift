/// Why bytes are not a message.
package struct MessageError: Error, Hashable, CustomStringConvertible {
    package enum Code: Hashable, Sendable {
        /// Not Protobuf, or no message of this schema.
        case malformed
        /// A field is outside of what it may be.
        case outOfRange
        /// A HELLO in which a field is outside of what it may be.
        case unreadableHello
        /// A learner asks for work that these sources don't know.
        case newerLearner
    }

    package var code: Code
    /// What is wrong and what is allowed, in one line.
    package var message: String
    /// The session that a learner opened with work that is not known here: what a goodbye to it carries; else 0.
    package var session: UInt64

    package init(_ code: Code, _ message: String, session: UInt64 = 0) {
        self.session = session
        self.code = code
        self.message = message
    }

    package var description: String { message }
}
