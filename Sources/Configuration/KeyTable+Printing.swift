extension KeyTable {
    /// All keys and values of `root` as YAML of nested maps, in table order; `apply` takes it again unchanged.
    /// - Parameters:
    ///   - reasons: whether each key's reason stands above it as a comment.
    ///   - mark: what a comment behind a key's value says.
    package func yaml(of root: Root, reasons: Bool = false, mark: (Key<Root>) -> String? = { _ in nil }) -> String {
        var lines: [String] = []
        Group(keys).append(to: &lines, depth: 0, of: root, reasons: reasons, mark)
        return lines.map { $0 + "\n" }.joined()
    }

    /// Keys whose values differ, with both as YAML.
    package func differences(of root: Root, from other: Root) -> [(name: String, value: String, other: String)] {
        keys.compactMap { key in
            let (value, other) = (key.print(root), key.print(other))
            return value == other ? nil : (key.name, value, other)
        }
    }

    /// A key's value as YAML.
    /// - Precondition: there is such a key.
    package func text(of name: String, in root: Root) -> String {
        guard let key = self[name] else { fatalError("there is no key \(name)") }
        return key.print(root)
    }

    /// A Markdown page's table of all keys, the defaults being those of `defaults`.
    package func reference(defaults: Root) -> String {
        var lines = ["| Key | Default | Allowed | What it is |", "|---|---|---|---|"]
        for key in keys {
            let cells = ["`\(key.name)`", "`\(key.print(defaults))`", key.allowed, key.reason]
            lines.append("| " + cells.map { $0.replacing("|", with: "\\|") }.joined(separator: " | ") + " |")
        }
        return lines.map { $0 + "\n" }.joined()
    }
}

/// Keys that share the first parts of their names.
private struct Group<Root: Sendable> {
    private enum Entry {
        case key(word: String, Key<Root>)
        case group(word: String, Group)
    }
    private var entries: [Entry] = []

    init(_ keys: [Key<Root>]) { self.init(keys.map { (words: $0.name.split(separator: ".")[...], key: $0) }) }

    private init(_ keys: [(words: ArraySlice<Substring>, key: Key<Root>)]) {
        var seen: Set<Substring> = []
        for (words, key) in keys {
            guard let word = words.first, seen.insert(word).inserted else { continue }
            if words.count == 1 {
                entries.append(.key(word: String(word), key))
            } else {
                let members = keys.filter { $0.words.first == word }.map { (words: $0.words.dropFirst(), key: $0.key) }
                entries.append(.group(word: String(word), Group(members)))
            }
        }
    }

    func append(to lines: inout [String], depth: Int, of root: Root, reasons: Bool, _ mark: (Key<Root>) -> String?) {
        let indent = String(repeating: "  ", count: depth)
        for entry in entries {
            switch entry {
            case .key(let word, let key):
                if reasons { lines.append("\(indent)# \(key.reason) (\(key.allowed))") }
                lines.append("\(indent)\(word): \(key.print(root))\(mark(key).map { "  # \($0)" } ?? "")")
            case .group(let word, let group):
                lines.append("\(indent)\(word):")
                group.append(to: &lines, depth: depth + 1, of: root, reasons: reasons, mark)
            }
        }
    }
}
