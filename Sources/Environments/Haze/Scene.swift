/// A picture of 96 × 96, and how far away each of its points is.
struct Scene: Sendable {
    static let side = 96
    static let count = side * side

    /// `[3, 96, 96]`.
    private(set) var colours = [UInt8](repeating: 0, count: 3 * count)
    /// 0: near, to 1: far. `[96, 96]`.
    var depth = [Float](repeating: 0, count: count)

    /// Red, green and blue, 0 to 1.
    mutating func paint(_ colour: SIMD3<Float>, at place: Int) {
        for channel in 0..<3 { colours[channel * Self.count + place] = UInt8(255 * min(1, max(0, colour[channel])) + 0.5) }
    }
}

/// Smooth noise of 0 to 1: numbers on a grid, with cubic slopes between them (value noise, as in Perlin 1985, "An image synthesizer").
struct Plasma {
    private let cells: Int
    private let values: [Float]

    /// - Parameter cells: on a side.
    init(cells: Int, _ random: inout SeededGenerator) {
        self.cells = cells
        values = (0..<(cells + 1) * (cells + 1)).map { _ in Float(random.uniform(0, 1)) }
    }

    /// At a point of the scene, in pixels.
    func callAsFunction(_ x: Int, _ y: Int) -> Float {
        let scale = Float(cells) / Float(Scene.side)
        let (u, v) = (Float(x) * scale, Float(y) * scale)
        let (column, row) = (Int(u), Int(v))
        let (s, t) = (Self.slope(u - Float(column)), Self.slope(v - Float(row)))
        let first = row * (cells + 1) + column
        let top = values[first] + s * (values[first + 1] - values[first])
        let bottom = values[first + cells + 1] + s * (values[first + cells + 2] - values[first + cells + 1])
        return top + t * (bottom - top)
    }

    private static func slope(_ share: Float) -> Float { share * share * (3 - 2 * share) }
}
