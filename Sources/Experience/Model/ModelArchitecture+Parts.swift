extension ModelArchitecture {
    static func encoder(
        _ trunk: ModelSpec.Trunk, _ name: String, from dims: [Int], _ activation: ModelSpec.Activation,
        embedding: (width: Int, count: Int)? = nil
    ) throws(ModelValidationError) -> ModelPart {
        var encoder = ModelPart(name, from: dims, activation, .always)
        if let embedding { encoder.embedding(embedding.width, of: embedding.count) }
        switch trunk {
        case .dense(let widths): encoder.dense(widths)
        case .convolutional(let convolutions, let widths):
            try encoder.convolutions(convolutions)
            encoder.dense(widths)
        case .residual(let sections, let widths):
            try encoder.residual(sections)
            encoder.dense(widths)
        case .transposeConvolutional, .mirrored:
            throw ModelValidationError("the encoder takes dense layers, convolutions or residual sections")
        }
        encoder.reshape([encoder.width])
        return encoder
    }

    /// The layers behind the branches of observations of several parts, which see what these give side by side.
    static func joined(_ model: ModelSpec, _ branches: [ModelBranch]) throws(ModelValidationError) -> ModelPart {
        guard case .dense = model.encoder else {
            throw ModelValidationError("what stands behind the parts of an observation takes dense layers only")
        }
        let width = branches.reduce(0) { $0 + ($1.encoder?.width ?? 0) }
        guard width <= ModelSpec.imageLimit else { throw ModelValidationError("the parts of an observation give \(width) numbers") }
        return try encoder(model.encoder, "encoder", from: [width], model.activation)
    }

    /// The layers before the branches of a decoder of several parts.
    static func shared(_ model: ModelSpec) throws(ModelValidationError) -> ModelPart {
        var decoder = ModelPart("decoder", from: [model.latentCount], model.activation, .never)
        switch (model.decoder, model.encoder) {
        case (.mirrored, .dense(let widths)): decoder.dense(widths.reversed())
        case (.dense(let widths), _): decoder.dense(widths)
        default: throw ModelValidationError("what stands before the parts of an observation takes dense layers only")
        }
        return decoder
    }

    static func core(_ core: ModelSpec.Core, from width: Int, _ activation: ModelSpec.Activation) -> ModelPart? {
        var part = ModelPart("core", from: [width], activation, .always)
        switch core {
        case .none: return nil
        case .gru(let units): part.recurrent(.gru, units)
        case .lstm(let units): part.recurrent(.lstm, units)
        }
        return part
    }

    /// - Parameters:
    ///   - name: of the observation's part.
    ///   - count: numbers of one frame.
    static func normalizer(_ name: String?, _ count: Int, _ dims: [Int], _ activation: ModelSpec.Activation) -> ModelPart {
        var part = ModelPart(ModelBranch.module("normalizer", name), from: dims, activation, .always)
        part.append(
            .normalization(limit: normalizedLimit), to: dims,
            [
                ParameterSpec("\(part.name).mean", [count], .constant(0)), ParameterSpec("\(part.name).scale", [count], .constant(1)),
            ])
        return part
    }

    /// Zeros to begin with.
    static func statistics(_ name: String, _ parameters: [(name: String, count: Int)]) -> ModelPart {
        var part = ModelPart(name, from: [0], .relu, .never)
        part.append(
            .statistics, to: [0], parameters.map { ParameterSpec($0.name, [$0.count], .constant(0)) })
        return part
    }

    /// - Parameters:
    ///   - encoder: what a mirrored one is the mirror of; it fits the observations. nil: there is none.
    ///   - input: dimensions of what it is given.
    static func decoder(
        _ trunk: ModelSpec.Trunk, mirroring encoder: ModelSpec.Trunk?, _ name: String, from input: [Int],
        to observation: ObservationSpec.Part, as dims: [Int], _ activation: ModelSpec.Activation
    ) throws(ModelValidationError) -> ModelPart {
        var decoder = ModelPart(name, from: input, activation, .never)
        var trunk = trunk
        if trunk == .mirrored {
            guard let encoder else { throw ModelValidationError("the decoder mirrors an encoder, and the part has none") }
            trunk = try mirrored(encoder, observation)
        }
        switch trunk {
        case .dense(let widths):
            decoder.dense(widths)
            decoder.dense(observation.count, "\(name).output", gain: 1)
            decoder.reshape(dims)
        case .transposeConvolutional(let widths, let image, let convolutions, let isImageLinear):
            decoder.dense(widths)
            try decoder.transposeConvolutions(convolutions, from: image, isImageLinear: isImageLinear, to: observation)
        case .residual(let sections, let widths):
            decoder.dense(widths)
            try decoder.residual(sections, to: observation)
        case .convolutional, .mirrored:
            throw ModelValidationError("the decoder takes dense layers, transpose convolutions or residual sections")
        }
        return decoder
    }

    /// The decoder that is the encoder backwards.
    private static func mirrored(
        _ encoder: ModelSpec.Trunk, _ observation: ObservationSpec.Part
    ) throws(ModelValidationError) -> ModelSpec.Trunk {
        switch encoder {
        case .dense(let widths): return .dense(widths.reversed())
        case .convolutional(let convolutions, let widths):
            guard var image = observation.image else { preconditionFailure("\(observation.shape) is no image") }
            var layers: [ModelSpec.TransposeConvolution] = []
            for convolution in convolutions {
                guard let next = convolution(image), let layer = convolution.mirrored(to: image) else {
                    throw ModelValidationError(
                        """
                        the encoder has no mirror image for observations \(observation.shape), whose height and width leave \
                        different rests: name the decoder's layers
                        """)
                }
                layers.append(layer)
                image = next
            }
            return .transposeConvolutional(dense: widths.reversed(), image: image, layers.reversed())
        case .residual(let sections, let widths): return .residual(sections.reversed(), dense: widths.reversed())
        case .transposeConvolutional, .mirrored: preconditionFailure("no encoder: \(encoder)")
        }
    }
}

extension ModelSpec.Trunk {
    /// Whether a decoder of a part can be the encoder backwards.
    package func hasMirror(for part: ObservationSpec.Part) -> Bool {
        guard part.isImage || !worksOnImages else { return false }
        let dims = worksOnImages ? part.shape : [part.count]
        return (try? ModelArchitecture.decoder(.mirrored, mirroring: self, "", from: [1], to: part, as: dims, .relu)) != nil
    }

    var worksOnImages: Bool {
        switch self {
        case .convolutional, .transposeConvolutional, .residual: true
        case .dense, .mirrored: false
        }
    }
}
