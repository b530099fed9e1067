/// Why a model can't be written down for another program: one sentence.
package struct ExportError: Error, CustomStringConvertible {
    package let description: String

    init(_ description: String) { self.description = description }
}
