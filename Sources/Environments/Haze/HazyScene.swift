public import StarlingExperience

/// HazyScene: find the haze that lies somewhere over a scene, or know that there is none.
///
/// A window of 24 × 24 looks at a scene of 96 × 96, and moves by 8: left (0), right (1), up (2), down (3); to stay (4) is to say "here is
/// haze", which ends the episode, with a reward of 1 where half of the window has a transmission below 0.7 and 0 elsewhere. Half of the
/// scenes are clear: these reward who gets through all 30 steps without saying so.
///
/// Of its observation the window, its place, −1 to 1, and the scene in squares of 8 × 8 are for the policy: what it looks at, and what it
/// sees from the corner of its eye. The others are what only who made the haze knows, for training alone: the light of the air, the
/// window's transmission in squares of 3 × 3, whether it is in haze, the scene's transmission in squares of 8 × 8, and the window
/// without haze.
///
/// A share of the episodes may be views, where nothing is to be found: the window is somewhere else after every step, whatever is done,
/// and nothing is rewarded. Half of them are under haze all over, the others under one region. They show what a policy that finds haze,
/// and ends there, hardly ever sees.
public struct HazyScene: Environment, MultipartObservation, Sendable {
    /// What scenes show.
    public enum Scenes: String, CaseIterable, Sendable {
        case landscapes, pictures, both
    }
    /// Whose scenes.
    public enum Part: String, CaseIterable, Sendable {
        case train, test
    }
    /// How many of them have haze.
    public enum Haze: String, CaseIterable, Sendable {
        case half, always, never
    }

    /// In recipes and on the wire.
    public static let name = "HazyScene"
    static let stepLimit = 30
    /// Squares of the transmission on a side.
    static let grid = 8
    private static let window = HazeLayer.window
    private static let parts: [ObservationSpec.Part] = [
        .init("place", [2]), .init("airlight", [3]), .init("transmission", [1, grid, grid]), .init("hazy", [1]),
        .init("map", [1, HazeLayer.cells, HazeLayer.cells]),
        .init("window", [3, window, window], .uint8), .init("clear", [3, window, window], .uint8),
        .init("overview", [3, HazeLayer.cells, HazeLayer.cells], .uint8),
    ]
    /// Where each begins, in bytes.
    private static let starts = {
        let spec = ObservationSpec(parts: parts)
        return spec.parts.indices.map(spec.offset(ofPart:))
    }()

    private let scenes: Scenes
    private let part: Part
    private let haze: Haze
    private let views: Float
    private let file: @Sendable () throws -> PictureFile
    private var photographs: [PictureFile.Photograph] = []

    private var seed: UInt64 = 0
    private var scene = Scene()
    private var layer = HazeLayer(airlight: 1)
    private var isView = false
    /// The scene as it is seen, in squares, `[3, 12, 12]`.
    private var overview: [UInt8] = []
    /// Its transmission in the same squares, `[12, 12]`.
    private var map: [Float] = []
    /// Of the window.
    private var column = 0
    private var row = 0
    private var steps = 0

    /// - Parameters:
    ///   - scenes: drawn, photographed, or either.
    ///   - part: whether those to learn from, or those to judge by.
    ///   - haze: how many scenes have some, views aside.
    ///   - views: the share of views among episodes, 0 to 1.
    public init(_ scenes: Scenes = .landscapes, _ part: Part = .train, haze: Haze = .half, views: Float = 0) {
        self.init(scenes, part, haze: haze, views: views) { try PictureFile.shared.get() }
    }

    package init(
        _ scenes: Scenes, _ part: Part, haze: Haze = .half, views: Float = 0, of file: @escaping @Sendable () throws -> PictureFile
    ) {
        (self.scenes, self.part, self.haze, self.views, self.file) = (scenes, part, haze, views, file)
    }

    static let options: [EnvironmentRegistry.Entry.Option] = [
        .init(
            "scenes", "landscapes, pictures or both: drawn ones, photographs that `scripts/data pictures` writes; default landscapes."),
        .init("part", "train or test: scenes to learn from, or others; default train."),
        .init("haze", "half, always or never: how many scenes have haze; default half."),
        .init("views", "0 to 1: the share of episodes that only show windows here and there, for the decoder to learn from; default 0."),
    ]

    init(_ options: EnvironmentOptions) throws(EnvironmentError) {
        func choice<Choice: RawRepresentable & CaseIterable>(_ name: String, _ value: Choice) throws(EnvironmentError) -> Choice
        where Choice.RawValue == String {
            Choice(rawValue: try options.text(name, among: Choice.allCases.map(\.rawValue), default: value.rawValue))!
        }
        self.init(
            try choice("scenes", .landscapes), try choice("part", .train), haze: try choice("haze", .half),
            views: Float(try options.number("views", in: 0...1, default: 0)))
    }

    public var observationParts: [ObservationSpec.Part] { Self.parts }
    public var action: ActionSpec { .discrete(5) }

    public mutating func prepare() throws {
        guard scenes != .landscapes else { return }
        let file = try file()
        photographs = part == .train ? file.train : file.test
    }

    public mutating func reset(seed: UInt64, into observation: inout MutableSpan<UInt8>) {
        begin(seed)
        write(into: &observation)
    }

    private mutating func begin(_ seed: UInt64) {
        self.seed = seed
        // Others for the same seeds.
        var random = SeededGenerator(seed: part == .train ? seed : ~seed)
        let isPhotograph = scenes == .pictures || scenes == .both && random.below(2) == 0
        if isPhotograph, !photographs.isEmpty {
            scene = Scene(of: photographs[random.below(photographs.count)], varies: part == .train, &random)
        } else {
            scene = Scene(landscape: &random)
        }
        isView = views > 0 && Float(random.uniform(0, 1)) < views
        layer = drawnLayer(&random)
        (overview, map) = (layer.overview(of: scene), layer.map)
        (column, row, steps) = (random.below(HazeLayer.places), random.below(HazeLayer.places), 0)
    }

