extension ModelArchitecture {
    static func encoder(
        _ model: ModelSpec, from dims: [Int], _ environment: EnvironmentSpec
    ) throws(ModelValidationError) -> ModelPart {
        var encoder = ModelPart("encoder", from: dims, model.activation, .always)
        if let width = model.embedding {
            if let fault = model.embeddingFault(environment) { throw ModelValidationError(fault) }
            encoder.embedding(width, of: environment.idCount)
        }
        switch model.encoder {
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

    static func core(_ core: ModelSpec.Core, from width: Int, _ activation: ModelSpec.Activation) -> ModelPart? {
        var part = ModelPart("core", from: [width], activation, .always)
        switch core {
        case .none: return nil
        case .gru(let units): part.recurrent(.gru, units)
        case .lstm(let units): part.recurrent(.lstm, units)
        }
        return part
    }

    /// - Parameter count: numbers of one frame.
    static func normalizer(_ count: Int, _ dims: [Int], _ activation: ModelSpec.Activation) -> ModelPart {
        var part = ModelPart("normalizer", from: dims, activation, .always)
        part.append(
            .normalization(limit: normalizedLimit), to: dims,
            [
                ParameterSpec(normalizerMean, [count], .constant(0)), ParameterSpec(normalizerScale, [count], .constant(1)),
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

    /// - Precondition: the encoder fits the observations.
    static func decoder(
        _ model: ModelSpec, to observation: ObservationSpec, as dims: [Int]
    ) throws(ModelValidationError) -> ModelPart {
        var decoder = ModelPart("decoder", from: [model.latentCount], model.activation, .never)
        switch model.decoder == .mirrored ? try mirrored(model.encoder, observation) : model.decoder {
        case .dense(let widths):
            decoder.dense(widths)
            decoder.dense(observation.count, "decoder.output", gain: 1)
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
        _ encoder: ModelSpec.Trunk, _ observation: ObservationSpec
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
    var worksOnImages: Bool {
        switch self {
        case .convolutional, .transposeConvolutional, .residual: true
        case .dense, .mirrored: false
        }
    }
}
