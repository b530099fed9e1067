import Foundation
import StarlingEnvironments
import Testing

/// Against stepping the same environment in Python by hand (Fixtures/gymnasium/by_hand.py): the same bits.
@Suite(.enabled(if: TestPython.hasGymnasium, "python3 has no gymnasium: STARLING_TEST_PYTHON names one that has"))
struct ByHandTests {
    private struct Task: Encodable {
        let id: String
        let module: String?
        let kwargs: [String: Double]
        let seeds: [[UInt64]]
        let actions: [[[Float]]]
    }

    private struct Rows: Decodable {
        let observations: [[[Float]]]
        let rewards: [[Float]]
        let kinds: [[UInt8]]
    }

    @Test(arguments: [
        ("CartPole-v1", false, 300), ("MountainCar-v0", false, 450), ("Pendulum-v1", false, 450),
        ("FrozenLake-v1", false, 200),
        ("Blackjack-v1", false, 100), ("Corridor-v0", true, 200), ("Corridor", true, 200), ("Picture", true, 60), ("Several", true, 60),
        ("Rover", true, 60), ("Hands", true, 60), ("Switches", true, 60),
    ])
    func rowsAreThoseOfPython(id: String, isOwn: Bool, rows: Int) throws {
        let world = World("id=\(id)", "vectorised=false", isOwn: isOwn)
        let batch = try world.batches(width: 3)[0]
        let seeds: [UInt64] = [4, 5, .max]
        var random = SeededGenerator(seed: 9)
        let actions = (0..<rows).map { _ in
            seeds.map { _ in
                switch batch.spec.action {
                case .discrete(let count): [Float(random.below(count))]
                case .multiDiscrete(let counts): counts.map { Float(random.below($0)) }
                case .continuous(let low, let high): zip(low, high).map { Float(random.uniform(Double($0), Double($1))) }
                }
            }
        }
        var played = try Played(batch, seeds: seeds)
        for row in actions {
            if case .continuous = batch.spec.action {
                try played.step(batch, row.flatMap { $0 })
            } else {
                try played.step(batch, row.flatMap { $0.map { Int32($0) } })
            }
        }
        let task = Task(
            id: id, module: isOwn ? TestPython.worlds : nil, kwargs: [:],
            seeds: seeds.map { seed in (0...UInt64(rows)).map { Seed.episode($0, of: seed) & 0x7FFF_FFFF } }, actions: actions)
        let input = String(decoding: try JSONEncoder().encode(task), as: UTF8.self)
        let oracle = TestPython.folder.appending(path: "by_hand.py").path
        let expected = try JSONDecoder().decode(Rows.self, from: TestPython.run([oracle], input))
        #expect(played.kinds == expected.kinds)
        #expect(played.rewards == expected.rewards)
        #expect(played.observations == expected.observations.map { $0.flatMap { $0 } })
        #expect(Set(played.kinds.flatMap { $0 }).count > 1, "no episode ended")
        #expect(batch.savedState() == nil)
    }

