/// What the author of a package must see to. Unlike a precondition it says in release builds too what is wrong. (What is demanded of
/// who builds a graph is told with what the graph is for: `StarlingCompute` has its own.)
package func demand(
    _ condition: Bool, _ message: @autoclosure () -> String, file: StaticString = #fileID, line: UInt = #line
) {
    if !condition { fatalError(message(), file: file, line: line) }
}
