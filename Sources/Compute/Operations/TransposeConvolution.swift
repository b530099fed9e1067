/// A transpose convolution as PyTorch's `conv_transpose2d`: `[R, C, H, W], [C, O, kh, kw], [O] → [R, O, H', W']`.
/// The bias may be left out.
struct TransposeConvolution: Operation {
    let grid: PatchGrid

    func shape(_ inputs: [Shape]) -> Shape {
        demand(
            inputs[0].dims == grid.gridDims && inputs[0].rows != nil && inputs[1] == Shape(rows: nil, dims: grid.weightDims)
                && (inputs.count == 2 || inputs[2] == Shape(rows: nil, dims: [grid.channels])),
            "\(grid) does not fit \(inputs)")
        return Shape(rows: inputs[0].rows, dims: grid.imageDims, layout: .channelsLast)
    }

    var layouts: LayoutRule { .channelsLast }

    func gradients(_ graph: inout Graph, _ inputs: [Node], _ output: Node, _ upstream: Node) -> [Node?] {
        let byInput = graph.apply(Convolution(grid: grid), upstream, inputs[1])
        let byWeight = graph.apply(PatchOuterProduct(grid: grid), inputs[0], upstream)
        return inputs.count == 2 ? [byInput, byWeight] : [byInput, byWeight, graph.sumPixels(upstream)]
    }

    func evaluate(_ inputs: [ReferenceTensor], into output: inout ReferenceTensor) {
        for row in 0..<output.rowCount {
            if inputs.count == 3 {
                for index in 0..<output.width { output[row, index] = inputs[2].values[index % grid.channels] }
            }
            grid.forEachTap { place, pixel, tap in
                for n in 0..<grid.features {
                    for c in 0..<grid.channels {
                        output[row, pixel + c] += inputs[0][row, place + n] * inputs[1].values[grid.weightIndex(n, c, tap)]
                    }
                }
            }
        }
    }

    var kernel: Kernel { .patchProductTransposed(grid) }

    /// Rows, input, channels, kernel, stride, padding, output padding.
    static let sizes: [(Int, [Int], Int, [Int], Int, Int, Int)] = [
        (1, [1, 1, 1], 1, [1, 1], 1, 0, 0), (1, [3, 4, 3], 2, [3, 3], 1, 1, 0), (2, [2, 3, 2], 5, [2, 3], 3, 0, 2),
        (3, [4, 1, 1], 6, [5, 5], 2, 0, 0), (5, [17, 3, 3], 3, [4, 4], 2, 0, 0), (2, [3, 3, 4], 20, [3, 2], 2, 1, 1),
        (30, [2, 2, 2], 3, [3, 3], 1, 0, 0), (2, [33, 2, 3], 17, [2, 2], 1, 0, 0), (9, [70, 1, 1], 40, [3, 3], 1, 0, 0),
    ]

    static var samples: [Sample] {
        sizes.flatMap { rows, x, channels, kernel, stride, padding, outputPadding in
            let inputs: [Sample.Input] = [
                .init(Shape(rows: .samples, dims: x)), .init(Shape(rows: nil, dims: [x[0], channels] + kernel)),
                .init(Shape(rows: nil, dims: [channels])),
            ]
            let name = "transpose convolution \(rows)×\(x)→\(channels), \(kernel)/\(stride)+\(padding)+\(outputPadding)"
            return [
                Sample(name + ", sigmoid", rows: rows, inputs) {
                    $0.sigmoid(
                        $0.transposeConvolution(
                            $1[0], weight: $1[1], bias: $1[2], stride: stride, padding: padding, outputPadding: outputPadding))
                },
                Sample(name + ", no bias", rows: rows, Array(inputs.prefix(2))) {
                    $0.transposeConvolution(
                        $0.relu($1[0]), weight: $1[1], stride: stride, padding: padding, outputPadding: outputPadding)
                },
            ]
        }
    }
}

extension Graph {
    /// As PyTorch's `conv_transpose2d`: x `[rows, C, H, W]`, weight `[C, O, kh, kw]`, bias `[O]`.
    public mutating func transposeConvolution(
        _ x: Node, weight: Node, bias: Node, stride: Int, padding: Int = 0, outputPadding: Int = 0
    ) -> Node {
        let grid = PatchGrid(
            places: x.shape, weight: weight.shape, stride: stride, padding: padding, outputPadding: outputPadding)
        if let single = single(x, weight, grid) { return addChannels(single, bias) }
        return apply(TransposeConvolution(grid: grid), x, weight, bias)
    }

    /// `[C, H, W]` → `[O, H', W']` with a weight `[C, O, k, k]`, as PyTorch's `conv_transpose2d`.
    public mutating func transposeConvolution(
        _ x: Node, weight: Node, stride: Int, padding: Int = 0, outputPadding: Int = 0
    ) -> Node {
        let grid = PatchGrid(
            places: x.shape, weight: weight.shape, stride: stride, padding: padding, outputPadding: outputPadding)
        return single(x, weight, grid) ?? apply(TransposeConvolution(grid: grid), x, weight)
    }

    /// One place whose patch is the whole image: a plain product with the weight as it lies.
    private mutating func single(_ x: Node, _ weight: Node, _ grid: PatchGrid) -> Node? {
        guard grid.gridHeight == 1, grid.gridWidth == 1, grid.padding == 0, grid.height == grid.kernelHeight,
            grid.width == grid.kernelWidth, grid.height * grid.width > 1
        else { return nil }
        let flat = reshape(x, [grid.features])
        let matrix = reshape(weight, [grid.features, grid.channels * grid.height * grid.width])
        return reshape(apply(LinearTransposed(), flat, matrix), grid.imageDims)
    }

    /// x[r, c, y, x] + b[c].
    private mutating func addChannels(_ x: Node, _ bias: Node) -> Node {
        let dims = x.shape.dims
        let pixels = dims[1] * dims[2]
        let spread = reshape(repeatEach(bias, pixels), dims)
        return add(x, repeatRows(spread, x.shape.rows!))
    }
}
