import StarlingEnvironments
import StarlingExperience
import StarlingSafetensors
import Testing

@Suite struct HazySceneTests {
    private static let spec = HazyScene().observationSpec

    /// One environment and what it shows.
    private struct Play {
        var scene: HazyScene
        var row: [UInt8]

        init(_ scene: HazyScene, _ seed: UInt64) {
            var (scene, row) = (scene, [UInt8](repeating: 0xAA, count: spec.byteCount))
            do {
                var span = row.mutableSpan
                scene.reset(seed: seed, into: &span)
            }
            (self.scene, self.row) = (scene, row)
        }

        mutating func step(_ action: Int) -> StepResult {
            var scene = self.scene
            let result: StepResult
            do {
                var span = row.mutableSpan
                result = scene.step(action, into: &span)
            }
            self.scene = scene
            return result
        }

        func floats(_ name: String) -> [Float] {
            let index = spec.parts.firstIndex { $0.name == name }!
            return row.withUnsafeBytes { bytes in
                (0..<spec.parts[index].count).map {
                    bytes.loadUnaligned(fromByteOffset: spec.offset(ofPart: index) + 4 * $0, as: Float.self)
                }
            }
        }

        func bytes(_ name: String) -> [Float] {
            let index = spec.parts.firstIndex { $0.name == name }!
            return row[spec.offset(ofPart: index)..<spec.offset(ofPart: index) + spec.parts[index].count].map(Float.init)
        }
    }

    /// Who goes the shortest path and stays there is rewarded in as many steps, whoever says so elsewhere is not.
    @Test func hazeIsFoundByTheShortestPath() throws {
        var lengths = 0
        for seed in 0..<200 as Range<UInt64> {
            var play = Play(HazyScene(haze: .always), seed)
            let shortest = try #require(play.scene.shortestPath)
            #expect((play.floats("hazy")[0] == 1) == (shortest == 1))
            if shortest > 1 {
                var hasty = play
                let result = hasty.step(4)
                #expect(result == StepResult(reward: 0, ending: .terminated))
            }
            for left in (1..<shortest).reversed() {
                let nearer = (0..<4).first { action in
                    var other = play
                    _ = other.step(action)
                    return other.scene.shortestPath == left
                }
                let action = try #require(nearer)
                let result = play.step(action)
                #expect(result == StepResult(reward: 0))
            }
            #expect(play.floats("hazy") == [1])
            let result = play.step(4)
            #expect(result == StepResult(reward: 1, ending: .terminated))
            lengths += shortest
        }
        #expect(lengths > 300, "haze is to be looked for: \(lengths)")
    }

    @Test func clearScenesRewardWhoNeverSaysSo() {
        for seed in 0..<20 as Range<UInt64> {
            var play = Play(HazyScene(haze: .never), seed)
            #expect(play.scene.shortestPath == nil && play.floats("transmission").allSatisfy { $0 == 1 })
            #expect(play.bytes("window") == play.bytes("clear"))
            let results = (1...30).map { play.step($0 % 4) }
            #expect(results.dropLast().allSatisfy { $0 == StepResult(reward: 0) })
            #expect(results.last == StepResult(reward: 1, ending: .terminated))
        }
        let hazy = (0..<1000 as Range<UInt64>).count { Play(HazyScene(), $0).scene.shortestPath != nil }
        #expect(abs(hazy - 500) < 64, "\(hazy)")
    }

