/// What a caller must see to when it builds a graph. Unlike a precondition it says in release builds too what is wrong: who grows a
/// model of their own sees nothing else of it.
func demand(
    _ condition: Bool, _ message: @autoclosure () -> String, file: StaticString = #fileID, line: UInt = #line
) {
    if !condition { fatalError(Growing.named(message()), file: file, line: line) }
}

/// What a graph is being grown for: messages about a graph begin with it.
package enum Growing {
    @TaskLocal package static var purpose: String?

    static func named(_ message: String) -> String { purpose.map { "\($0): \(message)" } ?? message }
}
