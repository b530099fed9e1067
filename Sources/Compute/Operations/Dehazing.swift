// Composed from other operations, which are fused into one pass, and differentiated as such.

/// What an image would be without haze.
enum Dehazing: Sampled {
    package static var samples: [Sample] {
        [(1, 1), (2, 4), (37, 9), (300, 2)].map { rows, pixels in
            Sample(
                "dehazed \(rows)×\(pixels)", rows: rows,
                [
                    .init(.perRow(.samples, 3 * pixels), .float(0...1)), .init(.perRow(.samples, pixels), .float(0.05...1)),
                    .init(.perRow(.samples, 3), .float(0.5...1)),
                ]
            ) { $0.dehazed($1[0], transmission: $1[1], airlight: $1[2]) }
        }
            + [(1, 1, 3), (5, 2, 4), (33, 8, 3)].map { rows, side, factor in
                Sample("enlarged \(rows)×\(side)×\(factor)", rows: rows, [.init(.perRow(.samples, side * side))]) {
                    $0.enlarged($1[0], side: side, by: factor)
                }
            }
    }
}

extension Graph {
    /// J of the atmospheric scattering model I = J·t + A·(1 − t): clip((I − A)/max(t, 0.1) + A) to 0…1, as He et al. 2009, "Single image
    /// haze removal using dark channel prior", section 4.3.
    /// - Parameters:
    ///   - image: I, channel after channel, of 0…1. `[rows, C·N]`.
    ///   - transmission: t of every pixel, `[rows, N]`.
    ///   - airlight: A, `[rows, C]`.
    /// - Returns: `[rows, C·N]`.
    public mutating func dehazed(_ image: Node, transmission: Node, airlight: Node) -> Node {
        let (pixels, channels) = (transmission.shape.width, airlight.shape.width)
        demand(image.shape.width == pixels * channels, "\(image.shape) is not \(channels) channels of \(pixels) pixels")
        let air = repeatEach(airlight, pixels)
        let share = concatenate(Array(repeating: atLeast(transmission, 0.1), count: channels))
        return clamp(add(divide(subtract(image, air), share), air), 0...1)
    }

    /// An image `factor` times as large on both sides, its pixels in the middle of theirs and straight lines between: as PyTorch's
    /// `interpolate(mode="bilinear", align_corners=False)`. `[rows, S·S]` → `[rows, (S·factor)·(S·factor)]`.
    public mutating func enlarged(_ image: Node, side: Int, by factor: Int) -> Node {
        demand(image.shape.dims == [side * side], "\(image.shape) is not an image of \(side) × \(side)")
        let large = side * factor
        /// How much each small pixel of a row has of a large one.
        func shares(_ place: Int) -> [(Int, Float)] {
            let source = min(Float(side - 1), max(0, (Float(place) + 0.5) / Float(factor) - 0.5))
            let first = min(side - 1, Int(source))
            let share = source - Float(first)
            return share == 0 ? [(first, Float(1))] : [(first, 1 - share), (first + 1, share)]
        }
        let each = (0..<large).map(shares)
        var weights = [Float](repeating: 0, count: large * large * side * side)
        for y in 0..<large {
            for x in 0..<large {
                for (row, down) in each[y] {
                    for (column, across) in each[x] {
                        weights[(y * large + x) * side * side + row * side + column] = down * across
                    }
                }
            }
        }
        return linear(image, weight: reshape(table(weights), [large * large, side * side]))
    }
}
