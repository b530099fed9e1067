extension Key {
    /// A list of whole numbers, each in the range: `[64, 64]`. A single number is a list of one.
    public static func integers<Integer>(
        _ name: String, _ path: any WritableKeyPath<Root, [Integer]> & Sendable, in range: ClosedRange<Integer>,
        _ reason: String
    ) -> Key where Integer: FixedWidthInteger & Sendable {
        Key(
            name: name, reason: reason, allowed: "a list, each of it " + Form.integer(range),
            store: { value, root in
                let integers: [Integer] = value.scalars.compactMap { $0.integer() }
                guard integers.count == value.scalars.count, integers.allSatisfy(range.contains) else { return false }
                root[keyPath: path] = integers
                return true
            },
            print: { Form.list($0[keyPath: path].map { String($0) }) })
    }

    /// A list of real numbers, each in the range: `[2.4, 3]`. A single number is a list of one.
    public static func numbers<Number>(
        _ name: String, _ path: any WritableKeyPath<Root, [Number]> & Sendable, in range: ClosedRange<Number>,
        _ reason: String
    ) -> Key where Number: BinaryFloatingPoint & LosslessStringConvertible & Sendable {
        Key(
            name: name, reason: reason, allowed: "a list, each of it " + Form.number(range),
            store: { value, root in
                let numbers: [Number] = value.scalars.compactMap { $0.number() }
                guard numbers.count == value.scalars.count, numbers.allSatisfy(range.contains) else { return false }
                root[keyPath: path] = numbers
                return true
            },
            print: { Form.list($0[keyPath: path].map(Form.print)) })
    }

    /// One of named values.
    public static func choice<Value>(
        _ name: String, _ path: any WritableKeyPath<Root, Value> & Sendable, _ choices: [(name: String, value: Value)],
        _ reason: String
    ) -> Key where Value: Equatable & Sendable {
        Key(
            name: name, reason: reason, allowed: "one of " + choices.map(\.name).joined(separator: ", "),
            store: { value, root in
                guard let word = value.scalar?.text, let choice = choices.first(where: { $0.name == word }) else {
                    return false
                }
                root[keyPath: path] = choice.value
                return true
            },
            print: { root in
                guard let choice = choices.first(where: { $0.value == root[keyPath: path] }) else {
                    fatalError("\(name) holds \(root[keyPath: path]), which is none of its choices")
                }
                return Form.print(choice.name)
            })
    }

    /// One of the cases of an enumeration; `vaeOnly` is written `vae_only`.
    public static func choice<Value>(
        _ name: String, _ path: any WritableKeyPath<Root, Value> & Sendable, _ reason: String
    ) -> Key where Value: CaseIterable & Equatable & Sendable {
        choice(name, path, Value.allCases.map { (Form.snakeCase(String(describing: $0)), $0) }, reason)
    }
}

extension SettingValue {
    var scalars: [Scalar] {
        switch self {
        case .scalar(let scalar): [scalar]
        case .list(let scalars): scalars
        }
    }
}
