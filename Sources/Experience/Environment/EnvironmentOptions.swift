/// What an environment is told besides its name, as a recipe says it: `id: LunarLander-v3`. Options within options have dotted names:
/// `kwargs.gravity`.
public struct EnvironmentOptions: Hashable, Sendable {
    /// One value, as YAML knows them.
    public enum Scalar: Hashable, Sendable {
        case null
        case truth(Bool)
        case integer(Int64)
        case number(Double)
        case text(String)
    }

    /// A scalar, or a list of these.
    public enum Value: Hashable, Sendable {
        case scalar(Scalar)
        case list([Scalar])
    }

    /// By dotted name. None is also the beginning of another's.
    public private(set) var values: [String: Value] = [:]

    public init() {}

    /// Whether nothing was told.
    public var isEmpty: Bool { values.isEmpty }

    /// What an option was told; nil: nothing.
    public subscript(name: String) -> Value? { values[name] }

    /// Sets one, in the place of what had the name or a part of it.
    /// - Returns: false when the name is none, and then all is as before.
    package mutating func set(_ name: String, to value: Value) -> Bool {
        let words = name.split(separator: ".", omittingEmptySubsequences: false)
        guard words.allSatisfy({ !$0.isEmpty }), PrintableText.isName(name) else { return false }
        if case .scalar(.number(let number)) = value, !number.isFinite { return false }
        for count in 1..<max(1, words.count) { values[words.prefix(count).joined(separator: ".")] = nil }
        remove(name)
        values[name] = value
        return true
    }

    /// Removes one, with what lies in it.
    package mutating func remove(_ name: String) {
        values = values.filter { $0.key != name && !$0.key.hasPrefix(name + ".") }
    }

    /// Sets one as a command line says it: `id=LunarLander-v3`, `wrappers=[A, B]`.
    /// - Returns: false when it says none.
    package mutating func set(assignment: String) -> Bool {
        guard let equals = assignment.firstIndex(of: "=") else { return false }
        let (name, text) = (String(assignment[..<equals]), assignment[assignment.index(after: equals)...])
        guard text.hasPrefix("["), text.hasSuffix("]") else { return set(name, to: .scalar(Scalar(written: String(text)))) }
        let words = text.dropFirst().dropLast().split(separator: ",").map { String($0.drop { $0 == " " }) }
        return set(name, to: .list(words.map(Scalar.init(written:))))
    }

    /// A text, where it is one.
    public func text(_ name: String) -> String? {
        if case .scalar(.text(let text))? = values[name] { text } else { nil }
    }

    /// A number, where it is one.
    public func number(_ name: String) -> Double? {
        switch values[name] {
        case .scalar(.integer(let integer))?: Double(integer)
        case .scalar(.number(let number))?: number
        default: nil
        }
    }
}

extension EnvironmentOptions.Scalar {
    /// As a recipe has it, without quotes.
    package init(written text: String) {
        if ["null", "~", ""].contains(text) {
            self = .null
        } else if let truth = Bool(text) {
            self = .truth(truth)
        } else if let integer = Int64(text) {
            self = .integer(integer)
        } else if let number = Double(text), number.isFinite {
            self = .number(number)
        } else {
            self = .text(text)
        }
    }
}

extension EnvironmentOptions: CustomStringConvertible {
    /// As a recipe says it, in one line: `{id: LunarLander-v3, kwargs: {gravity: -5.0}}`.
    public var description: String { tree.text(PrintableText.bareOrQuoted) }

    /// As JSON, the same text for the same options.
    package var json: String { tree.text(PrintableText.quoted) }

    /// Options that lie in each other.
    private indirect enum Tree {
        case leaf(Value)
        case group([(word: String, tree: Tree)])

        func text(_ word: (String) -> String) -> String {
            func print(_ scalar: Scalar) -> String {
                switch scalar {
                case .null: "null"
                case .truth(let truth): truth ? "true" : "false"
                case .integer(let integer): String(integer)
                case .number(let number): String(number)
                case .text(let text): word(text)
                }
            }
            return switch self {
            case .leaf(.scalar(let scalar)): print(scalar)
            case .leaf(.list(let scalars)): "[" + scalars.map(print).joined(separator: ", ") + "]"
            case .group(let members): "{" + members.map { "\(word($0.word)): \($0.tree.text(word))" }.joined(separator: ", ") + "}"
            }
        }
    }

    private var tree: Tree { Self.tree(values.sorted { $0.key < $1.key }.map { ($0.key.split(separator: ".")[...], $0.value) }) }

    private static func tree(_ members: [(words: ArraySlice<Substring>, value: Value)]) -> Tree {
        var groups: [(word: Substring, members: [(words: ArraySlice<Substring>, value: Value)])] = []
        for member in members {
            guard let word = member.words.first else { return .leaf(member.value) }
            let rest = (words: member.words.dropFirst(), value: member.value)
            if let place = groups.firstIndex(where: { $0.word == word }) {
                groups[place].members.append(rest)
            } else {
                groups.append((word, [rest]))
            }
        }
        return .group(groups.map { (String($0.word), tree($0.members)) })
    }
}
