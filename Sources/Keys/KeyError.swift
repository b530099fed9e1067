/// What is wrong with keys, where, and how to mend it, in one line.
package struct KeyError: Error, Hashable, CustomStringConvertible {
    package let description: String
    package init(_ description: String) { self.description = description }
}
