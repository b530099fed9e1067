/// What a caller must see to when it builds a graph. Unlike a precondition it says in release builds too what is wrong: who grows a
/// model of their own sees nothing else of it.
func demand(
    _ condition: Bool, _ message: @autoclosure () -> String, file: StaticString = #fileID, line: UInt = #line
) {
    if !condition { fatalError(message(), file: file, line: line) }
}
