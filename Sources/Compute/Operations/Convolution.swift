/// A convolution as PyTorch's `conv2d`: `[R, C, H, W], [O, C, kh, kw], [O] → [R, O, H', W']`.
/// The bias may be left out.
struct Convolution: Operation {
    let grid: PatchGrid

    func shape(_ inputs: [Shape]) -> Shape {
        demand(
            inputs[0].dims == grid.imageDims && inputs[0].rows != nil && inputs[1] == Shape(rows: nil, dims: grid.weightDims)
                && (inputs.count == 2 || inputs[2] == Shape(rows: nil, dims: [grid.features])),
            "\(grid) does not fit \(inputs)")
        return Shape(rows: inputs[0].rows, dims: grid.gridDims, layout: .channelsLast)
    }

    var layouts: LayoutRule { .channelsLast }

    func gradients(_ graph: inout Graph, _ inputs: [Node], _ output: Node, _ upstream: Node) -> [Node?] {
        let byImage = graph.apply(TransposeConvolution(grid: grid), upstream, inputs[1])
        let byWeight = graph.apply(PatchOuterProduct(grid: grid), upstream, inputs[0])
        return inputs.count == 2 ? [byImage, byWeight] : [byImage, byWeight, graph.sumPixels(upstream)]
    }

    func evaluate(_ inputs: [ReferenceTensor], into output: inout ReferenceTensor) {
        for row in 0..<output.rowCount {
            if inputs.count == 3 {
                for index in 0..<output.width { output[row, index] = inputs[2].values[index % grid.features] }
            }
            grid.forEachTap { place, pixel, tap in
                for n in 0..<grid.features {
                    for c in 0..<grid.channels {
                        output[row, place + n] += inputs[0][row, pixel + c] * inputs[1].values[grid.weightIndex(n, c, tap)]
                    }
                }
            }
        }
    }

    var kernel: Kernel { .patchProduct(grid) }

    /// Rows, image, features, kernel, stride, padding: batch 1, odd sizes, stride above the kernel, uncovered borders,
    /// more than a vector and a panel of features.
    static let sizes: [(Int, [Int], Int, [Int], Int, Int)] = [
        (1, [1, 1, 1], 1, [1, 1], 1, 0), (1, [3, 7, 5], 4, [3, 3], 1, 1), (2, [2, 9, 8], 5, [2, 3], 3, 0),
        (3, [1, 7, 7], 2, [1, 1], 2, 0), (5, [4, 6, 6], 17, [4, 4], 2, 0), (2, [3, 5, 6], 70, [3, 2], 2, 2),
        (30, [2, 4, 4], 3, [3, 3], 1, 0), (2, [17, 4, 5], 33, [2, 2], 1, 0),
    ]

    static var samples: [Sample] {
        sizes.flatMap { rows, image, features, kernel, stride, padding in
            let inputs: [Sample.Input] = [
                .init(Shape(rows: .samples, dims: image)), .init(Shape(rows: nil, dims: [features, image[0]] + kernel)),
                .init(Shape(rows: nil, dims: [features])),
            ]
            let name = "convolution \(rows)×\(image)→\(features), \(kernel)/\(stride)+\(padding)"
            return [
                Sample(name, rows: rows, inputs) {
                    $0.convolution($1[0], weight: $1[1], bias: $1[2], stride: stride, padding: padding)
                },
                Sample(name + ", tanh, no bias", rows: rows, Array(inputs.prefix(2))) {
                    $0.tanh($0.convolution($0.relu($1[0]), weight: $1[1], stride: stride, padding: padding))
                },
            ]
        }
    }
}

/// Σ over the pixels of all rows, per channel: `[R, C, H, W] → [C]`.
struct SumPixels: Operation {
    func shape(_ inputs: [Shape]) -> Shape {
        demand(inputs[0].dims.count == 3 && inputs[0].rows != nil, "\(inputs[0]) is no image with rows")
        return Shape(rows: nil, dims: [inputs[0].dims[0]])
    }

    var layouts: LayoutRule { .channelsLast }

    func gradients(_ graph: inout Graph, _ inputs: [Node], _ output: Node, _ upstream: Node) -> [Node?] {
        let shape = inputs[0].shape
        let one = graph.constant(1, Shape(rows: shape.rows, dims: [1, shape.dims[1], shape.dims[2]], layout: .channelsLast))
        let weight = graph.reshape(upstream, [1, shape.dims[0], 1, 1])
        return [graph.transposeConvolution(one, weight: weight, stride: 1, padding: 0)]
    }

    func evaluate(_ inputs: [ReferenceTensor], into output: inout ReferenceTensor) {
        for (index, value) in inputs[0].values.enumerated() { output.values[index % output.width] += value }
    }

    var kernel: Kernel { .sumRows }

    static var samples: [Sample] {
        [(1, [1, 1, 1]), (2, [3, 2, 5]), (33, [17, 3, 3]), (130, [4, 2, 2])].map { rows, dims in
            Sample("sum pixels \(rows)×\(dims)", rows: rows, [.init(Shape(rows: .samples, dims: dims))]) { $0.sumPixels($1[0]) }
        }
    }
}

extension Graph {
    /// As PyTorch's `conv2d`: x `[rows, C, H, W]`, weight `[O, C, kh, kw]`, bias `[O]`.
    public mutating func convolution(_ x: Node, weight: Node, bias: Node, stride: Int, padding: Int = 0) -> Node {
        apply(Convolution(grid: PatchGrid(image: x.shape, weight: weight.shape, stride: stride, padding: padding)), x, weight, bias)
    }

    /// The cross-correlation `[C, H, W]` → `[O, H', W']` with a weight `[O, C, k, k]`, as PyTorch's `conv2d`.
    public mutating func convolution(_ x: Node, weight: Node, stride: Int, padding: Int = 0) -> Node {
        apply(Convolution(grid: PatchGrid(image: x.shape, weight: weight.shape, stride: stride, padding: padding)), x, weight)
    }

    /// Σ over rows and pixels, per channel.
    public mutating func sumPixels(_ x: Node) -> Node { apply(SumPixels(), x) }
}
