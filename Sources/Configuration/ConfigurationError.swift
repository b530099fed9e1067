import StarlingExperience

/// Something in a run file, in `--set` or in a name on the command line that can't be used.
public struct ConfigurationError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What is wrong, for programs.
    public enum Code: Hashable, Sendable {
        /// The file can't be read.
        case unreadable
        /// Not YAML, or YAML of another form than nested maps of keys.
        case syntax
        /// No such key or name.
        case unknownName
        /// A key stands twice.
        case duplicateKey
        /// A value of the wrong type or out of its range.
        case invalidValue
        /// Values that are fine alone and impossible together.
        case conflict
    }

    /// What is wrong.
    public var code: Code
    /// One line: where, what, and how to mend it.
    public var message: String
    /// The right names, when the fault is a wrong one.
    public var choices: [String]

    /// Where they are listed, as a sentence; nil: nowhere else.
    public var listing: String?

    public init(_ code: Code, _ message: String, choices: [String] = [], listing: String? = nil) {
        self.code = code
        self.message = message
        self.choices = choices
        self.listing = listing
    }

    /// The message, and below it the right names, or where they are when there are many.
    public var description: String {
        if choices.isEmpty { return message }
        if let listing, choices.count > Self.choicesShown { return "\(message)\n  \(listing)" }
        return message + "\n  known: " + choices.joined(separator: ", ")
    }

    /// More are no help where there is a list.
    private static let choicesShown = 16

    /// An unknown name of a `kind` ("recipe", "environment"), with the nearest right one.
    /// - Parameters:
    ///   - place: where it stands, such as `run.yaml:3:5`; nil on the command line.
    ///   - listing: where many names are listed, instead of all of them.
    public static func unknown(
        _ kind: String, _ name: String, among names: [String], at place: String? = nil, listing: String? = nil
    ) -> ConfigurationError {
        let hint = NearestName.hint(for: name, among: names).map { "; did you mean \"\($0)\"?" } ?? ""
        return ConfigurationError(
            .unknownName, (place.map { $0 + ": " } ?? "") + "unknown \(kind) \"\(name)\"\(hint)", choices: names,
            listing: listing)
    }
}
