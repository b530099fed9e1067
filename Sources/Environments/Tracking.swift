import Glibc
public import StarlingExperience

/// Tracking: a camera is to keep a target in the middle of what it sees, while others that look much like it pass by (after Luo et al. 2018, "End-to-end
/// active object tracking via reinforcement learning").
///
/// The target walks 0.8 a step, turning at random; the camera stays (0) or moves by 1: right (1), left (2), down (3), up (4). With the distance d from the
/// middle after the camera's move, before the target's next, the reward is max(1 − d/4, −1). Who has had the target further than 8 off in one direction for 20 steps in a row has lost
/// it, and the episode terminates; it is truncated after 200. A camera that knows where the target is has 170.5 of 200 and never loses it; where it knows
/// that two steps late, 82.3; one that moves at random has −28.7 and loses it after 44 steps.
///
/// Observation: `[1, 32, 32]` grey levels, one a unit of length. A disc is filled, the distractors beside it are rings of the same grey. What ground,
/// disc and rings look like differs from episode to episode; ``Looks/test`` has grounds and shapes that ``Looks/train`` never shows.
public struct Tracking: Environment, BitwiseCopyable, Sendable {
    /// How things look.
    public enum Looks: UInt8, BitwiseCopyable, Sendable {
        /// One ground, one disc.
        case plain
        /// Waves of any direction and length; discs and rings.
        case train
        /// A chessboard of any size; squares, filled and hollow.
        case test
    }

    static let side = 32
    static let stepLimit = 200
    /// Steps that an observation may be late at most.
    static let latencyLimit = 4
    private static let speed = 0.8
    private static let turning = 0.35
    private static let lostDistance = 8.0
    private static let lostSteps = 20

    private let looks: Looks
    private let latency: Int
    private let hasDistractors: Bool

    private var random = SeededGenerator(seed: 0)
    private var scene = Scene()
    /// Earlier scenes, the newest first.
    private var past = (Scene(), Scene(), Scene(), Scene())
    private var look = Look()
    private var steps = 0
    private var lost = 0

    /// - Parameter latency: steps by which what is seen is late.
    public init(_ looks: Looks = .train, latency: Int = 0, hasDistractors: Bool = true) {
        precondition((0...Self.latencyLimit).contains(latency), "a latency of 0 to \(Self.latencyLimit), not \(latency)")
        (self.looks, self.latency, self.hasDistractors) = (looks, latency, hasDistractors)
    }

    static let options: [EnvironmentRegistry.Entry.Option] = [
        .init("looks", "plain, train or test: which grounds and shapes there are; default train."),
        .init("latency", "Steps that an observation is late, 0 to \(latencyLimit); default 0."),
        .init("distractors", "Whether others pass by; default true."),
    ]

    init(_ options: EnvironmentOptions) throws(EnvironmentError) {
        let looks: [String: Looks] = ["plain": .plain, "train": .train, "test": .test]
        self.init(
            looks[try options.text("looks", among: ["plain", "train", "test"], default: "train")]!,
            latency: try options.integer("latency", in: 0...Self.latencyLimit, default: 0),
            hasDistractors: try options.truth("distractors", default: true))
    }

    public var observationShape: [Int] { [1, Self.side, Self.side] }
    public var action: ActionSpec { .discrete(5) }

    public mutating func reset(seed: UInt64, into observation: inout MutableSpan<UInt8>) {
        random = SeededGenerator(seed: seed)
        look = Look(looks, &random)
        scene = Scene()
        scene.target.position = SIMD2(random.uniform(-2, 2), random.uniform(-2, 2))
        scene.target.velocity = velocity()
        scene.others = (walker(), walker())
        walk()
        past = (scene, scene, scene, scene)
        (steps, lost) = (0, 0)
        draw(into: &observation)
    }

    public mutating func step(_ action: Int, into observation: inout MutableSpan<UInt8>) -> StepResult {
        past = (scene, past.0, past.1, past.2)
        let moves: [5 of SIMD2<Double>] = [[0, 0], [1, 0], [-1, 0], [0, 1], [0, -1]]
        scene.camera += moves[action]
        let off = scene.target.position - scene.camera
        let distance = (off * off).sum().squareRoot()
        lost = max(abs(off.x), abs(off.y)) > Self.lostDistance ? lost + 1 : 0
        steps += 1
        walk()
        draw(into: &observation)
        let ending: Ending = lost == Self.lostSteps ? .terminated : steps == Self.stepLimit ? .truncated : .none
        return StepResult(reward: Float(max(1 - distance / 4, -1)), ending: ending)
    }

    /// Where the target is, from the middle: right and down.
    public var trueState: [Float]? {
        let off = scene.target.position - scene.camera
        return [Float(off.x), Float(off.y)]
    }

    public var picture: Picture? {
        var grey = [UInt8](repeating: 0, count: Self.side * Self.side)
        var span = grey.mutableSpan
        draw(into: &span)
        return .pixels(width: Self.side, height: Self.side, rgb: grey.flatMap { [$0, $0, $0] })
    }

    // MARK: Moving

    private struct Walker: BitwiseCopyable {
        var position = SIMD2<Double>(0, 0)
        var velocity = SIMD2<Double>(0, 0)
    }

