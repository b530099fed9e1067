import Foundation
import StarlingBridge
import StarlingEnvironments
import Testing

/// A fault of a library costs an episode; of one in a process of its own whatever it does.
@Suite(.enabled(if: TestLibrary.hasCompilers, "there is no cc or c++: apt-get install g++"))
struct LibraryFaultTests {
    /// - Parameter fault: as the fixture counts them.
    @Test(arguments: [
        (1, "a step failed: the floor gives way", false), (2, "environment 0 gave the reward nan", false),
        (3, "an observation whose number 1 is nan", false), (4, "beyond 1e+09", false), (5, "the ending 7", false),
        (1, "a step failed: the floor gives way", true), (2, "environment 0 gave the reward nan", true),
        (3, "an observation whose number 1 is nan", true), (5, "the ending 7", true), (6, "signal 11", true),
        (7, "took longer than 1.0 s", true), (8, "status 3", true),
    ])
    func aFaultTruncatesWhatIsOpen(fault: Int, words: String, isolated: Bool) throws {
        let tally = "\(TestLibrary.folder)/tally-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: tally) }
        let path = try TestLibrary.faulty(["-DTALLY=\"\(tally)\""], name: "faulty-\(UUID().uuidString)")
        let room = Room(path, ["fault=\(fault)", "step_seconds=1"], isolated: isolated)
        let batch = try room.batches(width: 2)[0]
        var played = try Played(batch, seeds: [1, 2])
        for _ in 0..<100 { try played.step(batch, [Int32(1), 1]) }
        // Episodes of 13 steps and a row that begins the next, but the third ends with its second step, the 30th row but two: rows that
        // begin an episode are no steps, and step 30 of environment 0 is in row 31.
        let row = 31
        #expect(played.kinds[row] == [2, 2] && played.kinds[row + 1] == [3, 3] && played.rewards[row] == [0, 0], "\(played.kinds)")
        #expect(played.observations[row + 1] == played.observations[row])
        #expect(played.episodes.map(\.episode.length) == [13, 13, 13, 13, 4, 4] + [UInt32](repeating: 13, count: 8))
        #expect(room.lines.count(words) == 1, "\(room.lines.all)")
        let counts = room.settings.faults.counts
        #expect(counts.raised + counts.died + counts.hung + counts.invalid == 1)
    }

    /// In the row that begins an episode there is nothing to be truncated: it begins, with another batch.
    @Test(arguments: [false, true])
    func oneThatAwaitsItsEpisodeBeginsIt(isolated: Bool) throws {
        let path = try TestLibrary.faulty(
            isolated ? ["-DTALLY=\"\(TestLibrary.folder)/tally-waits\""] : [], name: "faulty-waits-\(isolated)")
        let room = Room(path, ["fault=1", "at=9", "length=20", "stagger=12"], isolated: isolated)
        let batch = try room.batches(width: 2)[0]
        var played = try Played(batch, seeds: [1, 2])
        // Environment 1 is truncated at its eighth step; in the row that begins its next episode 0 fails, at its ninth.
        for _ in 0..<12 { try played.step(batch, [Int32(0), 0]) }
        #expect(played.kinds[7...9] == [[0, 2], [2, 3], [3, 0]] && played.episodes.map(\.episode.length) == [8, 9])
        let undisturbed = try Room(TestLibrary.faulty, ["length=20", "stagger=12"]).batches(width: 2)[0]
        var expected = try Played(undisturbed, seeds: [1, 2])
        for _ in 0..<12 { try expected.step(undisturbed, [Int32(0), 0]) }
        #expect(played.observations.map { $0[2...] } == expected.observations.map { $0[2...] })
        try? FileManager.default.removeItem(atPath: "\(TestLibrary.folder)/tally-waits")
    }

    /// Who allows nothing costs its episodes, as other faults do.
    @Test(arguments: [false, true])
    func aMaskThatAllowsNothing(isolated: Bool) throws {
        let room = Room(TestLibrary.faulty, ["masks=1", "stuck=3"], isolated: isolated)
        let batch = try room.batches(width: 2)[0]
        var played = try Played(batch, seeds: [1, 2])
        for _ in 0..<5 { try played.step(batch, [Int32(1), 1]) }
        #expect(played.kinds[0...3] == [[0, 0], [0, 0], [2, 2], [3, 3]], "\(played.kinds)")
        #expect(room.lines.contain("environment 0 allows no action, and an episode must end with the step before"), "\(room.lines.all)")
    }

