package import StarlingCompute
import StarlingExperience

/// A convolution by name: `name.weight` `[O, C, k, k]` and `name.bias` `[O]`, as PyTorch's `Conv2d`.
package struct ConvolutionLayer: Hashable, Sendable {
    package let name: String
    let inputChannels: Int
    let convolution: ModelSpec.Convolution
    /// Gain of the orthogonal initial weights.
    let gain: Float

    package func parameters(_ g: inout Graph) -> (weight: Node, bias: Node) {
        let kernel = convolution.kernel
        return (
            g.parameter(
                "\(name).weight", [convolution.channels, inputChannels, kernel, kernel], .orthogonal(gain: gain)),
            g.parameter("\(name).bias", [convolution.channels], .zeros)
        )
    }

    /// `[rows, C, H, W]` → `[rows, O, H', W']`.
    package func callAsFunction(_ g: inout Graph, _ x: Node) -> Node {
        let (weight, bias) = parameters(&g)
        return g.convolution(x, weight: weight, bias: bias, stride: convolution.stride, padding: convolution.padding)
    }
}

/// A transpose convolution by name: `name.weight` `[C, O, k, k]` and `name.bias` `[O]`, as PyTorch's `ConvTranspose2d`.
package struct TransposeConvolutionLayer: Hashable, Sendable {
    package let name: String
    let inputChannels: Int
    let convolution: ModelSpec.TransposeConvolution
    /// Products that are summed in a pixel that it gives, on average.
    let fanIn: Float
    /// How much the initial weights widen what they get.
    let gain: Float

    package func parameters(_ g: inout Graph) -> (weight: Node, bias: Node) {
        let kernel = convolution.kernel
        return (
            g.parameter(
                "\(name).weight", [inputChannels, convolution.channels, kernel, kernel],
                .normal(deviation: gain / fanIn.squareRoot())),
            g.parameter("\(name).bias", [convolution.channels], .zeros)
        )
    }

    /// `[rows, C, H, W]` → `[rows, O, H', W']`.
    package func callAsFunction(_ g: inout Graph, _ x: Node) -> Node {
        let (weight, bias) = parameters(&g)
        return g.transposeConvolution(
            x, weight: weight, bias: bias, stride: convolution.stride, padding: convolution.padding,
            outputPadding: convolution.outputPadding)
    }
}
