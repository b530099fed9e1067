import StarlingExperience

extension ObservationSpec {
    /// In the place of a scalar: there are several parts.
    private static let severalParts: UInt32 = 2

    init(_ wire: WireEnvironment) throws(MessageError) {
        guard wire.observationScalar == Self.severalParts else {
            guard wire.observationParts.isEmpty else {
                throw MessageError(
                    .outOfRange, "environment.observation_scalar is \(wire.observationScalar) beside observation_parts, which takes 2")
            }
            self.init(
                shape: try Self.shape(wire.observationShape, "environment.observation_shape"),
                scalar: try Check.value(wire.observationScalar, "environment.observation_scalar"))
            return
        }
        let field = "environment.observation_parts"
        try Check.count(wire.observationParts.count, upTo: Self.partLimit, field)
        guard !wire.observationParts.isEmpty, wire.observationShape.isEmpty else {
            throw MessageError(.outOfRange, "\(field): several parts have shapes of their own, and are one at least")
        }
        var parts: [Part] = []
        for wire in wire.observationParts {
            parts.append(
                Part(
                    try Check.name(wire.name, "\(field).name"), try Self.shape(wire.shape, "\(field).shape"),
                    try Check.value(wire.scalar, "\(field).scalar")))
        }
        self.init(parts: parts)
        if let fault { throw MessageError(.outOfRange, "\(field): \(fault)") }
        guard self.parts == parts else { throw MessageError(.outOfRange, "\(field): parts of float32 come first") }
        try Self.check(count)
    }

    private static func shape(_ wire: [UInt32], _ field: String) throws(MessageError) -> [Int] {
        try Check.count(wire.count, upTo: WireLimits.rank, field)
        var shape: [Int] = []
        for dimension in wire {
            shape.append(Int(try Check.number(dimension, in: 1...UInt32(WireLimits.scalarCount), field)))
            try check(shape.reduce(1, *))
        }
        return shape
    }

    private static func check(_ count: Int) throws(MessageError) {
        guard count <= WireLimits.scalarCount else {
            throw MessageError(.outOfRange, "observations of more than \(WireLimits.scalarCount) scalars")
        }
    }

    func write(to wire: inout WireEnvironment) {
        guard parts.isEmpty else {
            wire.observationScalar = Self.severalParts
            wire.observationParts = parts.map { part in
                var wire = WireObservationPart()
                wire.name = part.name
                wire.shape = part.shape.map { UInt32($0) }
                wire.scalar = UInt32(part.scalar.rawValue)
                return wire
            }
            return
        }
        wire.observationShape = shape.map { UInt32($0) }
        wire.observationScalar = UInt32(scalar.rawValue)
    }
}

extension ModelSpec.Likelihood {
    /// - Parameter variance: nil where it is none of a Normal.
    init(
        variance: Float?, isBernoulli: Bool, mean: UInt32, learnsVariance: Bool, _ field: String
    ) throws(MessageError) {
        if let variance, variance.isFinite, variance > 0 {
            self = .normal(variance: learnsVariance ? .learned : .fixed(variance), mean: try Check.value(mean, "\(field).normal_mean"))
        } else if isBernoulli, mean == 0 {
            self = .bernoulli
        } else {
            throw MessageError(.outOfRange, "\(field).likelihood is none that is known here")
        }
    }
}

extension WireModel.OneOf_Likelihood? {
    var normalVariance: Float? { if case .normalVariance(let variance)? = self { variance } else { nil } }
}

extension ModelSpec.Branch {
    static func list(_ wire: [WireBranch]) throws(MessageError) -> [Self] {
        try Check.count(wire.count, upTo: ObservationSpec.partLimit, "model.branches")
        var branches: [Self] = []
        for wire in wire { branches.append(try Self(wire)) }
        return branches
    }

    private init(_ wire: WireBranch) throws(MessageError) {
        let field = "model.branches"
        let variance: Float? = if case .normalVariance(let variance)? = wire.likelihood { variance } else { nil }
        self.init(
            try Check.name(wire.name, "\(field).name"),
            encoder: wire.hasEncoder ? try ModelSpec.Trunk(wire.encoder, "\(field).encoder") : nil,
            decoder: wire.hasDecoder ? try ModelSpec.Trunk(wire.decoder, "\(field).decoder") : nil,
            scale: try Check.number(wire.scale, in: Self.scales, "\(field).scale"), isNormalized: wire.normalizes,
            likelihood: try ModelSpec.Likelihood(
                variance: variance, isBernoulli: wire.likelihood == .bernoulli(true), mean: wire.normalMean,
                learnsVariance: wire.learnsVariance, field),
            weight: try Check.number(wire.weight, in: Self.weights, "\(field).weight"))
    }

    var wire: WireBranch {
        var wire = WireBranch()
        wire.name = name
        if let encoder { wire.encoder = encoder.wire }
        if let decoder { wire.decoder = decoder.wire }
        wire.scale = scale
        wire.normalizes = isNormalized
        (wire.likelihood, wire.normalMean, wire.learnsVariance) =
            switch likelihood {
            case .normal(.fixed(let variance), let mean): (.normalVariance(variance), UInt32(mean.rawValue), false)
            case .normal(.learned, let mean): (.normalVariance(1), UInt32(mean.rawValue), true)
            case .bernoulli: (.bernoulli(true), 0, false)
            }
        wire.weight = weight
        return wire
    }
}