    /// I = J·t + A·(1 − t), square by square: t hardly changes within one.
    @Test func whatIsSeenIsTheModelOfScattering() throws {
        var errors: [Float] = []
        for seed in 0..<50 as Range<UInt64> {
            let play = Play(HazyScene(haze: .always), seed)
            let (seen, clear, t) = (play.bytes("window"), play.bytes("clear"), play.floats("transmission"))
            let airlight = play.floats("airlight")
            #expect(airlight.allSatisfy { $0 == airlight[0] && (0.75..<1).contains($0) } && t.allSatisfy { (0.05...1).contains($0) })
            for channel in 0..<3 {
                for cell in 0..<64 {
                    func mean(_ values: [Float]) -> Float {
                        (0..<9).reduce(0) { $0 + values[(channel * 24 + cell / 8 * 3 + $1 / 3) * 24 + cell % 8 * 3 + $1 % 3] } / 9
                    }
                    let expected = mean(clear) * t[cell] + 255 * airlight[channel] * (1 - t[cell])
                    errors.append(abs(mean(seen) - expected))
                }
            }
            let share = Float(t.count { $0 < 0.7 }) / 64
            if abs(share - 0.5) > 0.1 { #expect((play.floats("hazy")[0] == 1) == (share > 0.5)) }
        }
        errors.sort()
        #expect(errors[errors.count / 2] < 1, "\(errors[errors.count / 2])")
        // Where one thing stands before another, depth and colour jump together.
        #expect(errors[errors.count * 99 / 100] < 12, "\(errors[errors.count * 99 / 100])")
    }

    /// What the window shows of the scene is there in squares of 8 × 8, its transmission too, and stays while the window moves.
    @Test func theOverviewIsTheSceneInSquares() {
        for seed in 0..<20 as Range<UInt64> {
            var play = Play(HazyScene(haze: .always), seed)
            let (overview, map) = (play.bytes("overview"), play.floats("map"))
            for action in [0, 2, 1, 1, 3] {
                let window = play.bytes("window")
                let (column, row) = (Int((play.floats("place")[0] + 1) * 4.5 + 0.5), Int((play.floats("place")[1] + 1) * 4.5 + 0.5))
                for square in 0..<27 {
                    let (channel, y, x) = (square / 9, square / 3 % 3, square % 3)
                    let mean =
                        (0..<64).reduce(0) { $0 + window[(channel * 24 + 8 * y + $1 / 8) * 24 + 8 * x + $1 % 8] } / 64
                    #expect(abs(mean - overview[(channel * 12 + row + y) * 12 + column + x]) <= 0.5)
                }
                let shares = (0..<9).map { map[(row + $0 / 3) * 12 + column + $0 % 3] }
                let (squares, cells) = (shares.reduce(0, +) / 9, play.floats("transmission").reduce(0, +) / 64)
                #expect(abs(squares - cells) < 1e-4)
                _ = play.step(action)
                #expect(play.bytes("overview") == overview && play.floats("map") == map)
            }
        }
    }

    /// Views go everywhere whatever is done, reward nothing, and half of them are under haze all over.
    @Test func viewsShowHazeOfEveryKind() {
        let views = HazyScene(haze: .never, views: 1)
        var places: Set<[Float]> = []
        var allOver = 0
        for seed in 0..<60 as Range<UInt64> {
            var (play, other) = (Play(views, seed), Play(views, seed))
            var isAllOver = true
            for step in 1...30 {
                let (result, same) = (play.step(4), other.step(step % 4))
                #expect(result == same && play.row == other.row)
                #expect(result == (step == 30 ? StepResult(reward: 0, ending: .terminated) : StepResult(reward: 0)))
                places.insert(play.floats("place"))
                isAllOver = isAllOver && play.floats("transmission").allSatisfy { $0 < 0.94 }
            }
            #expect(play.scene.shortestPath != nil)
            allOver += isAllOver ? 1 : 0
        }
        #expect(places.count == 100 && abs(allOver - 30) < 16, "\(places.count) places, \(allOver) under haze all over")
        let rewarded = (0..<400 as Range<UInt64>).count { seed in
            var play = Play(HazyScene(haze: .never, views: 0.25), seed)
            return (1...30).map { play.step($0 % 4).reward }.last == 1
        }
        #expect(abs(rewarded - 300) < 36, "\(rewarded)")
    }

    @Test func scenesComeFromSeedsAndGoOnFromStates() {
        var play = Play(HazyScene(haze: .always), 7)
        #expect(Play(HazyScene(haze: .always), 7).row == play.row)
        #expect(Play(HazyScene(haze: .always), 8).row != play.row)
        #expect(Play(HazyScene(.landscapes, .test, haze: .always), 7).row != play.row)
        for action in [0, 2, 1, 3, 0] { _ = play.step(action) }
        var copy = Play(HazyScene(haze: .always), 9)
        let isRestored = copy.scene.restore(from: play.scene.savedState()!)
        #expect(isRestored)
        for action in [2, 2, 0] {
            let (result, again) = (play.step(action), copy.step(action))
            #expect(result == again && play.row == copy.row)
        }
        var view = Play(HazyScene(views: 1), 7)
        for _ in 0..<5 { _ = view.step(0) }
        var seen = Play(HazyScene(views: 1), 9)
        let isSeen = seen.scene.restore(from: view.scene.savedState()!)
        let (result, again) = (view.step(0), seen.step(0))
        #expect(isSeen && result == again && view.row == seen.row)
        for bad in [[], [UInt8](repeating: 255, count: 11)] {
            let isTaken = copy.scene.restore(from: bad)
            #expect(!isTaken)
        }
    }

    /// Two photographs of one colour each.
    private func file(_ train: UInt8, _ test: UInt8, side: Int = 256) throws -> PictureFile {
        func array(_ name: String, _ grey: UInt8) -> NamedArray {
            NamedArray(name, shape: [1, 3, side, side], [UInt8](repeating: grey, count: 3 * side * side))
        }
        return try PictureFile(SafetensorsFile([array("train.pictures", train), array("test.pictures", test)]))
    }

    @Test func photographsAreThoseOfTheirPart() throws {
        let pictures = try file(200, 90)
        for (part, greys) in [(HazyScene.Part.train, 80...255 as ClosedRange<Float>), (.test, 90...90)] {
            var scene = HazyScene(.pictures, part, haze: .never) { pictures }
            try scene.prepare()
            for seed in 0..<20 as Range<UInt64> {
                #expect(Play(scene, seed).bytes("clear").allSatisfy { greys.contains($0) })
            }
        }
        let error = #expect(throws: (any Error).self) { try file(1, 1, side: 64) }
        #expect("\(error!)".contains("it needs the array train.pictures, U8 [N, 3, 256, 256]"))
        struct Missing: Error {}
        #expect(throws: Missing.self) {
            var scene = HazyScene(.both, .train) { throw Missing() }
            try scene.prepare()
        }
    }

    @Test(arguments: [("scenes", "skies"), ("part", "rest"), ("haze", "often"), ("hase", "half"), ("views", "2")])
    func optionsThatCantBeAreToldByName(name: String, value: String) throws {
        let entry = try EnvironmentRegistry.builtIn.entry(named: HazyScene.name)
        var options = EnvironmentOptions()
        let isSet = options.set(assignment: "\(name)=\(value)")
        #expect(isSet)
        let error = #expect(throws: EnvironmentError.self) { try entry.spec(options) }
        #expect(error?.message.contains("environment.\(name)") == true, "\(error?.message ?? "none")")
    }
}
