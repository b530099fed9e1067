/// The largest number of each patch, as PyTorch's `max_pool2d`: `[R, C, H, W] → [R, C, H', W']`. What lies outside never
/// wins; of equal numbers the first by lines and columns does, and takes the derivative.
struct MaxPool: Operation {
    let grid: PatchGrid

    func shape(_ inputs: [Shape]) -> Shape { grid.pooled(inputs[0], inputs) }
    var layouts: LayoutRule { .channelsLast }

    func gradients(_ graph: inout Graph, _ inputs: [Node], _ output: Node, _ upstream: Node) -> [Node?] {
        [graph.apply(MaxPoolGradient(grid: grid), inputs[0], upstream)]
    }

    func evaluate(_ inputs: [ReferenceTensor], into output: inout ReferenceTensor) {
        for row in 0..<output.rowCount {
            grid.forEachLargest(of: inputs[0], row: row) { place, pixel in output[row, place] = inputs[0][row, pixel] }
        }
    }

    var kernel: Kernel { .pool(Pool(grid: grid, part: .largest)) }

    /// Rows, image, kernel, stride, padding: batch 1, odd sizes, stride above the kernel, uncovered borders, padding, parts
    /// of a vector of channels, one and several.
    static let sizes: [(Int, [Int], Int, Int, Int)] = [
        (1, [1, 1, 1], 1, 1, 0), (1, [3, 7, 5], 3, 2, 1), (2, [16, 9, 8], 2, 3, 0), (3, [5, 6, 6], 3, 2, 1),
        (2, [33, 5, 4], 2, 2, 1), (30, [2, 4, 4], 3, 1, 1), (5, [32, 7, 11], 3, 2, 1), (1, [4, 8, 9], 4, 4, 0),
    ]

    static var samples: [Sample] {
        sizes.flatMap { rows, image, kernel, stride, padding in
            let name = "max pool \(rows)×\(image), \(kernel)/\(stride)+\(padding)"
            let input = Sample.Input(Shape(rows: .samples, dims: image))
            return [
                Sample(name, rows: rows, [input]) { $0.maxPool($1[0], kernel: kernel, stride: stride, padding: padding) },
                // Everything that a rectifier cut off is equal.
                Sample(name + ", rectified, on both sides", rows: rows, [input]) {
                    $0.relu($0.maxPool($0.relu($1[0]), kernel: kernel, stride: stride, padding: padding))
                },
            ]
        }
    }
}

/// The second image's number where the first is largest in a patch: `[R, C, H, W], [R, C, H, W] → [R, C, H', W']`.
struct ValueOfLargest: Operation {
    let grid: PatchGrid

    func shape(_ inputs: [Shape]) -> Shape {
        demand(inputs[1].dims == inputs[0].dims && inputs[1].rows == inputs[0].rows, "two images of one size, not \(inputs)")
        return grid.pooled(inputs[0], inputs)
    }

    var layouts: LayoutRule { .channelsLast }

    func gradients(_ graph: inout Graph, _ inputs: [Node], _ output: Node, _ upstream: Node) -> [Node?] {
        [nil, graph.apply(MaxPoolGradient(grid: grid), inputs[0], upstream)]
    }

    func evaluate(_ inputs: [ReferenceTensor], into output: inout ReferenceTensor) {
        for row in 0..<output.rowCount {
            grid.forEachLargest(of: inputs[0], row: row) { place, pixel in output[row, place] = inputs[1][row, pixel] }
        }
    }

    var kernel: Kernel { .pool(Pool(grid: grid, part: .valueOfLargest)) }

    static var samples: [Sample] {
        MaxPool.samples(of: "value of largest", dims: { [$0.imageDims, $0.imageDims] }) {
            $0.apply(ValueOfLargest(grid: $2), $1[0], $1[1])
        }
    }
}