    @Test(arguments: [false, true])
    func aCostThatIsNone(isolated: Bool) throws {
        let room = Room(TestLibrary.faulty, ["costs=1", "fault=15"], isolated: isolated)
        let batch = try room.batches(width: 2)[0]
        var played = try Played(batch, seeds: [1, 2])
        for _ in 0..<7 { try played.step(batch, [Int32(0), 0]) }
        #expect(played.kinds[3...5] == [[0, 0], [2, 2], [3, 3]], "\(played.kinds)")
        // Of the steps before the fault.
        #expect(played.episodes.map { $0.episode.measures } == [[10], [10]])
        #expect(room.lines.contain("environment 0 gave the cost nan"), "\(room.lines.all)")
    }

    /// Somebody who reads a log wants to know that there are faults, not each of them.
    @Test func manyFaultsAreFewLines() throws {
        let room = Room(try TestLibrary.faulty([], name: "faulty-often"), ["fault=1", "at=1100", "again=1"])
        let batch = try room.batches(width: 1)[0]
        var played = try Played(batch, seeds: [1])
        while room.settings.faults.counts.raised < 50 { try played.step(batch, [Int32(0)]) }
        #expect(room.lines.count("the floor gives way") == 10)
    }

    @Test func whatFailsAgainAndAgainIsGivenUp() throws {
        let path = try TestLibrary.faulty([], name: "faulty-again")
        let room = Room(path, ["fault=6"], isolated: true)
        let batch = try room.batches(width: 1)[0]
        var played = try Played(batch, seeds: [1])
        let error = #expect(throws: EnvironmentError.self) { while true { try played.step(batch, [Int32(1)]) } }
        #expect(error?.code == .broken && error?.message.contains("failed 6 times") == true, "\(error?.message ?? "nothing")")
        #expect(room.settings.faults.counts.died == 6)
    }

    @Test(arguments: [false, true])
    func whatFailsFirstOfAllIsTold(isolated: Bool) throws {
        let room = Room(TestLibrary.faulty, ["fault=14"], isolated: isolated)
        let batch = try? room.batches(width: 1)[0]
        let error = #expect(throws: EnvironmentError.self) { _ = try Played(#require(batch), seeds: [1]) }
        #expect(error?.message.contains("a reset failed: there is no floor") == true, "\(error?.message ?? "nothing")")
    }

    @Test func chatterOfAProcessIsLogged() throws {
        let path = try TestLibrary.faulty([], name: "faulty-chatter")
        let room = Room(path, ["fault=9", "at=2"], isolated: true)
        let batch = try room.batches(width: 1)[0]
        var played = try Played(batch, seeds: [1])
        for _ in 0..<2_000 { try played.step(batch, [Int32(1)]) }
        #expect(room.lines.contain("says: it is cold"), "\(room.lines.all)")
    }

    // MARK: What can't be

    @Test(arguments: [
        (["length=9", "refuse=1"], "refuse must be 0:; it says no"), (["rank=0"], "rank 0"), (["rank=9"], "rank 9"),
        (["width=0"], "shape [0]"), (["width=4000000000"], "which no observation has"), (["scalar=3"], "scalar 3"),
        (["actions=0"], "action_width"), (["limit=-1"], "the limit -1"), (["step_seconds=0"], "step_seconds must be a number from"),
        (["metrics=[a]"], "environment.metrics is of Gymnasium"),
        (["parts=2"], "a part of bytes before one of float32"), (["parts=65"], "part_count 65 without parts, or more than 64"),
        (["action_parts=2"], "describe() gave actions that can't be"), (["action_parts=5000"], "action_part_count 5000"),
        (["isolate=perhaps"], "isolate must be true or false, and is perhaps"),
    ])
    func optionsThatCantBe(assignments: [String], words: String) {
        for isolated in [false, true] {
            let room = Room(TestLibrary.faulty, assignments, isolated: isolated)
            expectRefusal(words) { _ = try room.entry.spec(room.options) }
        }
    }

    @Test func masksThatNobodyTells() throws {
        let room = Room(try TestLibrary.faulty(["-DNO_MASKS"], name: "nomasks"), ["masks=1"])
        expectRefusal("describe() gave masks_actions, and there is no masks()") { _ = try room.entry.spec(room.options) }
    }

