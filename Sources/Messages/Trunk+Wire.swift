import StarlingExperience

// A trunk alone is checked for the bounds of each number; whether its layers fit each other and the observations is
// told by `ModelSpec.validationError`, before anything of their size is allocated.

extension ModelSpec.Trunk {
    init(_ wire: WireTrunk, _ field: String) throws(MessageError) {
        switch wire.kind {
        case .dense(let dense)?: self = .dense(try Self.widths(dense.widths, field))
        case .convolutional(let trunk)?:
            try Check.count(trunk.convolutions.count, upTo: WireLimits.layerCount, field)
            var convolutions: [ModelSpec.Convolution] = []
            for wire in trunk.convolutions { convolutions.append(try ModelSpec.Convolution(wire, field)) }
            self = .convolutional(convolutions, dense: try Self.widths(trunk.widths, field))
        case .transposeConvolutional(let trunk)?:
            try Check.count(trunk.convolutions.count, upTo: WireLimits.layerCount, field)
            var convolutions: [ModelSpec.TransposeConvolution] = []
            for wire in trunk.convolutions { convolutions.append(try ModelSpec.TransposeConvolution(wire, field)) }
            let image = ModelSpec.Image(
                channels: try Self.size(trunk.channels, field), height: try Self.size(trunk.height, field),
                width: try Self.size(trunk.width, field))
            self = .transposeConvolutional(
                dense: try Self.widths(trunk.widths, field), image: image, convolutions,
                isImageLinear: trunk.isImageLinear)
        case .mirrored?: self = .mirrored
        case .residual(let trunk)?:
            try Check.count(trunk.sections.count, upTo: WireLimits.layerCount, field)
            var sections: [ModelSpec.ResidualSection] = []
            for wire in trunk.sections { sections.append(try ModelSpec.ResidualSection(wire, field)) }
            self = .residual(sections, dense: try Self.widths(trunk.widths, field))
        case nil: throw MessageError(.outOfRange, "\(field) is of no kind that is known here")
        }
    }

    var wire: WireTrunk {
        var wire = WireTrunk()
        switch self {
        case .dense(let widths): wire.dense.widths = widths.map { UInt32($0) }
        case .convolutional(let convolutions, let widths):
            wire.convolutional.convolutions = convolutions.map(\.wire)
            wire.convolutional.widths = widths.map { UInt32($0) }
        case .transposeConvolutional(let widths, let image, let convolutions, let isImageLinear):
            var trunk = WireTransposeConvolutional()
            trunk.widths = widths.map { UInt32($0) }
            trunk.channels = UInt32(image.channels)
            trunk.height = UInt32(image.height)
            trunk.width = UInt32(image.width)
            trunk.convolutions = convolutions.map(\.wire)
            trunk.isImageLinear = isImageLinear
            wire.transposeConvolutional = trunk
        case .mirrored: wire.mirrored = WireMirrored()
        case .residual(let sections, let widths):
            wire.residual.sections = sections.map(\.wire)
            wire.residual.widths = widths.map { UInt32($0) }
        }
        return wire
    }

    private static func widths(_ wire: [UInt32], _ field: String) throws(MessageError) -> [Int] {
        try Check.count(wire.count, upTo: WireLimits.layerCount, field)
        var widths: [Int] = []
        for width in wire { widths.append(try size(width, field)) }
        return widths
    }

    fileprivate static func size(_ size: UInt32, _ field: String) throws(MessageError) -> Int {
        Int(try Check.number(size, in: 1...65_536, field))
    }
}

extension WireConvolution {
    /// The numbers that both kinds have.
    fileprivate func check(_ field: String) throws(MessageError) {
        _ = try ModelSpec.Trunk.size(channels, "\(field).channels")
        _ = try Check.number(kernel, in: 1...WireLimits.kernelSide, "\(field).kernel")
        _ = try Check.number(stride, in: 1...WireLimits.kernelSide, "\(field).stride")
        _ = try Check.number(padding, in: 0...WireLimits.kernelSide, "\(field).padding")
        _ = try Check.number(outputPadding, in: 0...WireLimits.kernelSide, "\(field).output_padding")
    }
}

extension ModelSpec.Convolution {
    fileprivate init(_ wire: WireConvolution, _ field: String) throws(MessageError) {
        try wire.check(field)
        guard wire.outputPadding == 0 else {
            throw MessageError(.outOfRange, "\(field).output_padding is for transpose convolutions only")
        }
        self.init(Int(wire.channels), kernel: Int(wire.kernel), stride: Int(wire.stride), padding: Int(wire.padding))
    }

    fileprivate var wire: WireConvolution {
        var wire = WireConvolution()
        wire.channels = UInt32(channels)
        wire.kernel = UInt32(kernel)
        wire.stride = UInt32(stride)
        wire.padding = UInt32(padding)
        return wire
    }
}

extension ModelSpec.TransposeConvolution {
    fileprivate init(_ wire: WireConvolution, _ field: String) throws(MessageError) {
        try wire.check(field)
        self.init(
            Int(wire.channels), kernel: Int(wire.kernel), stride: Int(wire.stride), padding: Int(wire.padding),
            outputPadding: Int(wire.outputPadding))
    }

    fileprivate var wire: WireConvolution {
        var wire = WireConvolution()
        wire.channels = UInt32(channels)
        wire.kernel = UInt32(kernel)
        wire.stride = UInt32(stride)
        wire.padding = UInt32(padding)
        wire.outputPadding = UInt32(outputPadding)
        return wire
    }
}

extension ModelSpec.ResidualSection {
    fileprivate init(_ wire: WireResidualSection, _ field: String) throws(MessageError) {
        self.init(
            Int(try ModelSpec.Trunk.size(wire.channels, "\(field).channels")),
            blocks: Int(try Check.number(wire.blocks, in: 0...UInt32(WireLimits.layerCount), "\(field).blocks")))
    }

    fileprivate var wire: WireResidualSection {
        var wire = WireResidualSection()
        wire.channels = UInt32(channels)
        wire.blocks = UInt32(blocks)
        return wire
    }
}
