extension ModelSpec {
    /// Most numbers of an image between two layers.
    package static let imageLimit = 16 * 1024 * 1024
    /// Most parameters of a model: 4 GiB of them.
    package static let parameterLimit = 1 << 30
    /// Most frames of a stack.
    package static let frameStackLimit = 64

    /// What the encoder sees of an environment, and the decoder gives back: its frames in a stack.
    package func observation(of environment: EnvironmentSpec) -> ObservationSpec {
        environment.observation.stacked(frameStack)
    }

    /// The decoder that is built: `decoder`, or the encoder backwards. nil when the encoder doesn't fit the
    /// observations or has no mirror image.
    package func resolvedDecoder(_ observation: ObservationSpec) -> Trunk? {
        guard decoder == .mirrored else { return decoder }
        switch encoder {
        case .dense(let widths): return .dense(widths.reversed())
        case .convolutional(let convolutions, let widths):
            guard var image = observation.image else { return nil }
            var layers: [TransposeConvolution] = []
            for convolution in convolutions {
                guard let next = convolution(image), let layer = convolution.mirrored(to: image) else { return nil }
                layers.append(layer)
                image = next
            }
            return .transposeConvolutional(dense: widths.reversed(), image: image, layers.reversed())
        case .residual(let sections, let widths): return .residual(sections.reversed(), dense: widths.reversed())
        case .transposeConvolutional, .mirrored: return nil
        }
    }

    /// Why the model can't be built for an environment, as a sentence without its end; nil when it can.
    ///
    /// Takes sizes up to 65,536 and allocates nothing of theirs, so that it can judge what came over the wire.
    package func validationError(_ environment: EnvironmentSpec) -> String? {
        guard (1...Self.frameStackLimit).contains(frameStack) else {
            return "a stack has 1 to \(Self.frameStackLimit) frames, not \(frameStack)"
        }
        guard core == .none || core.width > 0 else { return "a core of width \(core.width)" }
        let observation = self.observation(of: environment)
        guard observation.count <= Self.imageLimit else {
            return "a stack of \(frameStack) frames has \(observation.count) numbers"
        }
        for (name, trunk) in [("policy", policy), ("value", value)] {
            guard case .dense = trunk else { return "the \(name) takes dense layers only" }
        }
        switch encoder {
        case .dense: break
        case .convolutional(let convolutions, _):
            if let fault = validationError(of: convolutions, observation) { return fault }
        case .residual(let sections, _):
            if let fault = validationError(of: sections, observation, isDecoder: false) { return fault }
        case .transposeConvolutional, .mirrored: return "the encoder takes dense layers, convolutions or residual sections"
        }
        if autoencoder != .none {
            switch resolvedDecoder(observation) {
            case .dense?: break
            case .transposeConvolutional(_, let image, let layers, _)?:
                if let fault = validationError(of: layers, from: image, observation) { return fault }
            case .residual(let sections, _)?:
                if let fault = validationError(of: sections.reversed(), observation, isDecoder: true) { return fault }
            case .convolutional?: return "the decoder takes dense layers, transpose convolutions or residual sections"
            case .mirrored?, nil:
                return """
                    the encoder has no mirror image for observations \(observation.shape), whose height and width leave \
                    different rests: name the decoder's layers
                    """
            }
        }
        let count = parameterCount(environment)
        return count <= Self.parameterLimit ? nil : "the model has \(count) parameters; allowed are \(Self.parameterLimit)"
    }

    private func validationError(of convolutions: [Convolution], _ observation: ObservationSpec) -> String? {
        guard var image = observation.image else {
            return "convolutions need observations [C, H, W], these are \(observation.shape)"
        }
        for (index, convolution) in convolutions.enumerated() {
            guard let next = convolution(image) else {
                return """
                    the kernel \(convolution.kernel) of convolution \(index) is larger than its image \(image.dims) \
                    with padding \(convolution.padding)
                    """
            }
            guard next.count <= Self.imageLimit else { return "convolution \(index) gives an image of \(next.count) numbers" }
            image = next
        }
        return nil
    }

    private func validationError(
        of layers: [TransposeConvolution], from first: Image, _ observation: ObservationSpec
    ) -> String? {
        guard let last = observation.image else {
            return "transpose convolutions give images [C, H, W], observations are \(observation.shape)"
        }
        var image = first
        guard image.count <= Self.imageLimit else { return "the decoder's first image has \(image.count) numbers" }
        for (index, layer) in layers.enumerated() {
            guard let next = layer(image) else {
                return """
                    transpose convolution \(index) of an image \(image.dims) leaves nothing with padding \(layer.padding), or its \
                    output padding \(layer.outputPadding) is not below its stride \(layer.stride)
                    """
            }
            guard next.count <= Self.imageLimit else {
                return "transpose convolution \(index) gives an image of \(next.count) numbers"
            }
            image = next
        }
        return image == last ? nil : "the decoder gives images \(image.dims), observations are \(last.dims)"
    }

    /// Parameters of all layers, padding of their block not counted.
    /// - Precondition: encoder and decoder fit the observations.
    package func parameterCount(_ environment: EnvironmentSpec) -> Int {
        let observation = self.observation(of: environment)
        var (total, width) = (0, observation.count)
        func dense(_ widths: [Int]) {
            for next in widths {
                total += (width + 1) * next
                width = next
            }
        }
        func heads(_ trunk: Trunk, _ output: Int) {
            guard case .dense(let widths) = trunk else { preconditionFailure("heads are dense, not \(trunk)") }
            width = latentCount + core.width
            dense(widths + [output])
        }

        var encoderWidths: [Int] = []
        switch encoder {
        case .dense(let widths): encoderWidths = widths
        case .convolutional(let convolutions, let widths):
            encoderWidths = widths
            guard var image = observation.image else { preconditionFailure("\(observation.shape) is no image") }
            for convolution in convolutions {
                total += (image.channels * convolution.kernel * convolution.kernel + 1) * convolution.channels
                guard let next = convolution(image) else { preconditionFailure("\(convolution) doesn't fit \(image)") }
                image = next
            }
            width = image.count
        case .residual(let sections, let widths):
            encoderWidths = widths
            guard let image = observation.image else { preconditionFailure("\(observation.shape) is no image") }
            total += Self.parameterCount(sections, from: image)
            width = Self.images(sections, from: image).last!.count
        case .transposeConvolutional, .mirrored: preconditionFailure("no encoder: \(encoder)")
        }
        dense(encoderWidths)
        total += (width + 1) * latentCount * (autoencoder == .vae ? 2 : 1)
        switch core {
        case .none: break
        case .gru(let units): total += 3 * units * (latentCount + units + 2)
        case .lstm(let units): total += 4 * units * (latentCount + units + 2)
        }
        heads(policy, environment.action.parameterCount)
        heads(value, 1)
        guard autoencoder != .none else { return total }
        width = latentCount
        switch resolvedDecoder(observation) {
        case .dense(let widths)?: dense(widths + [observation.count])
        case .transposeConvolutional(let widths, let image, let layers, _)?:
            dense(widths + [image.count])
            var channels = image.channels
            for layer in layers {
                total += (channels * layer.kernel * layer.kernel) * layer.channels + layer.channels
                channels = layer.channels
            }
        case .residual(let sections, let widths)?:
            guard let image = observation.image else { preconditionFailure("\(observation.shape) is no image") }
            let sections = Array(sections.reversed())
            dense(widths + [Self.images(sections, from: image).last!.count])
            total += Self.decoderParameterCount(sections, to: image)
        default: preconditionFailure("no decoder: \(decoder)")
        }
        return total
    }
}
