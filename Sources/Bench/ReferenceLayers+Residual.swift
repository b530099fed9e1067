import StarlingCompute

/// The deep residual network of Espeholt et al. 2018, fig. 3 right, and its mirror.
extension ReferenceLayers {
    private static let sections = [16, 32, 32]
    private static let blocks = 2

    /// [4, 84, 84] → [32, 11, 11].
    mutating func residual(_ observation: Node) -> Node {
        var x = observation
        for (index, channels) in Self.sections.enumerated() {
            x = same("encoder.\(index).convolution", x, channels)
            x = blocks("encoder.\(index)", graph.maxPool(x, kernel: 3, stride: 2, padding: 1))
        }
        return x
    }

    /// [32, 11, 11] → [4, 84, 84].
    mutating func residualBackwards(_ image: Node) -> Node {
        var x = image
        for (index, (channels, outputPadding)) in [(32, 0), (16, 1), (4, 1)].enumerated() {
            let name = "decoder.\(index + 2)"
            x = blocks(name, x)
            let inputs = x.shape.dims[0], bound = 1 / Float(channels * 9).squareRoot()
            let weight = graph.parameter("\(name).convolution.weight", [inputs, channels, 3, 3], .uniform(bound: bound))
            let bias = graph.parameter("\(name).convolution.bias", [channels], .uniform(bound: bound))
            x = graph.transposeConvolution(
                x, weight: weight, bias: bias, stride: 2, padding: 1, outputPadding: outputPadding)
        }
        return x
    }

    private mutating func blocks(_ name: String, _ x: Node) -> Node {
        (0..<Self.blocks).reduce(x) { x, block in
            let name = "\(name).blocks.\(block)"
            let h = graph.relu(same("\(name).first", graph.relu(x), x.shape.dims[0]))
            return graph.add(x, same("\(name).second", h, x.shape.dims[0]))
        }
    }

    /// 3×3, the image keeps its size; without activation.
    private mutating func same(_ name: String, _ x: Node, _ channels: Int) -> Node {
        let inputs = x.shape.dims[0], bound = 1 / Float(inputs * 9).squareRoot()
        let weight = graph.parameter("\(name).weight", [channels, inputs, 3, 3], .uniform(bound: bound))
        let bias = graph.parameter("\(name).bias", [channels], .uniform(bound: bound))
        return graph.convolution(x, weight: weight, bias: bias, stride: 1, padding: 1)
    }
}
