public import StarlingExperience

/// Environments that a recipe can tell more than their names:
///
/// ```swift
/// .init("maze", summary: "Find the exit.", options: [.init("size", "Rows and columns, 2 to 64; default 8.")]) { options in
///     Maze(size: try options.integer("size", in: 2...64, default: 8))
/// }
/// ```
///
/// and then `environment: {name: maze, size: 12}`, or `--set environment.size=12`.
extension EnvironmentRegistry.Entry {
    /// - Parameters:
    ///   - options: what it can be told; whatever else a recipe says is refused by name.
    ///   - make: makes an environment of what it is told, also of nothing; called once for every environment of a batch. What it throws
    ///     is told in one line: see `EnvironmentOptions.integer(_:in:default:)` and its neighbours.
    @inlinable
    public init<E: Environment>(
        _ name: String, summary: String = "", options: [Option], _ make: @escaping @Sendable (EnvironmentOptions) throws -> E
    ) {
        self.init(name, summary, options: options, make) { loop in
            { loop.step(actions: $0, rows: $1, rewards: $2, kinds: $3) }
        }
    }

    /// - Parameters:
    ///   - options: what it can be told; whatever else a recipe says is refused by name.
    ///   - make: makes an environment of what it is told, also of nothing; called once for every environment of a batch.
    @inlinable
    public init<E: MultiDiscreteEnvironment>(
        _ name: String, summary: String = "", options: [Option], _ make: @escaping @Sendable (EnvironmentOptions) throws -> E
    ) {
        self.init(name, summary, options: options, make) { loop in
            { loop.step(actions: $0, rows: $1, rewards: $2, kinds: $3) }
        }
    }

    /// - Parameters:
    ///   - options: what it can be told; whatever else a recipe says is refused by name.
    ///   - make: makes an environment of what it is told, also of nothing; called once for every environment of a batch.
    @inlinable
    public init<E: ContinuousEnvironment>(
        _ name: String, summary: String = "", options: [Option], _ make: @escaping @Sendable (EnvironmentOptions) throws -> E
    ) {
        self.init(name, summary, options: options, make) { loop in
            { loop.step(actions: $0, rows: $1, rewards: $2, kinds: $3) }
        }
    }
}

/// What an environment was told, of the type and within the bounds that it can take.
extension EnvironmentOptions {
    /// - Throws: `EnvironmentError` that names the option, its bounds and what it is.
    public func integer(_ name: String, in bounds: ClosedRange<Int>, default value: Int) throws(EnvironmentError) -> Int {
        guard let told = try told(name) else { return value }
        guard case .scalar(.integer(let integer)) = told, let integer = Int(exactly: integer), bounds.contains(integer) else {
            throw invalid(name, "must be a whole number from \(bounds.lowerBound) to \(bounds.upperBound)")
        }
        return integer
    }

    /// - Throws: `EnvironmentError` that names the option, its bounds and what it is.
    public func number(_ name: String, in bounds: ClosedRange<Double>, default value: Double) throws(EnvironmentError) -> Double {
        guard try told(name) != nil else { return value }
        guard let number = number(name), bounds.contains(number) else {
            throw invalid(name, "must be a number from \(bounds.lowerBound) to \(bounds.upperBound)")
        }
        return number
    }

    /// - Throws: `EnvironmentError` that names the option and what it is.
    public func truth(_ name: String, default value: Bool) throws(EnvironmentError) -> Bool {
        guard let told = try told(name) else { return value }
        guard case .scalar(.truth(let truth)) = told else { throw invalid(name, "must be true or false") }
        return truth
    }

    /// - Throws: `EnvironmentError` that names the option, what it can be and what it is.
    public func text(_ name: String, among texts: [String], default value: String) throws(EnvironmentError) -> String {
        guard try told(name) != nil else { return value }
        guard let text = text(name), texts.contains(text) else { throw invalid(name, "must be \(texts.joined(separator: " or "))") }
        return text
    }

    /// - Throws: `EnvironmentError` that names the option and what it is.
    public func texts(_ name: String, default value: [String]) throws(EnvironmentError) -> [String] {
        guard let told = try told(name) else { return value }
        guard case .list(let scalars) = told else { throw invalid(name, "must be a list of texts") }
        var texts: [String] = []
        for scalar in scalars {
            guard case .text(let text) = scalar else { throw invalid(name, "must be a list of texts") }
            texts.append(text)
        }
        return texts
    }

    /// - Throws: where it is a map.
    private func told(_ name: String) throws(EnvironmentError) -> Value? {
        guard !values.keys.contains(where: { $0.hasPrefix(name + ".") }) else {
            throw EnvironmentError(.badOption, "environment.\(name) must be one value or a list, and is a map")
        }
        return values[name]
    }

    /// What is told of an option that can't be what it is: "environment.size must be even, and is 3".
    public func invalid(_ name: String, _ rule: String) -> EnvironmentError {
        var value = ""
        if let told = values[name] {
            var alone = Self()
            _ = alone.set("v", to: told)
            value = ", and is \(alone.description.dropFirst("{v: ".count).dropLast())"
        }
        return EnvironmentError(.badOption, "environment.\(name) \(rule)\(value)")
    }
}