    @Test func costsThatNobodyTells() throws {
        let room = Room(try TestLibrary.faulty(["-DNO_COSTS"], name: "nocosts"), ["costs=1"])
        expectRefusal("describe() gave tells_cost, and there is no costs()") { _ = try room.entry.spec(room.options) }
    }

    @Test func anOptionThatIsNoneBringsTheNearest() {
        let room = Room(TestLibrary.corridor, ["lenght=9"])
        expectRefusal("no option environment.lenght; did you mean environment.length? It has: length") {
            _ = try room.entry.spec(room.options)
        }
        let cart = Room(TestLibrary.cartpole, ["gravity=1"])
        expectRefusal("no option environment.gravity. It has: none") { _ = try cart.entry.spec(cart.options) }
        expectRefusal("create must be 1") { _ = try Room(TestLibrary.faulty, ["create=0"]).batches(width: 1) }
    }

    @Test func filesThatAreNone() throws {
        let folder = TestLibrary.folder
        try "#!/bin/sh\n".write(toFile: "\(folder)/libscript.so", atomically: true, encoding: .utf8)
        var other = try Data(contentsOf: URL(filePath: TestLibrary.corridor))
        other[18] = other[18] == 183 ? 62 : 183
        try other.write(to: URL(filePath: "\(folder)/libother.so"))
        try other.prefix(10).write(to: URL(filePath: "\(folder)/libshort.so"))
        for (path, words) in [
            ("\(folder)/libnowhere.so", "can't be read: No such file"), ("\(folder)/libscript.so", "is no shared library"),
            ("\(folder)/libshort.so", "is no shared library"), ("\(folder)/libother.so", "was compiled for"),
            (try TestLibrary.faulty(["-DNO_SYMBOL"], name: "nosymbol"), "exports no starling_environment()"),
            (try TestLibrary.faulty(["-DABI=2"], name: "abi"), "version 2 of starling_env.h, and this program knows 1"),
            (try TestLibrary.faulty(["-DSIZE=0"], name: "size"), "set .size = sizeof(starling_env_api)"),
            (try TestLibrary.faulty(["-DSIZE=16"], name: "small"), "has the size 16"),
        ] {
            for isolated in [false, true] {
                expectRefusal(words) { _ = try Room(path, isolated: isolated).entry.spec(EnvironmentOptions()) }
            }
        }
    }

    /// A library that is compiled with an older header has a smaller table.
    @Test func whatATableLacksIsNull() throws {
        let path = try TestLibrary.faulty(["-DSIZE=offsetof(starling_env_api, save)"], name: "older")
        let batch = try Room(path).batches(width: 1)[0]
        var played = try Played(batch, seeds: [1])
        try played.step(batch, [Int32(0)])
        #expect(batch.savedState() == nil && batch.picture(of: 0) == nil)
    }

    /// What crashes as it describes itself is no danger in a process of its own.
    @Test func aCrashBeforeTheFirstStepIsTold() {
        let room = Room(TestLibrary.faulty, ["crash=1"], isolated: true)
        expectRefusal("signal 11") { _ = try room.entry.spec(room.options) }
    }

    @Test func anotherSpecThanTheLearners() throws {
        var spec = try Room(TestLibrary.corridor).entry.spec(EnvironmentOptions())
        spec.observation.shape = [2]
        expectRefusal("differs") { _ = try EnvironmentRegistry([Room(TestLibrary.corridor).entry]).entry(for: spec) }
        expectRefusal("float32 [1] here, and the learner's float32 [2]") {
            _ = try Room(TestLibrary.corridor, isolated: true).entry.makeBatches(spec, groups: 1, width: 1)
        }
        let room = Room(TestLibrary.faulty, ["costs=1"], isolated: true)
        var free = try room.entry.spec(room.options)
        free.tellsCost = false
        expectRefusal("its steps have costs here, and not the learner's") {
            _ = try room.entry.makeBatches(free, groups: 1, width: 1)
        }
    }

    private func expectRefusal(_ words: String, _ body: () throws -> Void) {
        let error = #expect(throws: EnvironmentError.self) { try body() }
        let message = error?.message ?? "nothing"
        #expect(message.contains(words) && !message.contains("\n"), "\(message)")
    }
}