    /// What a group does is nothing to another, and groups of one worker may be stepped in turns.
    @Test func groupsStepInTurns() throws {
        let world = World("id=CartPole-v1", "vectorised=false")
        let batches = try world.batches(groups: 2, width: 2).map { try #require($0 as? any ConcurrentBatch) }
        let alone = try world.batches(width: 2)[0]
        var (first, second) = (try Played(batches[0], seeds: [1, 2]), try Played(batches[1], seeds: [3, 4]))
        var expected = try Played(alone, seeds: [1, 2])
        #expect(first.observations == expected.observations && first.observations != second.observations)
        for row in 0..<100 {
            let actions = [Int32(row % 2), Int32(row / 2 % 2)]
            try actions.withUnsafeBytes { try batches[1].begin(actions: $0) }
            var (rewards, kinds) = ([Float](repeating: 0, count: 2), [UInt8](repeating: 0, count: 2))
            var observations = [Float](repeating: 0, count: 8)
            try observations.withUnsafeMutableBytes { observations in
                try rewards.withUnsafeMutableBufferPointer { rewards in
                    try kinds.withUnsafeMutableBufferPointer { kinds in
                        try batches[1].finish(into: observations, rewards: rewards, kinds: kinds)
                    }
                }
            }
            try first.step(batches[0], actions)
            try expected.step(alone, actions)
        }
        #expect(first.observations == expected.observations && first.kinds == expected.kinds)
        try second.step(batches[1], [Int32(0), 1])
    }

    /// The environment's own vector form: a row for the last observation of every episode.
    @Test func vectorFormsAreStepped() throws {
        let world = World("id=CartPole-v1", "vectorised=true")
        let batch = try world.batches(width: 4)[0]
        var played = try Played(batch, seeds: [1, 2, 3, 4])
        for row in 0..<200 { try played.step(batch, (0..<4).map { Int32((row + $0) % 3 == 0 ? 1 : 0) }) }
        for (before, kinds) in zip([[UInt8](repeating: 0, count: 4)] + played.kinds, played.kinds) {
            for environment in 0..<4 {
                // A reset follows every ending, and nothing else.
                #expect((kinds[environment] == 3) == (before[environment] == 1 || before[environment] == 2))
            }
        }
        #expect(played.episodes.count > 8)
        #expect(played.episodes.allSatisfy { $0.episode.episodeReturn == Float($0.episode.length) && $0.episode.length < 60 })
    }

    /// What info tells as an episode ends; what it doesn't tell is said once, and what is no number ends it.
    @Test func metricsAreTakenFromInfo() throws {
        let world = World("id=Corridor", "metrics=[success, place, speed]", isOwn: true)
        #expect(try world.entry.spec(world.options).measures == ["success", "place", "speed"])
        let batch = try world.batches(width: 2)[0]
        var played = try Played(batch, seeds: [1, 2])
        for _ in 0..<12 { try played.step(batch, [Int32(1), 0]) }
        let told = played.episodes.map { ($0.environment, Array($0.episode.measures.prefix(2)), $0.episode.measures[2].isInfinite) }
        #expect(told.count == 4 && told.allSatisfy { $0.1 == ($0.0 == 0 ? [1, 5] : [0, -5]) && $0.2 }, "\(told)")
        #expect(world.lines.count("info has no speed as an episode ends, only success, place, way") == 1)
        let bad = World("id=Corridor", "metrics=way", isOwn: true)
        let broken = try bad.batches(width: 1)[0]
        var lost = try Played(broken, seeds: [1])
        for _ in 0..<7 { try lost.step(broken, [Int32(1)]) }
        #expect(lost.kinds[4] == [2] && lost.episodes.count == 1, "\(lost.kinds)")
        #expect(bad.lines.contain("info has way as list, which environment.metrics can't make a number of"))
        #expect { try World("id=Corridor", "metrics=[a, 2]", isOwn: true).batches(width: 1) } throws: {
            "\($0)".contains("environment.metrics must be a list of at most 16 names")
        }
    }

    /// What a step costs is a number of info, by itself or in a vector; who tells none is told so before anything is trained.
    @Test(arguments: [false, true])
    func costsAreTakenFromInfo(isVector: Bool) throws {
        let world =
            isVector
            ? World("id=Tolls-v0", "cost=toll", "vectorised=true", isOwn: true) : World("id=Corridor", "cost=place", isOwn: true)
        let spec = try world.entry.spec(world.options)
        #expect(spec.tellsCost && spec.measures == ["cost"])
        let batch = try world.batches(width: 2)[0]
        var played = try Played(batch, seeds: [1, 2])
        var costs: [[Float]] = []
        for _ in 0..<7 {
            try played.step(batch, [Int32(1), 0])
            var row: [Float] = [77, 77]
            row.withUnsafeMutableBufferPointer { batch.writeCosts(into: $0) }
            costs.append(row)
        }
        if !isVector {
            #expect(costs == [[1, -1], [2, -2], [3, -3], [4, -4], [5, -5], [1, 0], [2, -1]])
            #expect(played.episodes.map { $0.episode.measures } == [[15], [-15]])
        } else {
            #expect(costs == [[1, 10], [2, 20], [3, 30], [0, 0], [1, 10], [2, 20], [3, 30]])
            #expect(played.episodes.map { $0.episode.measures } == [[6], [60], [6], [60]])
        }
    }

    @Test func aCostThatIsNotToldIsRefusedInALine() throws {
        let world = World("id=Corridor", "cost=crashes", isOwn: true)
        #expect { try world.entry.spec(world.options) } throws: {
            "\($0)".contains("step gave no info['crashes'], which environment.cost names; there is success, place, way")
        }
        let list = World("id=Corridor", "cost=way", isOwn: true)
        #expect { try list.entry.spec(list.options) } throws: { "\($0)".contains("step gave info['way'] as list") }
        for bad in ["cost=[a]", "cost=3"] {
            #expect { try World("id=Corridor", bad, isOwn: true).batches(width: 1) } throws: {
                "\($0)".contains("environment.cost must be a text")
            }
        }
        let twice = World("id=Corridor", "cost=place", "metrics=[cost]", isOwn: true)
        #expect { try twice.entry.spec(twice.options) } throws: { "\($0)".contains("environment.metrics names cost, which is what") }
    }

    @Test func picturesAreDrawn() throws {
        let world = World("id=Picture", isOwn: true, renders: true)
        let batch = try world.batches(width: 2)[0]
        var played = try Played(batch, seeds: [1, 2])
        try played.step(batch, [Int32(0), 1])
        #expect(batch.picture(of: 1) == .pixels(width: 6, height: 4, rgb: [UInt8](repeating: 1, count: 72)))
        #expect(try World("id=Picture", isOwn: true).batches(width: 1)[0].picture(of: 0) == nil)
    }
}
