import Foundation
import StarlingBridge
import StarlingEnvironments
import StarlingExperience
import Testing

/// Environments of shared libraries: see deploy/c/starling_env.h.
@Suite(.enabled(if: TestLibrary.hasCompilers, "there is no cc or c++: apt-get install g++"))
struct LibraryTests {
    private func actions(_ row: Int, _ count: Int) -> [Int32] { (0..<count).map { Int32((row * 7 + $0 * 3) % 5 / 3) } }

    /// The same numbers, rewards and episodes as the environment in Swift, through the same seeds.
    @Test(arguments: [false, true])
    func cartPoleInCIsThatInSwift(isolated: Bool) throws {
        let room = Room(TestLibrary.cartpole, isolated: isolated)
        let (own, swift) = (try room.batches(width: 5)[0], try EnvironmentRegistry.Entry("CartPole-v1") { CartPole() }.makeBatch(count: 5))
        #expect((own.spec.observation, own.spec.action) == (swift.spec.observation, swift.spec.action))
        let seeds: [UInt64] = [1, 2, 3, 4, .max]
        var (played, expected) = (try Played(own, seeds: seeds), try Played(swift, seeds: seeds))
        // Now pushed against its fall, until it is truncated, now at random.
        for row in 0..<1_500 {
            let last = expected.observations.last!
            let wise = (0..<5).map { Int32(last[4 * $0 + 2] + 0.3 * last[4 * $0 + 3] > 0 ? 1 : 0) }
            let row = row < 1_100 ? wise : actions(row, 5)
            try played.step(own, row)
            try expected.step(swift, row)
        }
        #expect(played.observations == expected.observations)
        #expect(played.rewards == expected.rewards && played.kinds == expected.kinds)
        #expect(played.episodes.map(\.episode) == expected.episodes.map(\.episode))
        #expect(Set(played.kinds.joined()) == [0, 1, 2, 3])
    }

    /// Saved at any row, a batch that never saw what was before goes on with the same bits.
    @Test(arguments: [false, true], [0, 1, 13, 14, 40])
    func goesOnWithTheSameBits(isolated: Bool, rows: Int) throws {
        let room = Room(TestLibrary.faulty, isolated: isolated)
        let original = try room.batches(width: 3)[0]
        var played = try Played(original, seeds: [1, 2, 3])
        for row in 0..<rows { try played.step(original, actions(row, 3)) }
        let state = try #require(original.savedState())
        let copy = try room.batches(groups: 2, width: 3)[1]
        try copy.restore(from: state)
        #expect(copy.savedState() == state)
        var again = played
        for row in rows..<rows + 60 {
            try played.step(original, actions(row, 3))
            try again.step(copy, actions(row, 3))
        }
        #expect(again.observations == played.observations && again.kinds == played.kinds)
        #expect(again.episodes.map(\.episode) == played.episodes.map(\.episode))
        for length in [0, 8, 20, state.count - 1] {
            let error = #expect(throws: EnvironmentError.self, "\(length)") { try copy.restore(from: Array(state.prefix(length))) }
            #expect(error?.code == .badState)
        }
        #expect(throws: EnvironmentError.self) { try room.batches(width: 2)[0].restore(from: state) }
    }

    @Test(arguments: [
        ("corridor", []), ("corridor", ["length=9"]), ("cartpole", []), ("lander", []), ("faulty", []), ("faulty", ["length=99"]),
        ("faulty", ["masks=1"]), ("faulty", ["costs=1"]), ("warehouse", []),
    ])
    func examplesConform(name: String, options: [String]) throws {
        for isolated in [false, true] {
            let path =
                [
                    "corridor": TestLibrary.corridor, "cartpole": TestLibrary.cartpole, "lander": TestLibrary.lander,
                    "warehouse": TestLibrary.warehouse,
                ][name]
                ?? TestLibrary.faulty
            let room = Room(path, options, isolated: isolated)
            let conformance = EnvironmentConformance(room.entry, options: room.options, steps: 600)
            #expect(conformance.violations.map(\.description) == [], "\(isolated)")
            #expect(Set(conformance.findings.map(\.rule)) == Set(EnvironmentConformance.Rule.allCases))
        }
    }

    @Test(.enabled(if: TestLibrary.hasRust, "there is no rustc")) func rustConforms() {
        let room = Room(TestLibrary.lamp)
        #expect(EnvironmentConformance(room.entry).violations.map(\.description) == [])
    }

    /// What a library does wrong is found, and called so.
    @Test(arguments: [(10, "observations"), (11, "seeds"), (12, "seeds"), (13, "state")])
    func whatDoesNotConformIsTold(fault: Int, rule: String) {
        let room = Room(TestLibrary.faulty, ["fault=\(fault)"])
        let rules = EnvironmentConformance(room.entry, options: room.options, steps: 300).violations.map(\.rule.rawValue)
        #expect(rules.contains(rule), "\(rules)")
    }

