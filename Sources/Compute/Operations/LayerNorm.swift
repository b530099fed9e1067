/// The layer normalisation of Ba et al. 2016 without gain and bias: (x − mean)/√(variance + 1e-5) over the features of a
/// row, with the variance divided by their number.
///
/// It has no kernel: it is composed from other operations, which are fused into one pass, and differentiated as such.
enum LayerNorm: Sampled {
    package static var samples: [Sample] {
        [(1, 1), (1, 5), (2, 16), (33, 7), (300, 65)].map { rows, width in
            Sample(
                "layer norm \(rows)×\(width)", rows: rows,
                [.init(.perRow(.samples, width)), .init(Shape(rows: nil, dims: [width])), .init(Shape(rows: nil, dims: [width]))]
            ) { $0.layerNorm($1[0], gain: $1[1], bias: $1[2]) }
        }
    }
}

extension Graph {
    /// As PyTorch's `layer_norm` over the features of a row: x `[R, D]`, gain and bias `[D]`, epsilon 1e-5.
    public mutating func layerNorm(_ x: Node, gain: Node, bias: Node) -> Node {
        let dims = x.shape.dims
        demand(
            dims.count == 1 && x.shape.rows != nil && gain.shape == Shape(rows: nil, dims: dims) && bias.shape == gain.shape,
            "layer norm needs x [R, D], gain [D] and bias [D], got \(x.shape), \(gain.shape), \(bias.shape)")
        let fraction = 1 / Float(x.shape.width)
        let mean = scale(sum(x, over: .features), fraction)
        let centred = subtract(x, repeatFeatures(mean, dims))
        let variance = scale(sum(square(centred), over: .features), fraction)
        let reciprocal = exp(scale(log(offset(variance, 1e-5)), -0.5))
        let normal = multiply(centred, repeatFeatures(reciprocal, dims))
        return add(apply(ScaleFeatures(), normal, gain), repeatRows(bias, x.shape.rows!))
    }
}
