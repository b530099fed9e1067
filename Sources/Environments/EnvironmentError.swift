/// Why there is no such environment, or not in that state.
public struct EnvironmentError: Error, Hashable, CustomStringConvertible {
    /// What is wrong, for programs.
    public struct Code: Hashable, Sendable {
        private enum Kind { case unknownName, differentSpec, badState, unusable, badOption, broken, interrupted }
        private let kind: Kind
        /// The registry has no environment of this name.
        public static let unknownName = Code(kind: .unknownName)
        /// The registry's environment of this name has other shapes.
        public static let differentSpec = Code(kind: .differentSpec)
        /// Saved bytes that don't belong to this batch.
        public static let badState = Code(kind: .badState)
        /// It needs something that this machine doesn't have.
        public static let unusable = Code(kind: .unusable)
        /// An option that it doesn't know, or not with that value.
        public static let badOption = Code(kind: .badOption)
        /// It could be stepped, and can no more.
        public static let broken = Code(kind: .broken)
        /// The process was asked to stop while it waited for the environment.
        public static let interrupted = Code(kind: .interrupted)
    }

    /// What is wrong.
    public let code: Code
    /// One line: what is wrong and how to mend it.
    public let message: String

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    public var description: String { message }
}
