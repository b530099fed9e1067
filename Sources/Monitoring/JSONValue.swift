import StarlingExperience

/// A JSON value whose objects keep the order of their members.
package indirect enum JSONValue: Hashable, Sendable {
    case null
    case boolean(Bool)
    case integer(UInt64)
    /// What isn't finite is written as null: JSON has no such numbers.
    case number(Double)
    case text(String)
    case array([JSONValue])
    case object([Member])

    package struct Member: Hashable, Sendable {
        package var name: String
        package var value: JSONValue

        package init(_ name: String, _ value: JSONValue) {
            self.name = name
            self.value = value
        }
    }

    package static func integer(_ value: Int) -> JSONValue {
        value < 0 ? .number(Double(value)) : .integer(UInt64(value))
    }
    /// null when absent.
    package static func number(_ value: Double?) -> JSONValue { value.map { .number($0) } ?? .null }

    /// A finite number; nil of anything else.
    var finite: Double? {
        switch self {
        case .integer(let integer): Double(integer)
        case .number(let number): number.isFinite ? number : nil
        default: nil
        }
    }

    /// An object with one more member.
    package func adding(_ member: Member) -> JSONValue {
        guard case .object(let members) = self else { preconditionFailure("only objects have members") }
        return .object(members + [member])
    }

    /// On one line.
    package var line: String {
        switch self {
        case .object(let members):
            "{" + members.map { Self.quoted($0.name) + ":" + $0.value.line }.joined(separator: ",") + "}"
        case .array(let values): "[" + values.map(\.line).joined(separator: ",") + "]"
        default: scalar
        }
    }

    /// A member a line.
    package var indented: String { indented(by: "") }

    private func indented(by indent: String) -> String {
        guard case .object(let members) = self, !members.isEmpty else { return line }
        let inner = indent + "  "
        let lines = members.map { "\(inner)\(Self.quoted($0.name)): \($0.value.indented(by: inner))" }
        return "{\n" + lines.joined(separator: ",\n") + "\n\(indent)}"
    }

    private var scalar: String {
        switch self {
        case .boolean(let truth): truth ? "true" : "false"
        case .integer(let integer): String(integer)
        case .number(let number): number.isFinite ? number.description : "null"
        case .text(let text): Self.quoted(text)
        case .null, .array, .object: "null"
        }
    }

    private static func quoted(_ text: String) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\": quoted += "\\\(scalar)"
            case _ where scalar.value <= 0xFFFF && !PrintableText.isPlain(scalar):
                let hex = String(scalar.value, radix: 16)
                quoted += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }
}
