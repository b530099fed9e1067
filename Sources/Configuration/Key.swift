import StarlingExperience

/// One key of a configuration: its name, where its value lives in `Root`, what is allowed and why the default is
/// what it is. The default itself is what a fresh `Root` holds, so it has one home.
///
///     static let keys = KeyTable<VTraceSettings>([
///         .number("discount", \.discount, in: 0...1, "γ; 0.99 looks about 100 steps ahead"),
///     ])
public struct Key<Root: Sendable>: Sendable {
    /// Dotted from the root: `vtrace.discount`.
    public let name: String
    /// What it is, in which unit, and why the default.
    public let reason: String
    /// What its values may be, as a noun: "a number from 0 to 1".
    public let allowed: String
    /// Stores a written value; false when it isn't allowed, and then the root is as before.
    let store: @Sendable (SettingValue, inout Root) -> Bool
    /// The value as YAML that `store` takes again to the last bit.
    let print: @Sendable (Root) -> String
    /// Stores a value of a member of a key that is a map without fixed names: of `environment` the member `kwargs.gravity`. Nil
    /// where the key has none.
    fileprivate(set) var storeMember: (@Sendable (String, SettingValue, inout Root) -> Bool)?

    /// A key of any kind; `KeyTable` has those for numbers, truths, words and lists.
    public init(
        name: String, reason: String, allowed: String,
        store: @escaping @Sendable (SettingValue, inout Root) -> Bool, print: @escaping @Sendable (Root) -> String,
        storeMember: (@Sendable (String, SettingValue, inout Root) -> Bool)? = nil
    ) {
        demand(!reason.contains("\n"), "the reason of \(name) is printed on one line")
        self.name = name
        self.reason = reason
        self.allowed = allowed
        self.store = store
        self.print = print
        self.storeMember = storeMember
    }

    /// The same key where the value may be absent, which is written as a word: `auto`.
    /// - Parameter initial: what a value is stored over.
    public func optional<Outer: Sendable>(
        _ word: String, at path: any WritableKeyPath<Outer, Root?> & Sendable, from initial: Root
    ) -> Key<Outer> {
        Key<Outer>(
            name: name, reason: reason, allowed: "\(allowed), or \(word)",
            store: { value, outer in
                if case .scalar(let scalar) = value, scalar.isPlain, scalar.text == word {
                    outer[keyPath: path] = nil
                    return true
                }
                var root = initial
                guard store(value, &root) else { return false }
                outer[keyPath: path] = root
                return true
            },
            print: { $0[keyPath: path].map(print) ?? word })
    }

    /// The same key as a part of a greater configuration, where it is called `name`.
    func lifted<Outer: Sendable>(
        as name: String, reading: @escaping @Sendable (Outer) -> Root, writing: @escaping @Sendable (inout Outer, Root) -> Void
    ) -> Key<Outer> {
        /// Changes the part of a greater root that this key is of.
        @Sendable func change(_ outer: inout Outer, _ store: (inout Root) -> Bool) -> Bool {
            var root = reading(outer)
            guard store(&root) else { return false }
            writing(&outer, root)
            return true
        }
        var lifted = Key<Outer>(
            name: name, reason: reason, allowed: allowed,
            store: { value, outer in change(&outer) { store(value, &$0) } },
            print: { outer in print(reading(outer)) })
        if let storeMember {
            lifted.storeMember = { member, value, outer in change(&outer) { storeMember(member, value, &$0) } }
        }
        return lifted
    }
}
