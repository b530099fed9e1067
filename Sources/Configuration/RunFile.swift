import Foundation
import Yams

/// A run file: YAML of nested maps whose leaves are the keys of a `KeyTable`. Reading it checks the form only;
/// `KeyTable.apply` checks names and values.
package struct RunFile: Hashable, Sendable {
    /// As the messages name it.
    package let name: String
    /// Every leaf, in the file's order.
    package let settings: [Setting]

    /// Reads the file at a path.
    package init(path: String) throws(ConfigurationError) {
        let text: String
        do {
            text = try String(contentsOf: URL(fileURLWithPath: path), encoding: .utf8)
        } catch {
            throw ConfigurationError(.unreadable, "\(path): \(Self.fault(path)); check the path and its rights")
        }
        try self.init(text: text, name: path)
    }

    /// Why a file is no text.
    private static func fault(_ path: String) -> String {
        var isDirectory: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) else { return "there is no such file" }
        if isDirectory.boolValue { return "is a directory" }
        return FileManager.default.isReadableFile(atPath: path) ? "is not UTF-8 text" : "may not be read"
    }

    /// Reads YAML. An empty text is a run file without settings.
    package init(text: String, name: String) throws(ConfigurationError) {
        self.name = name
        guard let root = try Self.compose(text, name: name) else {
            settings = []
            return
        }
        var settings: [Setting] = []
        try Self.flatten(root, prefix: "", file: name, into: &settings)
        var places: [String: String] = [:]
        for setting in settings {
            if let first = places.updateValue(setting.place, forKey: setting.name) {
                throw ConfigurationError(
                    .duplicateKey, "\(setting.place): the key \(setting.name) stands already at \(first); keep one")
            }
        }
        self.settings = settings
    }

    private static func compose(_ text: String, name: String) throws(ConfigurationError) -> Node? {
        do {
            return try Yams.compose(yaml: text)
        } catch YamlError.duplicatedKeysInMapping(let duplicates, let context) {
            let key = duplicates.first ?? ""
            throw ConfigurationError(
                .duplicateKey, "\(name):\(context.mark): the key \(key) stands twice in one map; keep one")
        } catch YamlError.scanner(_, let problem, let mark, _), YamlError.parser(_, let problem, let mark, _),
            YamlError.composer(_, let problem, let mark, _)
        {
            throw ConfigurationError(.syntax, "\(name):\(mark): this is not YAML: \(problem)")
        } catch YamlError.reader(let problem, _, _, _) {
            throw ConfigurationError(.syntax, "\(name): this is not YAML: \(problem)")
        } catch {
            throw ConfigurationError(.syntax, "\(name): this is not YAML")
        }
    }

    fileprivate static func flatten(
        _ node: Node, prefix: String, file: String, into settings: inout [Setting]
    ) throws(ConfigurationError) {
        guard case .mapping(let mapping) = node else {
            throw ConfigurationError(
                .syntax, "\(place(node, file)): a run file is a map of keys, such as \"seed: 1\", not a list or a word")
        }
        for (key, value) in mapping {
            guard let word = key.scalar?.string, !word.isEmpty else {
                throw ConfigurationError(.syntax, "\(place(key, file)): a key must be a word")
            }
            let name = prefix.isEmpty ? word : "\(prefix).\(word)"
            switch value {
            case .mapping: try flatten(value, prefix: name, file: file, into: &settings)
            default:
                guard let written = SettingValue(value) else {
                    throw ConfigurationError(
                        .syntax, "\(place(value, file)): \(name): a value is a scalar or a list of scalars")
                }
                settings.append(Setting(name: name, value: written, place: place(key, file)))
            }
        }
    }

    private static func place(_ node: Node, _ file: String) -> String { node.mark.map { "\(file):\($0)" } ?? file }
}

extension SettingValue {
    /// nil for maps and nested lists.
    init?(_ node: Node) {
        switch node {
        case .scalar(let scalar): self = .scalar(Scalar(scalar))
        case .sequence(let sequence):
            let scalars = sequence.compactMap { $0.scalar.map(Scalar.init) }
            guard scalars.count == sequence.count else { return nil }
            self = .list(scalars)
        default: return nil
        }
    }
}

extension SettingValue.Scalar {
    init(_ scalar: Node.Scalar) { self.init(scalar.string, isPlain: scalar.style == .plain || scalar.style == .any) }
}

extension Setting {
    /// Reads `key=value`, the value being YAML: `acting.unroll=20`, `model.encoder=[64, 64]`; a map, `acting={unroll: 20}`, is as many
    /// settings as it has leaves.
    package static func list(assignment: String) throws(ConfigurationError) -> [Setting] {
        let setting = try Setting(assignment: assignment)
        guard case .scalar(let scalar) = setting.value, !scalar.isPlain, let node = (try? Yams.compose(yaml: scalar.text)).flatMap({ $0 }),
            case .mapping = node
        else { return [setting] }
        var settings: [Setting] = []
        try RunFile.flatten(node, prefix: setting.name, file: setting.place, into: &settings)
        return settings.map { Setting(name: $0.name, value: $0.value, place: setting.place) }
    }

    /// The same, where the value is no map.
    package init(assignment: String) throws(ConfigurationError) {
        guard let equals = assignment.firstIndex(of: "="), equals != assignment.startIndex else {
            throw ConfigurationError(
                .syntax, "--set: \"\(assignment)\" is no assignment; write --set key=value, such as --set seed=1")
        }
        let text = String(assignment[assignment.index(after: equals)...])
        // What isn't a YAML scalar or list (an address with ": ", say) is taken as the text it is.
        let value = (try? Yams.compose(yaml: text)).flatMap { $0 }.flatMap(SettingValue.init)
        self.init(
            name: String(assignment[..<equals]), value: value ?? .scalar(.init(text, isPlain: text.isEmpty)),
            place: "--set")
    }
}
