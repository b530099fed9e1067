import Glibc

/// Haze over a scene, by the atmospheric scattering model (Koschmieder 1924; as in He et al. 2009, "Single image haze removal using dark
/// channel prior"): I = J·t + A·(1 − t) with the transmission t = e^(−β·d·m), d the depth and m one soft region, full in its
/// middle and fading out as a Normal's bell.
struct HazeLayer: Sendable {
    /// Who is in haze has less transmission than this in half of its window at least.
    static let limit: Float = 0.7
    /// Windows begin at multiples of this.
    static let step = 8
    static let window = 24
    /// Places of a window in a row.
    static let places = (Scene.side - window) / step + 1
    /// Squares of a step, in a row.
    static let cells = Scene.side / step

    /// `[96, 96]`.
    let transmission: [Float]
    let airlight: Float
    /// Whether a window at a place is in haze, `[10, 10]`.
    let isHazy: [Bool]

    /// None.
    init(airlight: Float) {
        transmission = [Float](repeating: 1, count: Scene.count)
        isHazy = [Bool](repeating: false, count: Self.places * Self.places)
        self.airlight = airlight
    }

    /// All over a scene.
    init(allOver scene: Scene, airlight: Float, _ random: inout SeededGenerator) {
        let thickness = Self.thickness(&random)
        transmission = scene.depth.map { expf(-thickness * $0) }
        isHazy = Self.hazyPlaces(transmission)
        self.airlight = airlight
    }

    /// A region somewhere, of a scene that is deep enough there that a window is in haze; nil when none was found.
    init?(over scene: Scene, airlight: Float, _ random: inout SeededGenerator) {
        for _ in 0..<16 {
            let thickness = Self.thickness(&random)
            let middle = SIMD2(Float(random.uniform(12, 84)), Float(random.uniform(8, 76)))
            let spread = SIMD2(Float(random.uniform(10, 34)), Float(random.uniform(10, 34)))
            let transmission = Self.transmission(scene, thickness, middle, spread)
            let isHazy = Self.hazyPlaces(transmission)
            guard isHazy.contains(true) else { continue }
            (self.transmission, self.isHazy, self.airlight) = (transmission, isHazy, airlight)
            return
        }
        return nil
    }

    /// β.
    private static func thickness(_ random: inout SeededGenerator) -> Float { Float(random.uniform(0.6, 2.4)) }

    private static func transmission(
        _ scene: Scene, _ thickness: Float, _ middle: SIMD2<Float>, _ spread: SIMD2<Float>
    ) -> [Float] {
        func bell(_ place: Int, _ middle: Float, _ spread: Float) -> Float {
            let off = (Float(place) - middle) / spread
            return expf(-0.5 * off * off)
        }
        let across = (0..<Scene.side).map { bell($0, middle.x, spread.x) }
        let down = (0..<Scene.side).map { bell($0, middle.y, spread.y) }
        var transmission = scene.depth
        for y in 0..<Scene.side {
            for x in 0..<Scene.side {
                let place = y * Scene.side + x
                transmission[place] = expf(-thickness * transmission[place] * min(1, 2 * across[x] * down[y]))
            }
        }
        return transmission
    }

    private static func hazyPlaces(_ transmission: [Float]) -> [Bool] {
        var hazy = [Int](repeating: 0, count: cells * cells)
        for place in 0..<Scene.count where transmission[place] < limit { hazy[cell(of: place)] += 1 }
        let reach = window / step
        return (0..<places * places).map { place in
            let (row, column) = (place / places, place % places)
            var count = 0
            for y in row..<row + reach { for x in column..<column + reach { count += hazy[y * cells + x] } }
            return 2 * count >= window * window
        }
    }

    /// How much it lets through of squares, means: `[12, 12]`.
    var map: [Float] {
        (0..<Self.cells * Self.cells).map { transmission(ofSquare: $0, Self.cells, of: Self.step, from: 0) }
    }

    /// The mean over one of the squares, `count` in a row, `side` points wide, that begin at a place of the scene.
    func transmission(ofSquare square: Int, _ count: Int, of side: Int, from first: Int) -> Float {
        let corner = first + square / count * side * Scene.side + square % count * side
        var sum: Float = 0
        for y in 0..<side { for x in 0..<side { sum += transmission[corner + y * Scene.side + x] } }
        return sum / Float(side * side)
    }

    /// The square that a point is in.
    private static func cell(of place: Int) -> Int { place / Scene.side / step * cells + place % Scene.side / step }

    /// What is seen of a scene in squares, their means: `[3, 12, 12]`.
    func overview(of scene: Scene) -> [UInt8] {
        var sums = [Int](repeating: 0, count: 3 * Self.cells * Self.cells)
        for place in 0..<Scene.count {
            let cell = Self.cell(of: place)
            for channel in 0..<3 {
                sums[channel * Self.cells * Self.cells + cell] += Int(seen(scene.colours[channel * Scene.count + place], at: place))
            }
        }
        let count = Self.step * Self.step
        return sums.map { UInt8(($0 + count / 2) / count) }
    }

    /// What is seen of a colour of 0 to 255.
    func seen(_ colour: UInt8, at place: Int) -> UInt8 {
        let share = transmission[place]
        return UInt8(Float(colour) * share + 255 * airlight * (1 - share) + 0.5)
    }
}
