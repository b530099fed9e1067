extension Key {
    /// A real number. A range from `.leastNonzeroMagnitude` reads "greater than 0", one to
    /// `.greatestFiniteMagnitude` "at least".
    public static func number<Number>(
        _ name: String, _ path: any WritableKeyPath<Root, Number> & Sendable, in range: ClosedRange<Number>,
        _ reason: String
    ) -> Key where Number: BinaryFloatingPoint & LosslessStringConvertible & Sendable {
        Key(
            name: name, reason: reason, allowed: Form.number(range),
            store: { value, root in
                guard let number: Number = value.scalar?.number(), range.contains(number) else { return false }
                root[keyPath: path] = number
                return true
            },
            print: { Form.print($0[keyPath: path]) })
    }

    /// A real number or `null`.
    public static func optionalNumber<Number>(
        _ name: String, _ path: any WritableKeyPath<Root, Number?> & Sendable, in range: ClosedRange<Number>,
        _ reason: String
    ) -> Key where Number: BinaryFloatingPoint & LosslessStringConvertible & Sendable {
        Key(
            name: name, reason: reason, allowed: Form.number(range) + ", or null",
            store: { value, root in
                guard let scalar = value.scalar else { return false }
                let number: Number? = scalar.number()
                guard scalar.isNull || number.map(range.contains) == true else { return false }
                root[keyPath: path] = number
                return true
            },
            print: { $0[keyPath: path].map(Form.print) ?? "null" })
    }

    /// A whole number. `1e6` and `1_000_000` are whole numbers too.
    public static func integer<Integer>(
        _ name: String, _ path: any WritableKeyPath<Root, Integer> & Sendable, in range: ClosedRange<Integer>,
        _ reason: String
    ) -> Key where Integer: FixedWidthInteger & Sendable {
        Key(
            name: name, reason: reason, allowed: Form.integer(range),
            store: { value, root in
                guard let integer: Integer = value.scalar?.integer(), range.contains(integer) else { return false }
                root[keyPath: path] = integer
                return true
            },
            print: { String($0[keyPath: path]) })
    }

    /// A whole number or `null`.
    public static func optionalInteger<Integer>(
        _ name: String, _ path: any WritableKeyPath<Root, Integer?> & Sendable, in range: ClosedRange<Integer>,
        _ reason: String
    ) -> Key where Integer: FixedWidthInteger & Sendable {
        Key(
            name: name, reason: reason, allowed: Form.integer(range) + ", or null",
            store: { value, root in
                guard let scalar = value.scalar else { return false }
                let integer: Integer? = scalar.integer()
                guard scalar.isNull || integer.map(range.contains) == true else { return false }
                root[keyPath: path] = integer
                return true
            },
            print: { $0[keyPath: path].map { String($0) } ?? "null" })
    }

    /// `true` or `false`.
    public static func boolean(
        _ name: String, _ path: any WritableKeyPath<Root, Bool> & Sendable, _ reason: String
    ) -> Key {
        Key(
            name: name, reason: reason, allowed: "true or false",
            store: { value, root in
                guard let scalar = value.scalar, scalar.isPlain, let truth = Bool(scalar.text) else { return false }
                root[keyPath: path] = truth
                return true
            },
            print: { $0[keyPath: path] ? "true" : "false" })
    }

    /// Words.
    /// - Parameter allowed: what they mean, as a noun.
    public static func text(
        _ name: String, _ path: any WritableKeyPath<Root, String> & Sendable, allowed: String = "a text",
        _ reason: String
    ) -> Key {
        Key(
            name: name, reason: reason, allowed: allowed,
            store: { value, root in
                guard let scalar = value.scalar, !scalar.isNull else { return false }
                root[keyPath: path] = scalar.text
                return true
            },
            print: { Form.print($0[keyPath: path]) })
    }

    /// Words or `null`.
    public static func optionalText(
        _ name: String, _ path: any WritableKeyPath<Root, String?> & Sendable, allowed: String = "a text",
        _ reason: String
    ) -> Key {
        Key(
            name: name, reason: reason, allowed: allowed + ", or null",
            store: { value, root in
                guard let scalar = value.scalar else { return false }
                root[keyPath: path] = scalar.isNull ? nil : scalar.text
                return true
            },
            print: { $0[keyPath: path].map(Form.print) ?? "null" })
    }
}