    private func drawnLayer(_ random: inout SeededGenerator) -> HazeLayer {
        let airlight = Float(random.uniform(0.75, 1))
        if isView && random.below(2) == 0 { return HazeLayer(allOver: scene, airlight: airlight, &random) }
        let hasHaze = isView || haze == .always || haze == .half && random.below(2) == 0
        return (hasHaze ? HazeLayer(over: scene, airlight: airlight, &random) : nil) ?? HazeLayer(airlight: airlight)
    }

    public mutating func step(_ action: Int, into observation: inout MutableSpan<UInt8>) -> StepResult {
        steps += 1
        guard !isView else { return view(into: &observation) }
        guard action != 4 else {
            write(into: &observation)
            return StepResult(reward: isInHaze ? 1 : 0, ending: .terminated)
        }
        let last = HazeLayer.places - 1
        switch action {
        case 0: column = max(0, column - 1)
        case 1: column = min(last, column + 1)
        case 2: row = max(0, row - 1)
        default: row = min(last, row + 1)
        }
        write(into: &observation)
        guard steps == Self.stepLimit else { return StepResult(reward: 0) }
        return StepResult(reward: layer.isHazy.contains(true) ? 0 : 1, ending: .terminated)
    }

    /// Somewhere else, by seed and step.
    private mutating func view(into observation: inout MutableSpan<UInt8>) -> StepResult {
        var random = SeededGenerator(seed: Seed.mix(~seed, UInt64(steps)))
        (column, row) = (random.below(HazeLayer.places), random.below(HazeLayer.places))
        write(into: &observation)
        return steps == Self.stepLimit ? StepResult(reward: 0, ending: .terminated) : StepResult(reward: 0)
    }

    /// The window's first point, of the scene's.
    private var corner: Int { row * HazeLayer.step * Scene.side + column * HazeLayer.step }

    private var isInHaze: Bool { layer.isHazy[row * HazeLayer.places + column] }

    /// Moves to where haze is nearest, with the step that says so; nil where there is none.
    package var shortestPath: Int? {
        layer.isHazy.indices.filter { layer.isHazy[$0] }.map { place in
            abs(place / HazeLayer.places - row) + abs(place % HazeLayer.places - column) + 1
        }.min()
    }

    // MARK: Observations

    private func write(into observation: inout MutableSpan<UInt8>) {
        let starts = Self.starts
        let (place, airlight, transmission, hazy, map) = (starts[0] / 4, starts[1] / 4, starts[2] / 4, starts[3] / 4, starts[4] / 4)
        let (window, clear, overview) = (starts[5], starts[6], starts[7])
        let last = Float(HazeLayer.places - 1)
        observation.setFloat(2 * Float(column) / last - 1, at: place)
        observation.setFloat(2 * Float(row) / last - 1, at: place + 1)
        for channel in 0..<3 { observation.setFloat(layer.airlight, at: airlight + channel) }
        let first = corner
        for square in 0..<Self.grid * Self.grid {
            let share = layer.transmission(ofSquare: square, Self.grid, of: Self.window / Self.grid, from: first)
            observation.setFloat(share, at: transmission + square)
        }
        observation.setFloat(isInHaze ? 1 : 0, at: hazy)
        for (square, share) in self.map.enumerated() { observation.setFloat(share, at: map + square) }
        let count = Self.window * Self.window
        for channel in 0..<3 {
            for y in 0..<Self.window {
                for x in 0..<Self.window {
                    let (point, place) = (channel * count + y * Self.window + x, first + y * Scene.side + x)
                    let colour = scene.colours[channel * Scene.count + place]
                    observation[window + point] = layer.seen(colour, at: place)
                    observation[clear + point] = colour
                }
            }
        }
        for (place, colour) in self.overview.enumerated() { observation[overview + place] = colour }
    }

    /// How much the window's haze lets through.
    public var trueState: [Float]? { [layer.transmission(ofSquare: 0, 1, of: Self.window, from: corner)] }

    /// The scene as it is seen, and a frame around the window.
    public var picture: Picture? {
        var rgb = [UInt8](repeating: 0, count: 3 * Scene.count)
        let (left, top) = (column * HazeLayer.step, row * HazeLayer.step)
        for place in 0..<Scene.count {
            let (x, y) = (place % Scene.side - left, place / Scene.side - top)
            let isInside = (0..<Self.window).contains(x) && (0..<Self.window).contains(y)
            let isFrame = isInside && (x == 0 || y == 0 || x == Self.window - 1 || y == Self.window - 1)
            for channel in 0..<3 {
                let seen = layer.seen(scene.colours[channel * Scene.count + place], at: place)
                rgb[3 * place + channel] = isFrame ? (channel == 0 ? 255 : 0) : seen
            }
        }
        return .pixels(width: Scene.side, height: Scene.side, rgb: rgb)
    }

    // MARK: State

    public func savedState() -> [UInt8]? {
        var bytes: [UInt8] = []
        bytes.append(valueBytes: seed)
        return bytes + [UInt8(column), UInt8(row), UInt8(steps)]
    }

    public mutating func restore(from state: [UInt8]) -> Bool {
        var reader = StateReader(state)
        guard state.count == 11, let seed = reader.read(UInt64.self), state[8] < HazeLayer.places, state[9] < HazeLayer.places,
            state[10] < Self.stepLimit
        else { return false }
        begin(seed)
        (column, row, steps) = (Int(state[8]), Int(state[9]), Int(state[10]))
        return true
    }
}
