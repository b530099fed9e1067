package import FoundationEssentials

extension JSONEncoder {
    /// How every `bench --json` writes its object: names in snake case and in order, and `format`, which grows when a name
    /// comes to mean something else.
    package static func forReports() -> JSONEncoder {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        encoder.keyEncodingStrategy = .convertToSnakeCase
        return encoder
    }
}