/// The derivative of max pooling: `[R, C, H, W], [R, C, H', W'] → [R, C, H, W]`.
struct MaxPoolGradient: Operation {
    let grid: PatchGrid

    func shape(_ inputs: [Shape]) -> Shape {
        demand(
            inputs[1].dims == grid.gridDims && inputs[1].rows == inputs[0].rows, "\(grid) does not fit \(inputs)")
        _ = grid.pooled(inputs[0], inputs)
        return Shape(rows: inputs[0].rows, dims: grid.imageDims, layout: .channelsLast)
    }

    var layouts: LayoutRule { .channelsLast }

    func gradients(_ graph: inout Graph, _ inputs: [Node], _ output: Node, _ upstream: Node) -> [Node?] {
        [nil, graph.apply(ValueOfLargest(grid: grid), inputs[0], upstream)]
    }

    func evaluate(_ inputs: [ReferenceTensor], into output: inout ReferenceTensor) {
        for row in 0..<output.rowCount {
            grid.forEachLargest(of: inputs[0], row: row) { place, pixel in output[row, pixel] += inputs[1][row, place] }
        }
    }

    var kernel: Kernel { .pool(Pool(grid: grid, part: .gradient)) }

    static var samples: [Sample] {
        MaxPool.samples(of: "max pool gradient", dims: { [$0.imageDims, $0.gridDims] }) {
            $0.apply(MaxPoolGradient(grid: $2), $1[0], $1[1])
        }
    }
}

extension MaxPool {
    /// Samples of the operations with two inputs; in the second of each size the image is full of equal numbers.
    fileprivate static func samples(
        of name: String, dims: (PatchGrid) -> [[Int]],
        apply: @escaping @Sendable (inout Graph, [Node], PatchGrid) -> Node
    ) -> [Sample] {
        sizes.flatMap { rows, image, kernel, stride, padding in
            let shape = Shape(rows: .samples, dims: image)
            let grid = PatchGrid(image: shape, kernel: kernel, stride: stride, padding: padding)
            let name = "\(name) \(rows)×\(image), \(kernel)/\(stride)+\(padding)"
            let inputs = dims(grid).map { Sample.Input(Shape(rows: .samples, dims: $0)) }
            return [
                Sample(name, rows: rows, inputs) { apply(&$0, $1, grid) },
                Sample(name + ", ties", rows: rows, [.init(shape, .flags), inputs[1]]) {
                    apply(&$0, [$0.toFloat(Port(node: $1[0]), scale: 1), $1[1]], grid)
                },
            ]
        }
    }
}

extension PatchGrid {
    fileprivate func pooled(_ image: Shape, _ inputs: [Shape]) -> Shape {
        demand(image.dims == imageDims && image.rows != nil, "\(self) does not fit \(inputs)")
        return Shape(rows: image.rows, dims: gridDims, layout: .channelsLast)
    }

    /// Calls the body for every place of the grid and channel with the pixel that is largest under its patch; both are
    /// indices in a row, channels last.
    fileprivate func forEachLargest(of image: ReferenceTensor, row: Int, _ body: (_ place: Int, _ pixel: Int) -> Void) {
        var largest = [Int?](repeating: nil, count: gridHeight * gridWidth * channels)
        forEachTap { place, pixel, _ in
            for c in 0..<channels {
                guard let best = largest[place + c], image[row, pixel + c] <= image[row, best] else {
                    largest[place + c] = pixel + c
                    continue
                }
            }
        }
        for (place, pixel) in largest.enumerated() { body(place, pixel!) }
    }
}

extension Graph {
    /// As PyTorch's `max_pool2d`: x `[rows, C, H, W]`; a square kernel, padding at most half of it.
    public mutating func maxPool(_ x: Node, kernel: Int, stride: Int, padding: Int = 0) -> Node {
        apply(MaxPool(grid: PatchGrid(image: x.shape, kernel: kernel, stride: stride, padding: padding)), x)
    }
}
