/// What an environment must see to. Unlike a precondition it says in release builds too what is wrong.
func demand(_ condition: Bool, _ message: @autoclosure () -> String, file: StaticString = #fileID, line: UInt = #line) {
    if !condition { fatalError(message(), file: file, line: line) }
}
