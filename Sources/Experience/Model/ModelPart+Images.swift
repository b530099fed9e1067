extension ModelPart {
    /// What a residual section's convolutions read is not scaled down on its way, and what blocks read and rectify may stay
    /// small: each adds about a quarter to the variance of the image, so that twelve convolutions in a row end near where they
    /// began.
    private static let residualGain: Float = 1

    /// Layers of a head that sees images: convolutions, hidden layers of these widths and an output without activation, called `name.output`.
    /// - Parameters:
    ///   - image: `[C, H, W]`.
    ///   - gain: of the output's initial weights.
    /// - Throws: where a kernel is larger than what it sees.
    public static func head(
        _ name: String, from image: [Int], convolutions: [ModelSpec.Convolution], hidden widths: [Int], output: (name: String, width: Int),
        gain: Float, _ activation: ModelSpec.Activation, _ publication: Publication
    ) throws(ModelValidationError) -> ModelPart {
        var head = ModelPart(name, from: image, activation, publication)
        try head.convolutions(convolutions)
        head.dense(widths)
        head.dense(output.width, "\(name).\(output.name)", gain: gain)
        return head
    }

    /// Adds hidden convolutions.
    mutating func convolutions(_ convolutions: [ModelSpec.Convolution]) throws(ModelValidationError) {
        guard var image = ModelSpec.Image(output) else {
            throw ModelValidationError("convolutions need observations [C, H, W], these are \(output)")
        }
        for (index, convolution) in convolutions.enumerated() {
            guard let next = convolution(image) else {
                throw ModelValidationError(
                    """
                    the kernel \(convolution.kernel) of convolution \(index) is larger than its image \(image.dims) \
                    with padding \(convolution.padding)
                    """)
            }
            image = try next.checked("convolution \(index) gives an image of")
            append(convolution, nextName(), to: next, gain: Self.hiddenGain)
            activate()
        }
    }

    /// Adds an encoder's residual sections and the activation behind the last.
    mutating func residual(_ sections: [ModelSpec.ResidualSection]) throws(ModelValidationError) {
        guard let observation = ModelSpec.Image(output) else {
            throw ModelValidationError("residual sections need observations [C, H, W], these are \(output)")
        }
        if sections.isEmpty { throw ModelValidationError("a residual encoder needs a section") }
        var image = observation
        for (index, section) in sections.enumerated() {
            let name = nextName()
            let convolution = ModelSpec.ResidualSection.convolution(section.channels)
            let pool = ModelSpec.ResidualSection.pool
            let unpooled = ModelSpec.Image(channels: section.channels, height: image.height, width: image.width)
            append(
                convolution, "\(name).convolution", to: try unpooled.checked("residual section \(index) gives an image of"),
                gain: Self.residualGain)
            image = section(image)
            append(.maxPool(kernel: pool.kernel, stride: pool.stride, padding: pool.padding), to: image.dims)
            blocks(section, name)
        }
        activate()
    }

    /// Adds a fully connected layer that gives an image.
    private mutating func image(_ image: ModelSpec.Image, isLinear: Bool) throws(ModelValidationError) {
        _ = try image.checked("the decoder's first image has")
        dense(image.count, nextName(), gain: isLinear ? 1 : Self.hiddenGain)
        if !isLinear { activate() }
        reshape(image.dims)
    }

    /// Adds a decoder's first image and its transpose convolutions, the last without activation and called `output`.
    mutating func transposeConvolutions(
        _ convolutions: [ModelSpec.TransposeConvolution], from first: ModelSpec.Image, isImageLinear: Bool,
        to observation: ObservationSpec.Part
    ) throws(ModelValidationError) {
        guard let last = observation.image else {
            throw ModelValidationError("transpose convolutions give images [C, H, W], observations are \(observation.shape)")
        }
        try image(first, isLinear: isImageLinear)
        var image = first
        for (index, convolution) in convolutions.enumerated() {
            guard let next = convolution(image) else {
                throw ModelValidationError(
                    """
                    transpose convolution \(index) of an image \(image.dims) leaves nothing with padding \
                    \(convolution.padding), or its output padding \(convolution.outputPadding) is not below its stride \
                    \(convolution.stride)
                    """)
            }
            let isLast = index == convolutions.count - 1
            let taps =
                Float(image.height * image.width * convolution.kernel * convolution.kernel) / Float(next.height * next.width)
            append(
                convolution, isLast ? "\(name).output" : nextName(),
                to: try next.checked("transpose convolution \(index) gives an image of"),
                fanIn: Float(image.channels) * taps, gain: isLast ? 1 : Self.hiddenGain)
            if !isLast { activate() }
            image = next
        }
        guard image == last else {
            throw ModelValidationError("the decoder gives images \(image.dims), observations are \(last.dims)")
        }
    }

    /// Adds a decoder's first image and its residual sections, in the order in which they run. The last convolution is called
    /// `output`.
    mutating func residual(
        _ sections: [ModelSpec.ResidualSection], to observation: ObservationSpec.Part
    ) throws(ModelValidationError) {
        guard let last = observation.image else {
            throw ModelValidationError("residual sections need observations [C, H, W], these are \(observation.shape)")
        }
        if sections.isEmpty { throw ModelValidationError("a residual decoder needs a section") }
        let images = ModelSpec.images(sections.reversed(), from: last)
        try image(images[images.count - 1], isLinear: true)
        for (index, (section, target)) in zip(sections, images.dropLast().reversed()).enumerated() {
            guard let convolution = ModelSpec.ResidualSection.upsampling(to: target) else {
                throw ModelValidationError(
                    """
                    a residual decoder can't give images \(target.dims), of which one side is even and the other odd: \
                    name the decoder's layers
                    """)
            }
            let layer = nextName()
            blocks(section, layer)
            let fanIn = Float(section.channels * 9 * output[1] * output[2]) / Float(target.height * target.width)
            append(
                convolution, index == sections.count - 1 ? "\(name).output" : "\(layer).convolution",
                to: try target.checked("residual section \(index) gives an image of"), fanIn: fanIn, gain: Self.residualGain)
        }
    }

    private mutating func append(
        _ convolution: ModelSpec.Convolution, _ name: String, to image: ModelSpec.Image, gain: Float
    ) {
        append(
            .convolution(stride: convolution.stride, padding: convolution.padding), to: image.dims,
            convolution.parameters(name, inputs: output[0], gain: gain))
    }

    /// - Parameter fanIn: products that are summed in a pixel that it gives, on average.
    private mutating func append(
        _ convolution: ModelSpec.TransposeConvolution, _ name: String, to image: ModelSpec.Image, fanIn: Float, gain: Float
    ) {
        let kernel = convolution.kernel
        let deviation = gain / fanIn.squareRoot()
        append(
            .transposeConvolution(
                stride: convolution.stride, padding: convolution.padding, outputPadding: convolution.outputPadding),
            to: image.dims,
            [
                ParameterSpec("\(name).weight", [output[0], convolution.channels, kernel, kernel], .normal(deviation: deviation)),
                ParameterSpec("\(name).bias", [convolution.channels], .constant(0)),
            ])
    }

    private mutating func blocks(_ section: ModelSpec.ResidualSection, _ name: String) {
        let convolution = ModelSpec.ResidualSection.convolution(section.channels)
        for block in 0..<section.blocks {
            append(
                .residualBlock(activation, padding: convolution.padding), to: output,
                ["first", "second"].flatMap {
                    convolution.parameters("\(name).blocks.\(block).\($0)", inputs: section.channels, gain: Self.residualGain)
                })
        }
    }
}

extension ModelSpec.Convolution {
    fileprivate func parameters(_ name: String, inputs: Int, gain: Float) -> [ParameterSpec] {
        [
            ParameterSpec("\(name).weight", [channels, inputs, kernel, kernel], .orthogonal(gain: gain)),
            ParameterSpec("\(name).bias", [channels], .constant(0)),
        ]
    }
}

extension ModelSpec.Image {
    /// nil unless there are three dimensions.
    fileprivate init?(_ dims: [Int]) {
        guard dims.count == 3 else { return nil }
        self.init(channels: dims[0], height: dims[1], width: dims[2])
    }

    /// Itself, when it is within the limit.
    fileprivate func checked(_ sentence: String) throws(ModelValidationError) -> ModelSpec.Image {
        guard count <= ModelSpec.imageLimit else { throw ModelValidationError("\(sentence) \(count) numbers") }
        return self
    }
}
