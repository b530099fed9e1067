package import StarlingSafetensors

/// Why a file of data can't be used, in one line.
package struct DataFileError: Error, CustomStringConvertible {
    package let description: String

    package init(_ description: String) { self.description = description }

    /// What the file of a name in the folder of data holds; see `DataFolder`.
    /// - Parameter writer: what writes the file, for who lacks it; nil: `scripts/data` by the file's name.
    /// - Throws: what is wrong with it, where it is, and how to mend it.
    package static func reading<Content>(
        _ name: String, by writer: String? = nil, _ content: (SafetensorsFile) throws -> Content
    ) throws(DataFileError) -> Content {
        let path = DataFolder.path(of: name)
        do {
            return try content(SafetensorsFile(reading: path))
        } catch {
            throw DataFileError(
                "\(path): \(error); \(writer ?? "`scripts/data \(name)` writes it"), and $\(DataFolder.variable) names the folder")
        }
    }
}
