import StarlingExperience

extension UnrollSchema {
    var wire: WireSchema {
        var wire = WireSchema()
        wire.columns = columns.map(\.wire)
        return wire
    }

    /// What a learner's schema has otherwise than this one, for people. Read column by column as it came, since what makes them
    /// differ may well be something that is not known here.
    func difference(from told: WireSchema) throws(MessageError) -> String {
        try Check.count(told.columns.count, upTo: WireLimits.columnCount, "schema.columns")
        for column in told.columns {
            let name = try Check.name(column.name, "schema.columns.name")
            guard let own = self[UnrollColumn.Name(rawValue: name)] else {
                return "unrolls with a column \(name), which this build can't make"
            }
            if let difference = own.difference(from: column) { return "unrolls whose column \(name) has \(difference)" }
        }
        for (index, own) in columns.enumerated() {
            guard told.columns.contains(where: { $0.name == own.name.rawValue }) else {
                return "unrolls without the column \(own.name), which this build sends"
            }
            guard told.columns[index].name == own.name.rawValue else { return "unrolls with their columns in another order" }
        }
        return "unrolls of another schema"
    }
}

extension UnrollColumn {
    fileprivate var wire: WireColumn {
        var wire = WireColumn()
        wire.name = name.rawValue
        wire.scalar = UInt32(scalar.rawValue)
        wire.width = UInt32(width)
        wire.extent = UInt32(extent.code)
        wire.history = UInt32(extent.history)
        wire.rules = rules.map { rule in
            var wire = WireRule()
            let code = rule.code
            (wire.kind, wire.number, wire.limit) = (UInt32(code.kind), code.number, code.limit)
            return wire
        }
        return wire
    }

    fileprivate func difference(from told: WireColumn) -> String? {
        let own = wire
        if told.scalar != own.scalar { return "scalars of kind \(told.scalar) where this build has \(own.scalar)" }
        if told.width != own.width { return "\(told.width) numbers a row where this build has \(own.width)" }
        if (told.extent, told.history) != (own.extent, own.history) { return "other rows than in this build" }
        return told == own ? nil : "other rules than in this build"
    }
}

extension ActingScalars {
    init(_ wire: WireActingScalars) throws(MessageError) {
        self.init(
            epsilon: try Check.number(wire.epsilon, in: Self.epsilons, "scalars.epsilon"),
            temperature: wire.temperature == 0
                ? 1 : try Check.number(wire.temperature, in: Self.temperatures, "scalars.temperature"))
    }

    /// Nil for what absence means.
    var wire: WireActingScalars? {
        guard self != ActingScalars() else { return nil }
        var wire = WireActingScalars()
        wire.epsilon = epsilon
        wire.temperature = wireTemperature
        return wire
    }

    /// 0 stands for 1.
    var wireTemperature: Float { temperature == 1 ? 0 : temperature }
}
