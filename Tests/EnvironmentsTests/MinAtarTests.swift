import StarlingEnvironments
import StarlingExperience
import Testing

@Suite struct MinAtarTests {
    /// As `Tests/Fixtures/minatar/make.py` chooses them.
    private struct Choices {
        static let stretch = 2000
        let policy: (MinAtarPolicies.Board) -> Int
        private var random = SeededGenerator(seed: 1 << 32)
        private var frame = 0
        private var last = 0

        init(_ policy: @escaping (MinAtarPolicies.Board) -> Int) { self.policy = policy }

        mutating func next(_ observation: [UInt8]) -> Int {
            let (chance, drawn) = (random.uniform(0, 1), random.below(6))
            switch frame / Self.stretch % 4 {
            case 1: if chance < 0.125 { last = drawn }
            case 2 where chance >= 0.05, 3: last = policy(.init(numbers: observation))
            default: last = drawn
            }
            frame += 1
            return last
        }
    }

    /// FNV-1a.
    private struct Checksum {
        private(set) var value: UInt64 = 0xCBF2_9CE4_8422_2325

        mutating func add(_ byte: UInt8) { value = (value ^ UInt64(byte)) &* 0x100_0000_01B3 }
    }

    private static let entries = EnvironmentRegistry.builtIn.entries.filter { $0.name.hasPrefix("MinAtar/") && $0.name.hasSuffix("-v0") }

    /// 100,000 frames, in which the games come as far as the head of the fixture's script says.
    private func checkThatFramesAreEqual<Game: MinAtarGame>(
        _ game: MinAtar<Game>, _ name: String, _ policy: @escaping (MinAtarPolicies.Board) -> Int
    ) throws {
        let expected = try Fixture.file("minatar/\(name).safetensors").values("checksum", of: UInt64.self)
        #expect(expected.count == 1000)
        var (game, choices, episode) = (game, Choices(policy), UInt64(0))
        var row = [UInt8](repeating: 7, count: Game.planes.count * 100)
        var observation = row.mutableSpan
        game.reset(seed: episode, into: &observation)
        for (block, sum) in expected.enumerated() {
            var checksum = Checksum()
            for _ in 0..<100 {
                let action = choices.next(row)
                var observation = row.mutableSpan
                let result = game.step(action, into: &observation)
                for byte in row { checksum.add(byte) }
                checksum.add(UInt8(result.reward))
                checksum.add(result.ending == .terminated ? 1 : 0)
                guard result.ending != .none else { continue }
                // There the last action outlives the episode.
                let last = game.lastAction
                episode += 1
                var first = row.mutableSpan
                game.reset(seed: episode, into: &first)
                game.lastAction = last
            }
            try #require(checksum.value == sum, "a frame of \(block * 100)..<\(block * 100 + 100)")
        }
    }

    @Test func asterixEqualsMinAtars() throws { try checkThatFramesAreEqual(MinAtar<Asterix>(), "asterix", MinAtarPolicies.asterix) }
    @Test func breakoutEqualsMinAtars() throws { try checkThatFramesAreEqual(MinAtar<Breakout>(), "breakout", MinAtarPolicies.breakout) }
    @Test func freewayEqualsMinAtars() throws { try checkThatFramesAreEqual(MinAtar<Freeway>(), "freeway", MinAtarPolicies.freeway) }
    @Test func seaquestEqualsMinAtars() throws { try checkThatFramesAreEqual(MinAtar<Seaquest>(), "seaquest", MinAtarPolicies.seaquest) }
    @Test func spaceInvadersEqualMinAtars() throws {
        try checkThatFramesAreEqual(MinAtar<SpaceInvaders>(), "space-invaders", MinAtarPolicies.spaceInvaders)
    }

    @Test func allFiveAreThere() throws {
        let planes = ["Asterix": 4, "Breakout": 4, "Freeway": 7, "Seaquest": 10, "SpaceInvaders": 6]
        #expect(Self.entries.count == planes.count)
        for (name, count) in planes {
            let entry = try EnvironmentRegistry.builtIn.entry(named: "MinAtar/\(name)-v0")
            #expect(entry.spec.observation == ObservationSpec(shape: [count, 10, 10], scalar: .uint8))
            #expect(entry.spec.action == .discrete(6))
        }
    }

