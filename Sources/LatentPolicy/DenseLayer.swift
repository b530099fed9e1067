package import StarlingCompute

/// A fully connected layer by name: `name.weight` `[output, input]` and `name.bias` `[output]`, as PyTorch lays them out.
package struct DenseLayer: Hashable, Sendable {
    package let name: String
    package let inputCount: Int
    package let outputCount: Int
    /// Gain of the initial weights.
    package var gain: Float
    /// Initial value of every bias.
    package var bias: Float = 0

    /// Orthogonal weights of larger layers would take seconds.
    private static let orthogonalLimit = 1 << 20

    /// Declares the layer's parameters, or finds them when they have been declared.
    package func parameters(_ g: inout Graph) -> (weight: Node, bias: Node) {
        let isLarge = outputCount * inputCount > Self.orthogonalLimit
        return (
            g.parameter(
                "\(name).weight", [outputCount, inputCount],
                isLarge ? .normal(deviation: gain / Float(inputCount).squareRoot()) : .orthogonal(gain: gain)),
            g.parameter("\(name).bias", [outputCount], .constant(bias))
        )
    }

    /// x W^T + b: `[rows, input]` → `[rows, output]`.
    package func callAsFunction(_ g: inout Graph, _ x: Node) -> Node {
        let (weight, bias) = parameters(&g)
        return g.linear(x, weight: weight, bias: bias)
    }
}
