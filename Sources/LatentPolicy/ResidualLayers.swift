import StarlingCompute
import StarlingExperience

/// x + conv(a(conv(a(x)))) with convolutions that keep the image's size, by name: `name.first` and `name.second`.
struct ResidualBlock: Hashable, Sendable {
    let first: ConvolutionLayer
    let second: ConvolutionLayer
    let activation: ModelSpec.Activation

    /// - Parameter gain: of the initial weights of both.
    init(_ name: String, channels: Int, gain: Float, activation: ModelSpec.Activation) {
        func layer(_ part: String) -> ConvolutionLayer {
            ConvolutionLayer(
                name: "\(name).\(part)", inputChannels: channels,
                convolution: ModelSpec.ResidualSection.convolution(channels), gain: gain)
        }
        first = layer("first")
        second = layer("second")
        self.activation = activation
    }

    func declare(_ g: inout Graph) {
        _ = first.parameters(&g)
        _ = second.parameters(&g)
    }

    /// `[rows, C, H, W]` → the same.
    func callAsFunction(_ g: inout Graph, _ x: Node) -> Node {
        let h = activation(&g, first(&g, activation(&g, x)))
        return g.add(x, second(&g, h))
    }
}

extension ModelSpec.Activation {
    func callAsFunction(_ g: inout Graph, _ x: Node) -> Node {
        switch self {
        case .relu: g.relu(x)
        case .tanh: g.tanh(x)
        }
    }
}

extension LayerSequence {
    /// What a section's convolutions read is not scaled down on its way, and what blocks read and rectify may stay small: each
    /// adds about a quarter to the variance of the image, so that twelve convolutions in a row end near where they began.
    private static let residualGain: Float = 1

    /// Adds an encoder's sections and the activation behind the last.
    mutating func residual(_ sections: [ModelSpec.ResidualSection]) {
        for section in sections {
            let name = nextName()
            layers.append(
                .convolution(
                    ConvolutionLayer(
                        name: "\(name).convolution", inputChannels: dims[0],
                        convolution: ModelSpec.ResidualSection.convolution(section.channels), gain: Self.residualGain)))
            let pool = ModelSpec.ResidualSection.pool
            layers.append(.maxPool(kernel: pool.kernel, stride: pool.stride, padding: pool.padding))
            dims = section(ModelSpec.Image(channels: dims[0], height: dims[1], width: dims[2])).dims
            blocks(section, name)
        }
        layers.append(.activation(activation))
    }

    /// Adds a fully connected layer that gives an image and a decoder's sections, in the order in which they run. The last
    /// convolution has a name of its own. They must fit.
    mutating func residual(_ sections: [ModelSpec.ResidualSection], to observation: ModelSpec.Image, last: String) {
        let images = ModelSpec.images(sections.reversed(), from: observation)
        image(images[images.count - 1], isLinear: true)
        for (index, (section, target)) in zip(sections, images.dropLast().reversed()).enumerated() {
            guard let convolution = ModelSpec.ResidualSection.upsampling(to: target) else {
                preconditionFailure("a residual decoder can't give \(target)")
            }
            let name = nextName()
            blocks(section, name)
            let isLast = index == sections.count - 1
            let fanIn = Float(section.channels * 9 * dims[1] * dims[2]) / Float(target.height * target.width)
            layers.append(
                .transposeConvolution(
                    TransposeConvolutionLayer(
                        name: isLast ? "\(self.name).\(last)" : "\(name).convolution", inputChannels: section.channels,
                        convolution: convolution, fanIn: fanIn, gain: Self.residualGain)))
            dims = target.dims
        }
    }

    private mutating func blocks(_ section: ModelSpec.ResidualSection, _ name: String) {
        for block in 0..<section.blocks {
            layers.append(
                .residualBlock(
                    ResidualBlock(
                        "\(name).blocks.\(block)", channels: section.channels, gain: Self.residualGain,
                        activation: activation)))
        }
    }
}