    /// The mean score of random play is that of MinAtar's own program with its own random numbers (10,000 episodes; Freeway 1500), within
    /// three standard errors of both.
    @Test func randomPlayScoresAsMinAtars() {
        checkScore(MinAtar<Asterix>(), episodes: 2000, mean: 0.5005, error: 0.0087)
        checkScore(MinAtar<Breakout>(), episodes: 2000, mean: 0.5159, error: 0.0075)
        checkScore(MinAtar<Freeway>(), episodes: 1000, mean: 0.14, error: 0.0095)
        checkScore(MinAtar<Seaquest>(), episodes: 2000, mean: 0.0929, error: 0.0036)
        checkScore(MinAtar<SpaceInvaders>(), episodes: 2000, mean: 2.8191, error: 0.0226)
    }

    private func checkScore<Game: MinAtarGame>(_ game: MinAtar<Game>, episodes: Int, mean: Double, error: Double) {
        var game = game
        var random = SeededGenerator(seed: 77)
        var row = [UInt8](repeating: 7, count: Game.planes.count * 100)
        var observation = row.mutableSpan
        var (sum, squares) = (0.0, 0.0)
        for episode in 0..<episodes {
            game.reset(seed: 1000 + UInt64(episode), into: &observation)
            var score = 0.0
            while true {
                let result = game.step(random.below(6), into: &observation)
                score += Double(result.reward)
                if result.ending != .none { break }
            }
            sum += score
            squares += score * score
        }
        let ours = sum / Double(episodes)
        let variance = (squares / Double(episodes) - ours * ours) / Double(episodes)
        #expect(abs(ours - mean) <= 3 * (variance + error * error).squareRoot(), "\(Game.self): \(ours)")
    }

