import Glibc

extension Scene {
    /// A landscape: sky, ridges one before the other, ground, and boxes on it. What is further up is further away.
    init(landscape random: inout SeededGenerator) {
        self.init()
        let horizon = Int(random.uniform(0.25, 0.6) * Double(Self.side))
        paintSky(to: Self.side, &random)
        let ridges = 1 + random.below(4)
        for ridge in 0..<ridges {
            let nearness = Float(ridge + 1) / Float(ridges + 1)
            paintRidge(around: horizon - 12 + Int(nearness * 16), depth: 0.95 - 0.4 * nearness, &random)
        }
        paintGround(from: horizon, &random)
        let boxes = random.below(8)
        // The far ones first: near ones stand before them.
        for base in (0..<boxes).map({ _ in horizon + random.below(Self.side - horizon) }).sorted() {
            paintBox(on: base, horizon, &random)
        }
    }

    private static func colour(_ random: inout SeededGenerator, _ low: Double, _ high: Double) -> SIMD3<Float> {
        SIMD3(Float(random.uniform(low, high)), Float(random.uniform(low, high)), Float(random.uniform(low, high)))
    }

    private mutating func paintSky(to end: Int, _ random: inout SeededGenerator) {
        let isBlue = random.uniform(0, 1) < 0.6
        let top = isBlue ? SIMD3(0.2, 0.4, 0.7) + Self.colour(&random, 0, 0.3) : Self.colour(&random, 0.1, 0.9)
        let bottom = top + Self.colour(&random, -0.1, 0.4)
        let clouds = Plasma(cells: 2 + random.below(6), &random)
        let strength = Float(random.uniform(0, 0.5))
        for y in 0..<end {
            let share = Float(y) / Float(Self.side)
            for x in 0..<Self.side {
                paint(top + share * (bottom - top) + strength * max(0, clouds(x, y) - 0.5), at: y * Self.side + x)
                depth[y * Self.side + x] = 1
            }
        }
    }

    private mutating func paintRidge(around height: Int, depth far: Float, _ random: inout SeededGenerator) {
        let ground = Self.colour(&random, 0.05, 0.6)
        let texture = Texture(&random)
        let waves = (0..<3).map { _ in
            (Float(random.uniform(1, 7)), Float(random.uniform(0.02, 0.25)), Float(random.uniform(0, 2 * .pi)))
        }
        for x in 0..<Self.side {
            let top = waves.reduce(Float(height)) { $0 + $1.0 * sinf($1.1 * Float(x) + $1.2) }
            for y in max(0, Int(top))..<Self.side {
                paint(texture(ground, x, y, &random), at: y * Self.side + x)
                depth[y * Self.side + x] = far
            }
        }
    }

    /// As far away as the ground at this row is.
    private static func depth(ofRow row: Int, _ horizon: Int) -> Float {
        0.1 + 0.75 * Float(side - row) / Float(side - horizon)
    }

    private mutating func paintGround(from horizon: Int, _ random: inout SeededGenerator) {
        let ground = Self.colour(&random, 0.03, 0.65)
        let texture = Texture(&random)
        for y in min(Self.side, horizon + 4)..<Self.side {
            for x in 0..<Self.side {
                paint(texture(ground, x, y, &random), at: y * Self.side + x)
                depth[y * Self.side + x] = Self.depth(ofRow: y, horizon)
            }
        }
    }

    private mutating func paintBox(on base: Int, _ horizon: Int, _ random: inout SeededGenerator) {
        let far = Self.depth(ofRow: base, horizon)
        let size = 1.2 - Double(far)
        let (width, height) = (4 + Int(random.uniform(4, 28) * size), 6 + Int(random.uniform(6, 60) * size))
        let left = random.below(Self.side) - width / 2
        let (wall, window) = (Self.colour(&random, 0.05, 0.95), Self.colour(&random, 0, 0.9))
        let texture = Texture(&random)
        let (across, down) = (3 + random.below(6), 3 + random.below(6))
        let hasWindows = random.below(3) > 0
        for y in max(0, base - height)..<base {
            for x in max(0, left)..<max(0, min(Self.side, left + width)) {
                let isWindow = hasWindows && (x - left) % across >= (across + 1) / 2 && (base - y) % down >= (down + 1) / 2
                paint(texture(isWindow ? window : wall, x, y, &random), at: y * Self.side + x)
                depth[y * Self.side + x] = far
            }
        }
    }

    /// What a surface's colour is multiplied by.
    private struct Texture {
        private let coarse: Plasma
        private let fine: Plasma
        private let strengths: (coarse: Float, fine: Float, grain: Double)

        init(_ random: inout SeededGenerator) {
            (coarse, fine) = (Plasma(cells: 3 + random.below(8), &random), Plasma(cells: 16 + random.below(32), &random))
            strengths = (Float(random.uniform(0, 1)), Float(random.uniform(0, 1.2)), random.uniform(0, 0.25))
        }

        func callAsFunction(_ colour: SIMD3<Float>, _ x: Int, _ y: Int, _ random: inout SeededGenerator) -> SIMD3<Float> {
            let light = 1 + strengths.coarse * (coarse(x, y) - 0.5) + strengths.fine * (fine(x, y) - 0.5)
            return colour * (light + Float(random.uniform(-strengths.grain, strengths.grain)))
        }
    }
}
