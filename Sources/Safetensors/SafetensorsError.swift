/// Bytes that are no safetensors file.
package struct SafetensorsError: Error, Hashable, Sendable, CustomStringConvertible {
    package enum Code: Hashable, Sendable {
        /// Ends before it should.
        case truncated
        /// The header isn't the JSON the format asks for.
        case header
        /// Offsets that overlap, leave holes or contradict shapes.
        case layout
        /// An array of a type that isn't read here.
        case unsupported
        /// There is no such file.
        case absent
        /// The operating system doesn't give its bytes.
        case unreadable
    }

    package let code: Code
    /// One line.
    package let message: String

    init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    package var description: String { message }
}
