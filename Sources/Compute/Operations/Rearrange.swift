private import CStarlingKernels

/// An image in its other layout. The graph inserts it where an operation wants it.
struct Rearrange: Operation {
    let from: Shape

    func shape(_ inputs: [Shape]) -> Shape {
        demand(inputs[0].dims == from.dims && inputs[0].layout == from.layout, "made for \(from), not \(inputs[0])")
        return Shape(rows: inputs[0].rows, dims: from.dims, layout: from.layout == .plain ? .channelsLast : .plain)
    }

    var layouts: LayoutRule { .any }

    func gradients(_ graph: inout Graph, _ inputs: [Node], _ output: Node, _ upstream: Node) -> [Node?] {
        [graph.laid(upstream, as: from.layout)]
    }

    private var channels: Int { from.dims[0] }
    private var pixels: Int { from.dims[1] * from.dims[2] }

    func evaluate(_ inputs: [ReferenceTensor], into output: inout ReferenceTensor) {
        for row in 0..<output.rowCount {
            for channel in 0..<channels {
                for pixel in 0..<pixels {
                    let plain = channel * pixels + pixel
                    let last = pixel * channels + channel
                    if from.layout == .plain {
                        output[row, last] = inputs[0][row, plain]
                    } else {
                        output[row, plain] = inputs[0][row, last]
                    }
                }
            }
        }
    }

    var kernel: Kernel {
        if channels == 1 || pixels == 1 { return .alias }
        let (i, j) = from.layout == .plain ? (channels, pixels) : (pixels, channels)
        return .map(MapOperation(STARLING_MAP_TRANSPOSE, i: UInt32(i), j: UInt32(j)))
    }

    static var samples: [Sample] {
        [(1, [1, 3, 2]), (2, [3, 1, 1]), (3, [3, 5, 7]), (5, [32, 4, 4]), (2, [4, 33, 31])].flatMap { rows, dims in
            [
                Sample("channels last \(rows)×\(dims)", rows: rows, [.init(Shape(rows: .samples, dims: dims))]) {
                    $0.laid($1[0], as: .channelsLast)
                },
                Sample("channels first \(rows)×\(dims)", rows: rows, [.init(Shape(rows: .samples, dims: dims))]) {
                    $0.laid($0.square($0.laid($1[0], as: .channelsLast)), as: .plain)
                },
            ]
        }
    }
}