    /// Several parts of observations and of actions, and which of these may be taken.
    @Test(arguments: [false, true])
    func partsAndMasks(isolated: Bool) throws {
        let batch = try Room(TestLibrary.warehouse, isolated: isolated).batches(width: 3)[0]
        let observation = ObservationSpec(parts: [.init("robot", [3]), .init("map", [5, 5], .uint8)])
        #expect(batch.spec.observation == observation && batch.spec.action == .multiDiscrete([5, 2]) && batch.spec.masksActions)
        let rows = UnsafeMutableRawBufferPointer.allocate(byteCount: 3 * observation.byteCount, alignment: 4)
        let masks = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: 21)
        defer {
            rows.deallocate()
            masks.deallocate()
        }
        rows.initializeMemory(as: UInt8.self, repeating: 9)
        try batch.reset(seeds: [1, 2, 3], into: rows)
        try batch.writeActionMasks(into: masks)
        for i in 0..<3 {
            let row = UnsafeRawBufferPointer(rebasing: rows[i * 40..<(i + 1) * 40])
            let (x, y) = (row.load(as: Float.self), row.load(fromByteOffset: 4, as: Float.self))
            let crate = row[12..<37].firstIndex(of: 255)! - 12
            let isAtCrate = crate == Int(5 * 4 * y + 4 * x)
            let expected = [true, x > 0, x < 1, y > 0, y < 1, true, isAtCrate].map { $0 ? UInt8(1) : 0 }
            #expect(Array(masks[7 * i..<7 * (i + 1)]) == expected && Array(row[37...]) == [0, 0, 0])
        }
    }

    /// Masks belong to the state that comes next, after a restored one too; where an episode begins only then there are none.
    @Test(arguments: [false, true])
    func masksFollowTheSteps(isolated: Bool) throws {
        let room = Room(TestLibrary.faulty, ["masks=1", "length=5"], isolated: isolated)
        let batch = try room.batches(width: 2)[0]
        var played = try Played(batch, seeds: [1, 2])
        let masks = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: 4)
        defer { masks.deallocate() }
        for steps in 0..<14 {
            try batch.writeActionMasks(into: masks)
            let (step, first) = (steps % 6, [UInt8(1), 0])
            let expected = step == 5 ? [1, 1] : step % 2 == 0 ? first : first.reversed()
            #expect(Array(masks) == expected + expected, "\(steps)")
            let copy = try room.batches(width: 2)[0]
            try copy.restore(from: #require(batch.savedState()))
            let restored = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: 4)
            defer { restored.deallocate() }
            try copy.writeActionMasks(into: restored)
            #expect(Array(restored) == Array(masks), "\(steps)")
            try played.step(batch, [Int32(step % 2), Int32(step % 2)])
        }
    }

    /// Of every step its own, of a row that only begins an episode none; an episode's sum goes with it, through a saved state too.
    @Test(arguments: [false, true])
    func costsOfSteps(isolated: Bool) throws {
        let room = Room(TestLibrary.faulty, ["costs=1", "length=5", "stagger=2"], isolated: isolated)
        var batch = try room.batches(width: 2)[0]
        #expect(batch.spec.tellsCost && batch.spec.measures == ["cost"])
        var played = try Played(batch, seeds: [1, 2])
        var costs: [[Float]] = []
        for step in 0..<9 {
            // Another goes on from here.
            if step == 7 {
                let state = try #require(batch.savedState())
                batch = try room.batches(width: 2)[0]
                try batch.restore(from: state)
            }
            try played.step(batch, [Int32(0), 0])
            var row: [Float] = [77, 77]
            row.withUnsafeMutableBufferPointer { batch.writeCosts(into: $0) }
            costs.append(row)
        }
        #expect(costs == [[1, 1], [2, 2], [3, 3], [4, 0], [5, 1], [0, 2], [1, 3], [2, 0], [3, 1]])
        #expect(played.episodes.map { $0.episode.measures } == [[6], [15], [6]])
    }

    @Test func picturesAreDrawn() throws {
        for isolated in [false, true] {
            let batch = try Room(TestLibrary.faulty, isolated: isolated).batches(width: 2)[0]
            var played = try Played(batch, seeds: [1, 2])
            try played.step(batch, [Int32(0), 1])
            #expect(batch.picture(of: 1) == .pixels(width: 3, height: 2, rgb: [UInt8](repeating: 2, count: 18)))
            #expect(try Room(TestLibrary.corridor, isolated: isolated).batches(width: 1)[0].picture(of: 0) == nil)
        }
    }

    /// Stepped as Starling does, in memory of exactly the right sizes.
    @Test(arguments: ["corridor.c", "cartpole.c", "lander.cpp", "warehouse.c"])
    func examplesKeepWithinTheirMemory(example: String) throws {
        let program = try TestLibrary.driven(example, standard: example.hasSuffix(".cpp") ? ["-std=c++17"] : ["-std=c11"])
        #expect(try TestLibrary.run(program, []).contains("episodes"))
    }

    @Test(arguments: [
        ("./libmaze.so", "maze", "./libmaze.so"), ("libmaze.so.1.2", "maze", "libmaze.so.1.2"), ("lake=/a/b.so", "lake", "/a/b.so"),
        ("/opt/envs/maze.so", "maze", "/opt/envs/maze.so"), ("a=b=c.so", "a", "b=c.so"),
    ])
    func librariesHaveNames(text: String, name: String, path: String) {
        #expect(LibrarySettings.named(text)?.name == name)
        #expect(LibrarySettings.named(text)?.path == path)
    }

    @Test(arguments: [
        "id=LunarLander-v3", "id=ALE/Pong-v5", "module=native.so", "kwargs.rom=x.so", "maze", "CartPole-v1", "lib.so", "=x.so", "",
    ])
    func whatIsNoLibrary(text: String) { #expect(LibrarySettings.named(text) == nil) }
}
