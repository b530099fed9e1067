import StarlingBridge
import StarlingEnvironments
import Testing

/// Which actions may be taken, in every way in which environments tell it.
@Suite(.enabled(if: TestPython.hasGymnasium, "python3 has no gymnasium: STARLING_TEST_PYTHON names one that has"))
struct ActionMaskTests {
    private func masks(of batch: any EnvironmentBatch) throws -> [UInt8] {
        var masks = [UInt8](repeating: 77, count: batch.count * batch.spec.action.parameterCount)
        try masks.withUnsafeMutableBufferPointer { try batch.writeActionMasks(into: $0) }
        return masks
    }

    /// One for each part that a mask allows, of each environment.
    private func choices(_ masks: [UInt8], _ parts: [Int], _ random: inout SeededGenerator) -> [Int32] {
        var (chosen, first): ([Int32], Int) = ([], 0)
        while first < masks.count {
            for count in parts {
                let open = (0..<count).filter { masks[first + $0] == 1 }
                chosen.append(Int32(open[random.below(open.count)]))
                first += count
            }
        }
        return chosen
    }

    private static func expected(time: Int) -> [UInt8] {
        time == 7 ? Array(repeating: 1, count: 5) : (0..<5).map { (time + $0) % 3 > 0 ? 1 : 0 }
    }

    /// The environment raises where it is given what it forbids.
    @Test(arguments: [
        ["kwargs.how=info"], ["kwargs.how=method"], ["kwargs.how=dict"], ["kwargs.how=info", "kwargs.parts=true"],
        ["kwargs.how=method", "kwargs.parts=true"], ["kwargs.how=info", "wrappers=TimeLimit(max_episode_steps=100)"],
        ["kwargs.how=method", "wrappers=TimeLimit(max_episode_steps=100)"],
    ])
    func masksAreThoseOfTheEnvironment(assignments: [String]) throws {
        let world = World("id=Masked", assignments[0], assignments.last!, isOwn: true)
        let batch = try world.batches(width: 2)[0]
        #expect(batch.spec.masksActions && batch.spec.observation.shape == [1])
        var random = SeededGenerator(seed: 3)
        var played = try Played(batch, seeds: [1, 2])
        for _ in 0..<40 {
            let masks = try masks(of: batch)
            let times = played.observations.last!.map { Int($0) }
            // One behind the other: the final observation of an episode allows all.
            #expect(masks == times.flatMap { Self.expected(time: $0) })
            try played.step(batch, choices(masks, batch.spec.action.parts, &random))
        }
        #expect(played.episodes.count == 10 && played.episodes.allSatisfy { $0.episode.length == 7 }, "\(world.lines.all)")
        #expect(world.settings.faults.counts.raised == 0)
    }

    @Test func masksMayBePassedOver() throws {
        let world = World("id=Masked", "kwargs.how=dict", "action_masks=false", isOwn: true)
        let spec = try world.entry.spec(world.options)
        #expect(!spec.masksActions && spec.observation.shape == [6])
        let taxi = World("id=Taxi-v4", "action_masks=false")
        #expect(try taxi.entry.spec(taxi.options).masksActions == false)
    }

    /// Gymnasium's own masks: with them nobody is charged for what can't be done.
    @Test func taxiTellsItsMasks() throws {
        let world = World("id=Taxi-v4")
        let batch = try world.batches(width: 3)[0]
        #expect(batch.spec.masksActions && batch.spec.action == .discrete(6))
        var random = SeededGenerator(seed: 4)
        var played = try Played(batch, seeds: [1, 2, 3])
        for _ in 0..<300 {
            let masks = try masks(of: batch)
            #expect(Set(masks) == [0, 1])
            try played.step(batch, choices(masks, [6], &random))
        }
        #expect(played.rewards.allSatisfy { $0.allSatisfy { $0 > -10 } })
        #expect(Set(played.kinds.flatMap { $0 }).contains(2))
    }

    @Test(arguments: [
        ("none", "info", "step gave a mask that allows no action"), ("short", "method", "step gave a mask of 4 actions, and there are 5"),
        ("missing", "info", "step gave no info['action_mask']: give one with every reset and step"), ("none", "dict", "allows no action"),
    ])
    func aMaskThatIsNoneIsAFaultOfTheEnvironment(fault: String, how: String, words: String) throws {
        let world = World("id=Masked", "kwargs.how=\(how)", "kwargs.fault=\(fault)", "kwargs.at=4", isOwn: true)
        let batch = try world.batches(width: 1)[0]
        var random = SeededGenerator(seed: 5)
        var played = try Played(batch, seeds: [1])
        for _ in 0..<4 { try played.step(batch, choices(masks(of: batch), [5], &random)) }
        // The fourth step is lost with its worker, and truncated where it began.
        #expect(played.kinds == [[0], [0], [0], [2]] && played.observations[4] == [3])
        #expect(world.settings.faults.counts.invalid == 1)
        #expect(world.lines.count("environment 0: \(words)") == 1 || world.lines.count(words) == 1, "\(world.lines.all)")
        #expect(try masks(of: batch).contains(1))
    }

    /// A mask that is wrong from the first is told before anything is trained.
    @Test func whatIsWrongAtOnceIsRefused() throws {
        let world = World("id=Masked", "kwargs.fault=none", isOwn: true)
        let error = #expect(throws: EnvironmentError.self) { try world.entry.spec(world.options) }
        #expect(error?.message.contains("reset gave a mask that allows no action: allow something") == true, "\(error?.message ?? "")")
        let vector = World("id=Taxi-v4", "vectorised=true")
        #expect(throws: EnvironmentError.self) { try vector.entry.spec(vector.options) }
    }

    /// An actor whose environment tells no masks where the learner's does.
    @Test func bothEndsMask() throws {
        let world = World("id=Corridor", isOwn: true)
        var spec = try world.entry.spec(world.options)
        spec.masksActions = true
        let batch = try? world.entry.makeBatches(spec, groups: 1, width: 1)[0]
        // It is only found out by asking: info is not known before.
        let error = #expect(throws: EnvironmentError.self) {
            var played = try Played(#require(batch), seeds: [1])
            try played.step(#require(batch), [Int32(0)])
        }
        #expect(error?.message.contains("reset gave no info['action_mask']") == true, "\(error?.message ?? "nothing")")
    }
}
