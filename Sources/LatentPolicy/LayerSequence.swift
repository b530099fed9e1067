package import StarlingCompute
import StarlingExperience

/// Layers that a value runs through, one after the other. It knows the dimensions between them, and numbers the layers
/// that have parameters: `encoder.0`, `encoder.1`, ….
package struct LayerSequence: Hashable, Sendable {
    enum Layer: Hashable, Sendable {
        case dense(DenseLayer)
        case convolution(ConvolutionLayer)
        case transposeConvolution(TransposeConvolutionLayer)
        case activation(ModelSpec.Activation)
        case reshape([Int])
        case maxPool(kernel: Int, stride: Int, padding: Int)
        case residualBlock(ResidualBlock)
    }

    package let name: String
    /// Dimensions of what comes out, without rows.
    package internal(set) var dims: [Int]
    var layers: [Layer] = []
    let activation: ModelSpec.Activation
    /// Layers that have a number for a name.
    private var numbered = 0

    /// Keeps the variance through a layer of rectifiers (He et al. 2015).
    static let hiddenGain = Float(2).squareRoot()

    init(_ name: String, from dims: [Int], activation: ModelSpec.Activation) {
        self.name = name
        self.dims = dims
        self.activation = activation
    }

    /// Numbers that come out.
    var width: Int { dims.reduce(1, *) }

    /// Adds hidden fully connected layers.
    mutating func dense(_ widths: [Int]) {
        for width in widths {
            append(dense: width, nextName(), gain: Self.hiddenGain)
            layers.append(.activation(activation))
        }
    }

    /// Adds a fully connected layer without activation, its name its own.
    mutating func output(_ name: String, _ width: Int, gain: Float, bias: Float = 0) {
        append(dense: width, "\(self.name).\(name)", gain: gain, bias: bias)
    }

    /// Adds hidden convolutions. They must fit.
    mutating func convolutions(_ convolutions: [ModelSpec.Convolution]) {
        for convolution in convolutions {
            let image = ModelSpec.Image(channels: dims[0], height: dims[1], width: dims[2])
            guard let next = convolution(image) else { preconditionFailure("\(convolution) doesn't fit \(dims)") }
            layers.append(
                .convolution(
                    ConvolutionLayer(
                        name: nextName(), inputChannels: dims[0], convolution: convolution, gain: Self.hiddenGain)))
            layers.append(.activation(activation))
            dims = next.dims
        }
    }

    /// Adds a fully connected layer that gives an image.
    mutating func image(_ image: ModelSpec.Image, isLinear: Bool) {
        append(dense: image.count, nextName(), gain: isLinear ? 1 : Self.hiddenGain)
        if !isLinear { layers.append(.activation(activation)) }
        reshape(image.dims)
    }

    /// Adds transpose convolutions, the last without activation and with a name of its own. They must fit.
    mutating func transposeConvolutions(_ convolutions: [ModelSpec.TransposeConvolution], last name: String) {
        for (index, convolution) in convolutions.enumerated() {
            let isLast = index == convolutions.count - 1
            let image = ModelSpec.Image(channels: dims[0], height: dims[1], width: dims[2])
            guard let next = convolution(image) else { preconditionFailure("\(convolution) doesn't fit \(dims)") }
            let taps =
                Float(image.height * image.width * convolution.kernel * convolution.kernel)
                / Float(next.height * next.width)
            layers.append(
                .transposeConvolution(
                    TransposeConvolutionLayer(
                        name: isLast ? "\(self.name).\(name)" : nextName(), inputChannels: dims[0],
                        convolution: convolution, fanIn: Float(dims[0]) * taps, gain: isLast ? 1 : Self.hiddenGain)))
            if !isLast { layers.append(.activation(activation)) }
            dims = next.dims
        }
    }

    /// Adds a change of dimensions, when they change.
    mutating func reshape(_ dims: [Int]) {
        guard self.dims != dims else { return }
        layers.append(.reshape(dims))
        self.dims = dims
    }

    /// Declares the parameters, in the order of the layers.
    package func declare(_ g: inout Graph) {
        for layer in layers {
            switch layer {
            case .dense(let layer): _ = layer.parameters(&g)
            case .convolution(let layer): _ = layer.parameters(&g)
            case .transposeConvolution(let layer): _ = layer.parameters(&g)
            case .residualBlock(let block): block.declare(&g)
            case .activation, .reshape, .maxPool: break
            }
        }
    }

    /// Runs a value through all layers.
    package func callAsFunction(_ g: inout Graph, _ x: Node) -> Node {
        layers.reduce(x) { x, layer in
            switch layer {
            case .dense(let layer): layer(&g, x)
            case .convolution(let layer): layer(&g, x)
            case .transposeConvolution(let layer): layer(&g, x)
            case .activation(let activation): activation(&g, x)
            case .reshape(let dims): g.reshape(x, dims)
            case .maxPool(let kernel, let stride, let padding):
                g.maxPool(x, kernel: kernel, stride: stride, padding: padding)
            case .residualBlock(let block): block(&g, x)
            }
        }
    }

    private mutating func append(dense width: Int, _ name: String, gain: Float, bias: Float = 0) {
        reshape([self.width])
        layers.append(
            .dense(DenseLayer(name: name, inputCount: self.width, outputCount: width, gain: gain, bias: bias)))
        dims = [width]
    }

    mutating func nextName() -> String {
        defer { numbered += 1 }
        return "\(name).\(numbered)"
    }
}