    private struct Scene: BitwiseCopyable {
        var camera = SIMD2<Double>(0, 0)
        var target = Walker()
        var others = (Walker(), Walker())
    }

    private mutating func velocity() -> SIMD2<Double> {
        let angle = random.uniform(0, 2 * .pi)
        return Self.speed * SIMD2(cos(angle), sin(angle))
    }

    /// One that comes by: within what is seen, and not at the target.
    private mutating func walker() -> Walker {
        let angle = random.uniform(0, 2 * .pi)
        let distance = random.uniform(6, 14)
        return Walker(position: distance * SIMD2(cos(angle), sin(angle)), velocity: velocity())
    }

    private mutating func walk() {
        var next = scene
        walk(&next.target)
        walk(&next.others.0)
        walk(&next.others.1)
        scene = next
    }

    private mutating func walk(_ walker: inout Walker) {
        walker.velocity += Self.turning * SIMD2(random.gaussian(), random.gaussian())
        let length = (walker.velocity * walker.velocity).sum().squareRoot()
        // Turned to a standstill: any direction is as good.
        walker.velocity = length > 1e-9 ? walker.velocity * (Self.speed / length) : SIMD2(Self.speed, 0)
        walker.position += walker.velocity
        // Who has gone far comes back on the other side.
        let off = walker.position - scene.camera
        if max(abs(off.x), abs(off.y)) > 40 { walker.position = scene.camera - 0.5 * off }
    }

    // MARK: Drawing

    /// What an episode's ground and shapes are.
    private struct Look: BitwiseCopyable {
        var isBoard = false
        var isSquare = false
        /// Of the waves: radians a unit of length.
        var wave = (SIMD2<Float>(0.3, 0.1), SIMD2<Float>(-0.1, 0.25))
        /// Of the chessboard.
        var field: Float = 4
        var ground: Float = 90
        var contrast: Float = 20
        var ink: Float = 230
        var radius: Float = 2.5

        init() {}

        init(_ looks: Looks, _ random: inout SeededGenerator) {
            guard looks != .plain else { return }
            (isBoard, isSquare) = (looks == .test, looks == .test)
            func wave() -> SIMD2<Float> {
                let (angle, length) = (random.uniform(0, 2 * .pi), random.uniform(5, 24))
                return Float(2 * .pi / length) * SIMD2(Float(cos(angle)), Float(sin(angle)))
            }
            self.wave = (wave(), wave())
            field = Float(random.uniform(2.5, 9))
            ground = Float(random.uniform(60, 120))
            contrast = Float(random.uniform(0, 45))
            ink = Float(random.uniform(190, 255))
            radius = Float(random.uniform(2, 3.2))
        }

        func shade(_ x: Float, _ y: Float) -> Float {
            guard !isBoard else {
                let isDark = Int((x / field).rounded(.down)) & 1 == Int((y / field).rounded(.down)) & 1
                return ground + (isDark ? -contrast : contrast)
            }
            return ground + contrast * 0.5 * (sinf(wave.0.x * x + wave.0.y * y) + sinf(wave.1.x * x + wave.1.y * y))
        }

        /// How much of a pixel this far from a shape's middle is its ink, 0 to 1.
        func cover(_ dx: Float, _ dy: Float, isFilled: Bool) -> Float {
            let distance = isSquare ? max(abs(dx), abs(dy)) : (dx * dx + dy * dy).squareRoot()
            let outer = min(1, max(0, radius - distance + 0.5))
            return isFilled ? outer : outer - min(1, max(0, radius - 1.2 - distance + 0.5))
        }
    }

    private func draw(into observation: inout MutableSpan<UInt8>) {
        let seen =
            switch latency {
            case 0: scene
            case 1: past.0
            case 2: past.1
            case 3: past.2
            default: past.3
            }
        let (left, top) = (Float(seen.camera.x) - Float(Self.side) / 2 + 0.5, Float(seen.camera.y) - Float(Self.side) / 2 + 0.5)
        for row in 0..<Self.side {
            for column in 0..<Self.side {
                observation[row * Self.side + column] = UInt8(look.shade(left + Float(column), top + Float(row)))
            }
        }
        if hasDistractors {
            draw(seen.others.0, isFilled: false, left, top, into: &observation)
            draw(seen.others.1, isFilled: false, left, top, into: &observation)
        }
        draw(seen.target, isFilled: true, left, top, into: &observation)
    }

    private func draw(_ walker: Walker, isFilled: Bool, _ left: Float, _ top: Float, into observation: inout MutableSpan<UInt8>) {
        let (x, y) = (Float(walker.position.x) - left, Float(walker.position.y) - top)
        // Far outside of what is seen there is nothing to be drawn, and no whole number to be had.
        guard abs(x) < 64, abs(y) < 64 else { return }
        for row in Self.places(about: y) {
            for column in Self.places(about: x) {
                let cover = look.cover(Float(column) - x, Float(row) - y, isFilled: isFilled)
                let place = row * Self.side + column
                observation[place] = UInt8(Float(observation[place]) * (1 - cover) + look.ink * cover)
            }
        }
    }

    /// Rows or columns that a shape about this one may cover, within the picture.
    private static func places(about middle: Float) -> Range<Int> {
        let first = min(side, max(0, Int(middle) - 4))
        return first..<max(first, min(side, Int(middle) + 6))
    }
}
