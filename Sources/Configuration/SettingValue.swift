/// A value as it was written: a scalar or a list of scalars.
public enum SettingValue: Hashable, Sendable, CustomStringConvertible {
    case scalar(Scalar)
    case list([Scalar])

    /// One value of YAML.
    public struct Scalar: Hashable, Sendable {
        /// As it was written, without quotes.
        public var text: String
        /// Written without quotes: only such a scalar can be a number, a truth value or `null`.
        public var isPlain: Bool

        public init(_ text: String, isPlain: Bool = true) {
            self.text = text
            self.isPlain = isPlain
        }

        var isNull: Bool { isPlain && ["null", "~", ""].contains(text) }
    }

    public var description: String {
        switch self {
        case .scalar(let scalar): Self.quoted(scalar)
        case .list(let scalars): "[" + scalars.map(Self.quoted).joined(separator: ", ") + "]"
        }
    }

    /// The scalar, when it is one.
    var scalar: Scalar? {
        if case .scalar(let scalar) = self { scalar } else { nil }
    }

    private static func quoted(_ scalar: Scalar) -> String {
        scalar.isPlain && !scalar.text.isEmpty ? scalar.text : "\"\(scalar.text)\""
    }
}

/// One key with its value and the place where they stand.
public struct Setting: Hashable, Sendable {
    /// Dotted: `vtrace.discount`.
    public var name: String
    /// What it is set to.
    public var value: SettingValue
    /// `run.yaml:3:5`, line and column from 1, or `--set`.
    public var place: String

    public init(name: String, value: SettingValue, place: String) {
        self.name = name
        self.value = value
        self.place = place
    }
}
