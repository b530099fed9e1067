public import StarlingCompute
public import StarlingExperience

// How layers of the vocabulary are computed. What a model is made of stands in `ModelArchitecture` alone.

extension Initializer {
    init(_ initial: ParameterSpec.Initial) {
        self =
            switch initial {
            case .constant(let value): .constant(value)
            case .orthogonal(let gain): .orthogonal(gain: gain)
            case .uniform(let bound): .uniform(bound: bound)
            case .normal(let deviation): .normal(deviation: deviation)
            }
    }
}

extension Layer {
    /// Declares the parameters, or finds them when they have been declared.
    @discardableResult
    func declare(_ g: inout Graph) -> [Node] {
        parameters.map { g.parameter($0.name, $0.dims, Initializer($0.initial)) }
    }

    /// `[rows, input…]` → `[rows, output…]`.
    func callAsFunction(_ g: inout Graph, _ x: Node) -> Node {
        let p = declare(&g)
        switch kind {
        case .embedding: return g.lookup(x, table: p[0])
        case .dense: return g.linear(x, weight: p[0], bias: p[1])
        case .convolution(let stride, let padding):
            return g.convolution(x, weight: p[0], bias: p[1], stride: stride, padding: padding)
        case .transposeConvolution(let stride, let padding, let outputPadding):
            return g.transposeConvolution(
                x, weight: p[0], bias: p[1], stride: stride, padding: padding, outputPadding: outputPadding)
        case .maxPool(let kernel, let stride, let padding):
            return g.maxPool(x, kernel: kernel, stride: stride, padding: padding)
        case .residualBlock(let activation, let padding):
            let first = g.convolution(activation(&g, x), weight: p[0], bias: p[1], stride: 1, padding: padding)
            let second = g.convolution(activation(&g, first), weight: p[2], bias: p[3], stride: 1, padding: padding)
            return g.add(x, second)
        case .layerNorm: return g.layerNorm(x, gain: p[0], bias: p[1])
        case .normalization(let limit): return normalized(&g, x, mean: p[0], scale: p[1], limit)
        case .recurrent: fatalError("a recurrent layer takes states")
        case .statistics: fatalError("nothing runs through statistics")
        case .activation(let activation): return activation(&g, x)
        case .reshape: return g.reshape(x, output)
        }
    }

    /// States after each row of a recurrent layer, `[rows, S]`, of which the first `H` features are the output.
    /// - Parameters:
    ///   - initial: states before the first step, `[sequences, S]`.
    ///   - reset: `[rows]`; 1 where the state is zeroed before the row.
    ///   - steps: rows of a sequence; they are time-major.
    func states(_ g: inout Graph, _ x: Node, initial: Node, reset: Node, steps: Int) -> Node {
        guard case .recurrent(let cell) = kind else { fatalError("\(kind) has no states") }
        let p = declare(&g)
        return switch cell {
        case .gru:
            g.gru(
                x, initial: initial, reset: reset, inputWeight: p[0], hiddenWeight: p[1], inputBias: p[2], hiddenBias: p[3],
                steps: steps)
        case .lstm:
            g.lstm(
                x, initial: initial, reset: reset, inputWeight: p[0], hiddenWeight: p[1], inputBias: p[2], hiddenBias: p[3],
                steps: steps)
        }
    }

    /// clamp((x − mean)·scale, ±limit), frame by frame. Both are statistics of observations, so no derivative reaches them.
    private func normalized(_ g: inout Graph, _ x: Node, mean: Node, scale: Node, _ limit: Float) -> Node {
        guard let rows = x.shape.rows else { fatalError("\(x.shape) has no rows") }
        let count = input.reduce(1, *)
        func repeated(_ g: inout Graph, _ statistic: Node) -> Node {
            let fixed = g.gate(statistic, open: false)
            let frames = g.concatenate(Array(repeating: fixed, count: count / fixed.shape.width))
            return g.repeatRows(frames, rows)
        }
        let centred = g.subtract(g.reshape(x, [count]), repeated(&g, mean))
        return g.reshape(g.clamp(g.multiply(centred, repeated(&g, scale)), -limit...limit), output)
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

extension ModelPart {
    /// Declares the parameters, in the order of the layers.
    public func declare(_ g: inout Graph) {
        for layer in layers { layer.declare(&g) }
    }

    /// Running statistics, through which no derivative flows.
    func statistics(_ g: inout Graph) -> [Node] { layers[0].declare(&g).map { g.gate($0, open: false) } }

    /// Runs a value through all layers, `[rows, input…]` → `[rows, output…]`, and declares parameters that the graph doesn't
    /// know.
    public func callAsFunction(_ g: inout Graph, _ x: Node) -> Node { layers.reduce(x) { $1(&g, $0) } }
}
