/// What can go wrong when a plan is made. Running one cannot fail.
package struct ComputeError: Error, Hashable, Sendable, CustomStringConvertible {
    package enum Code: Hashable, Sendable {
        /// A row extent of the graph has no number, or one below 1.
        case rows
        /// The device cannot do this graph.
        case unsupported
        /// The arena could not be allocated.
        case memory
    }

    package let code: Code
    package let message: String

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    package var description: String { message }
}
