package import StarlingCompute

/// A fully connected layer by name: `name.weight` `[output, input]` and `name.bias` `[output]`, as PyTorch lays them out.
package struct DenseLayer: Hashable, Sendable {
    package let name: String
    package let inputCount: Int
    package let outputCount: Int
    /// Gain of the orthogonal initial weights.
    package var gain: Float
    /// Initial value of every bias.
    package var bias: Float = 0

    /// Declares the layer's parameters, or finds them when they have been declared.
    package func parameters(_ g: inout Graph) -> (weight: Node, bias: Node) {
        (
            g.parameter("\(name).weight", [outputCount, inputCount], .orthogonal(gain: gain)),
            g.parameter("\(name).bias", [outputCount], .constant(bias))
        )
    }

    /// x W^T + b: `[rows, input]` → `[rows, output]`.
    package func callAsFunction(_ g: inout Graph, _ x: Node) -> Node {
        let (weight, bias) = parameters(&g)
        return g.linear(x, weight: weight, bias: bias)
    }
}
