import Foundation
import StarlingBridge
import StarlingEnvironments
import Synchronization
import Testing

/// A fault costs an episode, never the training.
@Suite(.enabled(if: TestPython.hasGymnasium, "python3 has no gymnasium: STARLING_TEST_PYTHON names one that has"))
struct FaultTests {
    @Test(arguments: [
        ("raise", "it raised RuntimeError: the floor gives way"), ("kill", "killed by signal 9, not by this actor"),
        ("segfault", "signal 11"), ("exit", "status 3"), ("hang", "took longer than 1.0 s"), ("nan", "number 0 is nan"),
        ("infinite", "reward inf"), ("shape", "of shape [3], and its space has [1]"), ("type", "of type str"),
    ])
    func aFaultTruncatesWhatIsOpen(fault: String, words: String) throws {
        let tally = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString).path
        defer { try? FileManager.default.removeItem(atPath: tally) }
        let world = World(
            "id=Faulty", "kwargs.fault=\(fault)", "kwargs.at=30", "kwargs.tally=\(tally)", "kwargs.goal=13", "step_seconds=1", isOwn: true)
        let batch = try world.batches(width: 2)[0]
        var played = try Played(batch, seeds: [1, 2])
        for _ in 0..<100 { try played.step(batch, [Int32(1), 1]) }
        // Episodes of 13 steps, but the third ends with the fourth step, whose observation and reward are lost.
        #expect(played.kinds[29] == [2, 2] && played.kinds[30] == [3, 3] && played.rewards[29] == [0, 0])
        #expect(played.observations[30] == played.observations[29] && played.observations[31] == [0, 0])
        #expect(played.kinds.flatMap { $0 }.count { $0 == 2 } == 2)
        #expect(played.episodes.map(\.episode.length) == [13, 13, 13, 13, 4, 4] + [UInt32](repeating: 13, count: 10))
        #expect(world.lines.count(words) == 1, "\(world.lines.all)")
        if fault == "raise" { #expect(world.lines.contain("worlds.py") && world.lines.count("RuntimeError") == 3, "\(world.lines.all)") }
        let counts = world.settings.faults.counts
        #expect(counts.raised + counts.died + counts.hung + counts.invalid == 1)
    }

