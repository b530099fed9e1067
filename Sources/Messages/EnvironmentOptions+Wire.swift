import StarlingExperience

extension EnvironmentOptions {
    init(_ wire: WireEnvironmentOptions) throws(MessageError) {
        self.init()
        try Check.count(wire.options.count, upTo: WireLimits.optionCount, "environment.options")
        for option in wire.options {
            let field = "environment.options"
            try Check.count(option.scalars.count, upTo: WireLimits.optionCount, field)
            var scalars: [Scalar] = []
            for scalar in option.scalars { scalars.append(try Scalar(scalar)) }
            guard option.isList || scalars.count == 1 else {
                throw MessageError(.outOfRange, "\(field) has \(scalars.count) values for one that is no list")
            }
            guard self[option.name] == nil, set(option.name, to: option.isList ? .list(scalars) : .scalar(scalars[0])) else {
                throw MessageError(.outOfRange, "\(field) has a name or a number that can't be: \(PrintableText.escaped(option.name))")
            }
        }
    }

    var wire: WireEnvironmentOptions {
        var wire = WireEnvironmentOptions()
        wire.options = values.sorted { $0.key < $1.key }.map { name, value in
            var option = WireEnvironmentOption()
            option.name = name
            switch value {
            case .scalar(let scalar): option.scalars = [scalar.wire]
            case .list(let scalars): (option.scalars, option.isList) = (scalars.map(\.wire), true)
            }
            return option
        }
        return wire
    }
}

extension EnvironmentOptions.Scalar {
    fileprivate init(_ wire: WireOptionScalar) throws(MessageError) {
        switch wire.kind {
        case .truth(let truth)?: self = .truth(truth)
        case .integer(let integer)?: self = .integer(integer)
        case .number(let number)?:
            guard number.isFinite else { throw MessageError(.outOfRange, "environment.options holds \(number)") }
            self = .number(number)
        case .text(let text)?:
            guard text.utf8.count <= WireLimits.textByteCount, PrintableText.isPlain(text) else {
                throw MessageError(.outOfRange, "environment.options holds a text that isn't plain, or of \(text.utf8.count) bytes")
            }
            self = .text(text)
        case nil: self = .null
        }
    }

    fileprivate var wire: WireOptionScalar {
        var wire = WireOptionScalar()
        switch self {
        case .null: break
        case .truth(let truth): wire.truth = truth
        case .integer(let integer): wire.integer = integer
        case .number(let number): wire.number = number
        case .text(let text): wire.text = text
        }
        return wire
    }
}
