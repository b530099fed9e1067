/// Why a file of data can't be used, in one line.
package struct DataFileError: Error, CustomStringConvertible {
    package let description: String

    package init(_ description: String) { self.description = description }
}