    /// What ended the worker is told also where it is found out by asking for the next group's step.
    @Test(arguments: [("raise", "RuntimeError: the floor gives way"), ("shape", "of shape [3], and its space has [1]")])
    func theCauseIsReadAlsoBehindAStepAskedForInVain(fault: String, words: String) throws {
        let world = World("id=Faulty", "kwargs.fault=\(fault)", "kwargs.at=5", isOwn: true)
        let batches = try world.batches(groups: 2, width: 1)
        var one = try Played(batches[0], seeds: [1])
        _ = try Played(batches[1], seeds: [2])
        for _ in 0..<4 { try one.step(batches[0], [Int32(1)]) }
        let concurrent = try batches.map { try #require($0 as? any ConcurrentBatch) }
        try withUnsafeBytes(of: Int32(1)) { try concurrent[0].begin(actions: $0) }
        // By then it has failed, and its end of the socket is closed.
        Thread.sleep(forTimeInterval: 1)
        try withUnsafeBytes(of: Int32(1)) { try concurrent[1].begin(actions: $0) }
        #expect(world.lines.contain(words) && !world.lines.contain("ended with status"), "\(world.lines.all)")
        #expect(world.settings.faults.counts.died == 0)
    }

    /// In the row that begins an episode there is nothing to be truncated.
    @Test func aWorkerThatEndsAsEpisodesBegin() throws {
        let world = World("id=Corridor-v0", "kwargs.goal=1000", isOwn: true)
        let batch = try world.batches(groups: 2, width: 1)
        var (one, other) = (try Played(batch[0], seeds: [1]), try Played(batch[1], seeds: [2]))
        for row in 0..<120 {
            if row == 40 { try killChildren() }
            try one.step(batch[0], [Int32(1)])
            if row != 3 { try other.step(batch[1], [Int32(1)]) }
        }
        // The first was to begin in row 40, where its worker ended; the other, a row behind, lost the last step of its episode.
        #expect(one.kinds[39] == [2] && one.kinds[40] == [3] && one.observations[41] == [0])
        #expect(other.kinds[39] == [2] && other.observations[40] == other.observations[39] && other.kinds[40] == [3])
        #expect(one.episodes.map(\.episode.length) == [40, 40] && other.episodes.map(\.episode.length) == [40, 40])
    }

    @Test func whatFailsAgainAndAgainIsGivenUp() throws {
        let world = World("id=Faulty", "kwargs.fault=exit", "kwargs.at=30", isOwn: true)
        let batch = try world.batches(width: 1)[0]
        var played = try Played(batch, seeds: [1])
        let error = #expect(throws: EnvironmentError.self) { while true { try played.step(batch, [Int32(1)]) } }
        #expect(error?.code == .broken && error?.message.contains("failed 6 times") == true, "\(error?.message ?? "nothing")")
        #expect(world.settings.faults.counts.died == 6)
    }

    /// What never worked is not tried again.
    @Test func whatFailsFirstOfAllIsTold() throws {
        let world = World("id=Faulty", "kwargs.at=1", isOwn: true)
        let error = #expect(throws: EnvironmentError.self) { try world.entry.spec(world.options) }
        #expect(error?.message.contains("it raised RuntimeError: the floor gives way") == true, "\(error?.message ?? "nothing")")
        #expect(world.lines.contain("worlds.py"), "\(world.lines.all)")
        let later = World("id=Faulty", "kwargs.at=2", isOwn: true)
        let batch = try later.batches(width: 1)[0]
        var played = try Played(batch, seeds: [1])
        try played.step(batch, [Int32(1)])
        try played.step(batch, [Int32(1)])
        #expect(played.kinds == [[0], [2]])
    }

    @Test func chatterIsLoggedAndNotWithoutEnd() throws {
        let world = World("id=Faulty", "kwargs.fault=chatter", isOwn: true)
        let batch = try world.batches(width: 1)[0]
        var played = try Played(batch, seeds: [1])
        for _ in 0..<2_000 { try played.step(batch, [Int32(1)]) }
        let told = world.lines.count("says: ")
        #expect(world.lines.contain("says: step 1") && told >= 20 && told <= 60, "\(told)")
    }

    @Test func whoIsToStopWaitsForNothing() throws {
        let start = ContinuousClock.now
        let isStopping = Flag()
        let world = World("id=Slow", "kwargs.seconds=30", isOwn: true, isStopping: { isStopping.isSet })
        let helper = Thread {
            Thread.sleep(forTimeInterval: 1)
            isStopping.set()
        }
        helper.start()
        let error = #expect(throws: EnvironmentError.self) { try world.entry.spec(world.options) }
        #expect(error?.code == .interrupted && ContinuousClock.now - start < .seconds(10))
    }

    @Test func aResetThatTakesLongIsWaitedForWithAWord() throws {
        let world = World("id=Slow", "kwargs.seconds=11", "step_seconds=0.5", isOwn: true)
        let batch = try world.entry.makeBatches(
            EnvironmentSpec(
                name: "gymnasium", observation: ObservationSpec(shape: [1]), action: .discrete(2), options: world.options), groups: 1,
            width: 1)[0]
        _ = try Played(batch, seeds: [1])
        #expect(world.lines.contain("so far, and may take 300 s"), "\(world.lines.all)")
    }

    private final class Flag: Sendable {
        private let value = Atomic(false)
        var isSet: Bool { value.load(ordering: .relaxed) }
        func set() { value.store(true, ordering: .relaxed) }
    }
}

/// Ends the workers of this thread.
func killChildren() throws {
    let children = try String(contentsOfFile: "/proc/thread-self/children", encoding: .utf8)
    for child in children.split(separator: " ").compactMap({ pid_t($0) }) { kill(child, SIGKILL) }
}
