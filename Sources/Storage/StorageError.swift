import Foundation

/// A run directory or a file in it that can't be used.
package struct StorageError: Error, Hashable, Sendable, CustomStringConvertible {
    package enum Code: Hashable, Sendable {
        /// Another process works in the run directory.
        case inUse
        /// A new run needs an empty directory.
        case notEmpty
        /// Nothing there to resume or to evaluate.
        case noRun
        /// The operating system refused; the message says what and why.
        case system
        /// A file holds what it shouldn't.
        case damaged
    }

    package var code: Code
    /// One line: what, where, how to mend it.
    package var message: String

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    package var description: String { message }
}

/// A checkpoint that can't be written or read.
package struct CheckpointError: Error, Hashable, Sendable, CustomStringConvertible {
    package enum Code: Hashable, Sendable {
        /// The operating system refused to write; the disk is full, say.
        case unwritable
        /// Truncated, changed, or of a format this build doesn't know.
        case damaged
        /// There is none.
        case missing
    }

    package var code: Code
    /// One line: what, where, how to mend it.
    package var message: String

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    package var description: String { message }
}
