import StarlingExperience

/// All keys of a configuration, in the order in which they are printed.
public struct KeyTable<Root: Sendable>: Sendable {
    /// In the order in which pages and files have them.
    public let keys: [Key<Root>]
    private let positions: [String: Int]

    /// - Precondition: no name twice, and none that is also a group of others.
    public init(_ keys: [Key<Root>]) {
        self.keys = keys
        var positions: [String: Int] = [:]
        for (position, key) in keys.enumerated() {
            demand(positions.updateValue(position, forKey: key.name) == nil, "the key \(key.name) is listed twice: keep one")
        }
        for key in keys {
            var group = key.name
            while let dot = group.lastIndex(of: ".") {
                group = String(group[..<dot])
                demand(positions[group] == nil, "\(group) is both a key and the first part of \(key.name): rename one of them")
            }
        }
        self.positions = positions
    }

    /// The key of this name.
    public subscript(name: String) -> Key<Root>? { positions[name].map { keys[$0] } }

    /// The key that the first words of this name are, where that takes members, and the rest of the name.
    func member(_ name: String) -> (key: Key<Root>, member: String)? {
        var group = name[...]
        while let dot = group.lastIndex(of: ".") {
            group = group[..<dot]
            guard let key = self[String(group)] else { continue }
            return key.storeMember == nil ? nil : (key, String(name[name.index(after: dot)...]))
        }
        return nil
    }

    /// The same keys for a greater root that holds this one: `discount` becomes `vtrace.discount`.
    public func nested<Outer: Sendable>(
        under name: String, at path: any WritableKeyPath<Outer, Root> & Sendable
    ) -> KeyTable<Outer> {
        nested(under: name, reading: { $0[keyPath: path] }, writing: { $0[keyPath: path] = $1 })
    }

    /// The same for a root that holds this one where no key path leads.
    public func nested<Outer: Sendable>(
        under name: String, reading: @escaping @Sendable (Outer) -> Root,
        writing: @escaping @Sendable (inout Outer, Root) -> Void
    ) -> KeyTable<Outer> {
        KeyTable<Outer>(keys.map { $0.lifted(as: "\(name).\($0.name)", reading: reading, writing: writing) })
    }

    /// The same keys, with the same names, for a greater root that holds this one.
    public func inside<Outer: Sendable>(_ path: any WritableKeyPath<Outer, Root> & Sendable) -> KeyTable<Outer> {
        KeyTable<Outer>(keys.map { $0.lifted(as: $0.name, reading: { $0[keyPath: path] }, writing: { $0[keyPath: path] = $1 }) })
    }

    /// The keys of both, the first's before the second's.
    public static func + (first: KeyTable, second: KeyTable) -> KeyTable { KeyTable(first.keys + second.keys) }
}
