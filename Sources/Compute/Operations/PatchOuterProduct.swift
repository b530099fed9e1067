/// The derivative of a (transpose) convolution by its weight: `[R, features, gh, gw], [R, C, H, W] → [features, C, kh, kw]`.
struct PatchOuterProduct: Operation {
    let grid: PatchGrid

    func shape(_ inputs: [Shape]) -> Shape {
        demand(
            inputs[0].dims == grid.gridDims && inputs[1].dims == grid.imageDims && inputs[0].rows != nil
                && inputs[0].rows == inputs[1].rows, "\(grid) does not fit \(inputs)")
        return Shape(rows: nil, dims: grid.weightDims)
    }

    var layouts: LayoutRule { .channelsLast }

    func gradients(_ graph: inout Graph, _ inputs: [Node], _ output: Node, _ upstream: Node) -> [Node?] {
        [
            graph.apply(Convolution(grid: grid), inputs[1], upstream),
            graph.apply(TransposeConvolution(grid: grid), inputs[0], upstream),
        ]
    }

    func evaluate(_ inputs: [ReferenceTensor], into output: inout ReferenceTensor) {
        for row in 0..<inputs[0].rowCount {
            grid.forEachTap { place, pixel, tap in
                for n in 0..<grid.features {
                    for c in 0..<grid.channels {
                        output.values[grid.weightIndex(n, c, tap)] += inputs[0][row, place + n] * inputs[1][row, pixel + c]
                    }
                }
            }
        }
    }

    var kernel: Kernel { .patchOuterProduct(grid) }

    static var samples: [Sample] {
        Convolution.sizes.map { rows, image, features, kernel, stride, padding in
            let grid = PatchGrid(
                image: Shape(rows: .samples, dims: image), weight: Shape(rows: nil, dims: [features, image[0]] + kernel),
                stride: stride, padding: padding)
            return Sample(
                "patch outer product \(rows)×\(image)→\(features), \(kernel)/\(stride)+\(padding)", rows: rows,
                [.init(Shape(rows: .samples, dims: grid.gridDims)), .init(Shape(rows: .samples, dims: image))]
            ) { $0.apply(PatchOuterProduct(grid: grid), $1[0], $1[1]) }
        }
    }
}