    @Test(arguments: entries.indices)
    func aSavedBatchGoesOnTheSame(index: Int) throws {
        let entry = Self.entries[index]
        func actions(_ t: Int) -> [Int32] { (0..<3).map { Int32(Seed.mix(UInt64(t), UInt64($0)) % 6) } }
        let original = try entry.makeBatch(count: 3)
        var rows = Rows<UInt8>(reset: original, seeds: [4, 5, 6])
        for t in 0..<333 { rows.step(original, actions: actions(t)) }
        let copy = try entry.makeBatch(count: 3)
        try copy.restore(from: try #require(original.savedState()))
        var other = Rows<UInt8>(first: rows.observations[333])
        for t in 333..<1000 {
            rows.step(original, actions: actions(t))
            other.step(copy, actions: actions(t))
        }
        #expect(Array(rows.observations[333...]) == other.observations)
        #expect(Array(rows.rewards[333...]) == other.rewards && Array(rows.kinds[333...]) == other.kinds)
        #expect(original.savedState() == copy.savedState())
    }

    /// What an episode ended with doesn't matter to the next one.
    @Test func seedAndActionsGiveTheEpisode() {
        var (game, fresh) = (MinAtar<Breakout>(), MinAtar<Breakout>())
        var (row, other) = ([UInt8](repeating: 7, count: 400), [UInt8](repeating: 8, count: 400))
        var observation = row.mutableSpan
        game.reset(seed: 1, into: &observation)
        for _ in 0..<20 { _ = game.step(3, into: &observation) }
        game.reset(seed: 2, into: &observation)
        var second = other.mutableSpan
        fresh.reset(seed: 2, into: &second)
        #expect(game.savedState() == fresh.savedState())
        #expect(row == other)
    }

    /// Every byte of a state in the middle of an episode is spoilt in turn; what is taken all the same can be played and drawn, even
    /// beyond its end.
    @Test func noStateLeadsOffTheBoard() throws {
        try checkSpoiltStates(MinAtar<Asterix>())
        try checkSpoiltStates(MinAtar<Breakout>())
        try checkSpoiltStates(MinAtar<Freeway>())
        try checkSpoiltStates(MinAtar<Seaquest>())
        try checkSpoiltStates(MinAtar<SpaceInvaders>())
    }

    private func checkSpoiltStates<Game: MinAtarGame>(_ game: MinAtar<Game>) throws {
        var game = game
        var random = SeededGenerator(seed: 5)
        var row = [UInt8](repeating: 7, count: Game.planes.count * 100)
        var observation = row.mutableSpan
        game.reset(seed: 8, into: &observation)
        for _ in 0..<60 where game.step(random.below(6), into: &observation).ending != .none { game.reset(seed: 9, into: &observation) }
        let saved = try #require(game.savedState())
        let wrongLengths = [[], Array(saved.dropLast()), saved + [0]]
        for state in wrongLengths {
            let isTaken = game.restore(from: state)
            #expect(!isTaken)
        }
        var refused = 0
        for place in saved.indices {
            for value: UInt8 in [0, 1, 9, 10, 11, 32, 127, 128, 200, 255] {
                var state = saved
                state[place] = value
                guard game.restore(from: state) else {
                    refused += 1
                    continue
                }
                #expect(game.savedState() == state && game.picture != nil)
                for _ in 0..<30 { _ = game.step(random.below(6), into: &observation) }
            }
        }
        #expect(refused > 30, "\(Game.self)")
        #expect(row.allSatisfy { $0 <= 1 })
    }

    /// MinAtar's own program, given this board: the lowest aliens come round to the top.
    @Test func aliensWhoTurnAtTheBottomEndTheEpisode() throws {
        var game = MinAtar<SpaceInvaders>()
        var row = [UInt8](repeating: 7, count: 600)
        var observation = row.mutableSpan
        game.reset(seed: 0, into: &observation)
        var state = try #require(game.savedState())
        // After the generator ten rows of aliens, then of shots and of bombs; cannon, direction, pace and frames until they march.
        for place in 8..<28 { state[place] = 0 }
        state[8 + 2 * 9] = 1
        state[8 + 2 * 5] = 1 << 3
        state[71] = 0
        let isTaken = game.restore(from: state)
        #expect(isTaken)
        let result = game.step(0, into: &observation)
        #expect(result == StepResult(reward: 0, ending: .terminated))
        #expect(row[100..<200].indices.filter { row[$0] == 1 }.map { $0 - 100 } == [0, 63])
        #expect(row[300 + 63] == 1, "they march right now")
    }

    @Test func drawThemselves() throws {
        #expect(
            try picture(of: MinAtar<Breakout>(), frames: 3) == [
                "|          |", "|##########|", "|##########|", "|##########|", "|          |", "|       .  |", "|      o   |",
                "|          |",
                "|          |", "|    =     |",
            ])
        #expect(try picture(of: MinAtar<SpaceInvaders>(), frames: 0).prefix(2) == ["|  MMMMMM  |", "|  MMMMMM  |"])
        #expect(
            try picture(of: MinAtar<Seaquest>(), frames: 0) == ["|     @o   |"] + Array(repeating: "|          |", count: 8) + [
                "|##########|"
            ])
        #expect(try picture(of: MinAtar<Asterix>(), frames: 0)[5] == "|     @    |")
        #expect(try picture(of: MinAtar<Freeway>(), frames: 0)[9] == "|    @     |")
    }

    private func picture<Game: MinAtarGame>(of game: MinAtar<Game>, frames: Int) throws -> [String] {
        var game = game
        var row = [UInt8](repeating: 7, count: Game.planes.count * 100)
        var observation = row.mutableSpan
        game.reset(seed: 0, into: &observation)
        for _ in 0..<frames { _ = game.step(0, into: &observation) }
        let count = try #require(game.trueState).count
        #expect(count == MinAtar<Game>().trueState?.count)
        guard case .text(let lines)? = game.picture else { return [] }
        return lines
    }
}
