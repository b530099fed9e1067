extension ModelPart {
    /// Keeps the variance through a layer of rectifiers (He et al. 2015).
    static let hiddenGain = Float(2).squareRoot()
    /// Orthogonal initial weights of larger layers would take seconds.
    private static let orthogonalLimit = 1 << 20

    /// Layers of a head: hidden ones of these widths and an output without activation, called `name.output`.
    /// - Parameter gain: of the output's initial weights.
    public static func head(
        _ name: String, from width: Int, hidden widths: [Int], layerNorm: Bool = false, output: (name: String, width: Int), gain: Float,
        _ activation: ModelSpec.Activation, _ publication: Publication
    ) -> ModelPart {
        var head = ModelPart(name, from: [width], activation, publication)
        head.dense(widths, layerNorm: layerNorm)
        head.dense(output.width, "\(name).\(output.name)", gain: gain)
        return head
    }

    /// Adds hidden fully connected layers.
    /// - Parameter layerNorm: whether one stands between each of them and its activation, called `norm`.
    mutating func dense(_ widths: [Int], layerNorm: Bool = false) {
        for width in widths {
            let layer = nextName()
            dense(width, layer, gain: Self.hiddenGain)
            if layerNorm {
                append(
                    .layerNorm, to: output,
                    [
                        ParameterSpec("\(layer).norm.weight", output, .constant(1)),
                        ParameterSpec("\(layer).norm.bias", output, .constant(0)),
                    ])
            }
            activate()
        }
    }

    /// Adds a fully connected layer without activation.
    /// - Parameters:
    ///   - gain: of the initial weights, which may be 0.
    ///   - bias: initial value of every bias.
    mutating func dense(_ width: Int, _ name: String, gain: Float, bias: Float = 0) {
        reshape([self.width])
        let inputs = self.width
        let weights: ParameterSpec.Initial =
            gain == 0
            ? .constant(0)
            : width * inputs > Self.orthogonalLimit
                ? .normal(deviation: gain / Float(inputs).squareRoot()) : .orthogonal(gain: gain)
        append(
            .dense, to: [width],
            [ParameterSpec("\(name).weight", [width, inputs], weights), ParameterSpec("\(name).bias", [width], .constant(bias))])
    }

    /// Adds a recurrent layer, its parameters called as PyTorch does. They begin uniform in ±1/√H, as PyTorch's.
    mutating func recurrent(_ cell: Layer.Cell, _ width: Int) {
        let gates = cell.gates * width
        let initial = ParameterSpec.Initial.uniform(bound: 1 / Float(width).squareRoot())
        append(
            .recurrent(cell), to: [width],
            [
                ParameterSpec("\(name).weight_ih_l0", [gates, self.width], initial),
                ParameterSpec("\(name).weight_hh_l0", [gates, width], initial),
                ParameterSpec("\(name).bias_ih_l0", [gates], initial), ParameterSpec("\(name).bias_hh_l0", [gates], initial),
            ])
    }
}
