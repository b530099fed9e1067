import StarlingCompute

/// Encoders and decoders of the reference models.
struct ReferenceLayers {
    var graph: Graph

    mutating func linear(_ name: String, _ x: Node, _ count: Int) -> Node {
        let bound = 1 / Float(x.shape.width).squareRoot()
        let weight = graph.parameter("\(name).weight", [count, x.shape.width], .uniform(bound: bound))
        let bias = graph.parameter("\(name).bias", [count], .uniform(bound: bound))
        return graph.linear(x, weight: weight, bias: bias)
    }

    mutating func convolution(_ name: String, _ x: Node, _ channels: Int, _ kernel: Int, _ stride: Int) -> Node {
        let inputs = x.shape.dims[0], bound = 1 / Float(inputs * kernel * kernel).squareRoot()
        let weight = graph.parameter("\(name).weight", [channels, inputs, kernel, kernel], .uniform(bound: bound))
        let bias = graph.parameter("\(name).bias", [channels], .uniform(bound: bound))
        return graph.relu(graph.convolution(x, weight: weight, bias: bias, stride: stride))
    }

    /// Without activation.
    mutating func transpose(_ name: String, _ x: Node, _ channels: Int, _ kernel: Int, _ stride: Int) -> Node {
        let inputs = x.shape.dims[0], bound = 1 / Float(channels * kernel * kernel).squareRoot()
        let weight = graph.parameter("\(name).weight", [inputs, channels, kernel, kernel], .uniform(bound: bound))
        let bias = graph.parameter("\(name).bias", [channels], .uniform(bound: bound))
        return graph.transposeConvolution(x, weight: weight, bias: bias, stride: stride)
    }

    mutating func flat(_ x: Node) -> Node { graph.reshape(x, [x.shape.width]) }

    mutating func dense(_ name: String, _ x: Node, _ count: Int) -> Node { graph.relu(linear(name, x, count)) }

    mutating func encode(_ kind: ReferenceModel.Kind, _ observation: Node) -> Node {
        var x = observation
        switch kind {
        case .mlp:
            return dense("encoder.1", dense("encoder.0", x, 64), 64)
        case .minatar:
            return dense("encoder.1", flat(convolution("encoder.0", x, 16, 3, 1)), 128)
        case .nature:
            for (index, (channels, kernel, stride)) in [(32, 8, 4), (64, 4, 2), (64, 3, 1)].enumerated() {
                x = convolution("encoder.\(index)", x, channels, kernel, stride)
            }
            return dense("encoder.3", flat(x), 512)
        case .worldModels:
            for (index, channels) in [32, 64, 128, 256].enumerated() {
                x = convolution("encoder.\(index)", x, channels, 4, 2)
            }
            return flat(x)
        case .impalaDeep:
            return dense("encoder.3", flat(graph.relu(residual(x))), 256)
        }
    }

    mutating func decode(_ kind: ReferenceModel.Kind, _ sample: Node) -> Node {
        switch kind {
        case .mlp:
            return linear("decoder.2", dense("decoder.1", dense("decoder.0", sample, 64), 64), 4)
        case .minatar:
            let x = graph.reshape(dense("decoder.1", dense("decoder.0", sample, 128), 16 * 8 * 8), [16, 8, 8])
            return graph.sigmoid(transpose("decoder.2", x, 4, 3, 1))
        case .nature:
            var x = graph.reshape(dense("decoder.1", dense("decoder.0", sample, 512), 64 * 7 * 7), [64, 7, 7])
            x = graph.relu(transpose("decoder.2", x, 64, 3, 1))
            x = graph.relu(transpose("decoder.3", x, 32, 4, 2))
            return graph.sigmoid(transpose("decoder.4", x, 4, 8, 4))
        case .worldModels:
            var x = graph.reshape(linear("decoder.0", sample, 1024), [1024, 1, 1])
            for (index, (channels, kernel)) in [(128, 5), (64, 5), (32, 6)].enumerated() {
                x = graph.relu(transpose("decoder.\(index + 1)", x, channels, kernel, 2))
            }
            return graph.sigmoid(transpose("decoder.4", x, 3, 6, 2))
        case .impalaDeep:
            let x = graph.reshape(linear("decoder.1", dense("decoder.0", sample, 256), 32 * 11 * 11), [32, 11, 11])
            return graph.sigmoid(residualBackwards(x))
        }
    }
}
