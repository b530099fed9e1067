import StarlingEnvironments
import StarlingExperience
import Testing

@Suite struct EnvironmentStateTests {
    private func actions(_ step: Int, _ count: Int) -> [Int32] { (0..<count).map { Int32((step * 7 + $0 * 3) % 5 / 3) } }

    private func makeBatch(_ count: Int) throws -> any EnvironmentBatch {
        try EnvironmentRegistry.Entry("CartPole-v1") { CartPole() }.makeBatch(count: count)
    }

    /// Saved at any step, a batch that never saw the first half goes on with the same bits.
    @Test(arguments: [0, 1, 17, 60, 200])
    func goesOnWithTheSameBits(step: Int) throws {
        try checkThatItGoesOn("CartPole-v1", step: step, of: Float.self)
        try checkThatItGoesOn("CartPole-pixels", step: step, of: UInt8.self)
        try checkThatItGoesOn("Catch", step: step, of: UInt8.self)
        try checkThatItGoesOn("Recall", step: step, of: Float.self)
        try checkThatItGoesOn("Melody", step: step, of: UInt8.self)
    }

    private func checkThatItGoesOn<Scalar: ObservationScalar & Equatable>(
        _ name: String, step: Int, of _: Scalar.Type
    ) throws {
        let entry = try EnvironmentRegistry.builtIn.entry(named: name)
        let (original, count) = (try entry.makeBatch(count: 5), 5)
        var rows = Rows<Scalar>(reset: original, seeds: [1, 2, 3, 4, 5])
        for t in 0..<step { rows.step(original, actions: actions(t, count)) }
        let state = try #require(original.savedState())
        var expected = Rows<Scalar>(first: rows.observations.last!)
        for t in step..<step + 150 { expected.step(original, actions: actions(t, count)) }

        let copy = try entry.makeBatch(count: 5)
        try copy.restore(from: state)
        #expect(copy.savedState() == state)
        var actual = Rows<Scalar>(first: rows.observations.last!)
        for t in step..<step + 150 { actual.step(copy, actions: actions(t, count)) }
        #expect(actual.observations == expected.observations)
        #expect(actual.rewards == expected.rewards)
        #expect(actual.kinds == expected.kinds)
        #expect(actual.episodes.map(\.episode) == expected.episodes.map(\.episode))
        #expect(original.savedState() == copy.savedState())
        #expect(expected.kinds.joined().contains(.terminated), "the test must cross ends of episodes")
    }

    /// A pending reset row is part of the state.
    @Test func aTruncationIsRemembered() throws {
        func make() throws -> any EnvironmentBatch { try EnvironmentRegistry.Entry("timed") { Timed() }.makeBatch(count: 1) }
        let original = try make()
        var rows = Rows<Float>(reset: original, seeds: [9])
        for _ in 0..<Timed.limit { rows.step(original, actions: [0]) }
        #expect(rows.kinds.last == [.truncated])
        let copy = try make()
        try copy.restore(from: try #require(original.savedState()))
        for _ in 0..<2 {
            rows.step(original, actions: [0])
            let before = rows.observations.last
            var other = Rows<Float>(first: [])
            other.step(copy, actions: [0])
            #expect(other.observations.last == before)
            #expect(other.kinds.last == rows.kinds.last)
        }
        #expect(rows.kinds.suffix(2) == [[.reset], [.ordinary]])
    }

    @Test func finishedEpisodesThatNobodyTookAreKept() throws {
        let original = try EnvironmentRegistry.Entry("timed") { Timed() }.makeBatch(count: 2)
        var row = [Float](repeating: 0, count: 2)
        row.withUnsafeMutableBytes { try! original.reset(seeds: [1, 2], into: $0) }
        var (rewards, kinds) = ([Float](repeating: 0, count: 2), [UInt8](repeating: 0, count: 2))
        for _ in 0..<Timed.limit {
            row.withUnsafeMutableBytes { row in
                [Int32(0), 0].withUnsafeBufferPointer { actions in
                    rewards.withUnsafeMutableBufferPointer { rewards in
                        kinds.withUnsafeMutableBufferPointer { kinds in
                            try! original.step(actions: UnsafeRawBufferPointer(actions), into: row, rewards: rewards, kinds: kinds)
                        }
                    }
                }
            }
        }
        let copy = try EnvironmentRegistry.Entry("timed") { Timed() }.makeBatch(count: 2)
        try copy.restore(from: try #require(original.savedState()))
        var lengths: [UInt32] = []
        copy.takeFinishedEpisodes { lengths.append($1.length) }
        #expect(lengths == [3, 3])
        copy.takeFinishedEpisodes { _, _ in Issue.record("an episode was handed over twice") }
    }

    @Test func bytesThatAreNoStateAreRefused() throws {
        let state = try #require(makeBatch(3).savedState())
        for length in 0..<state.count {
            #expect(throws: EnvironmentError.self, "cut to \(length)") {
                try makeBatch(3).restore(from: Array(state.prefix(length)))
            }
        }
        #expect(throws: EnvironmentError.self) { try makeBatch(3).restore(from: state + [0]) }
        #expect(throws: EnvironmentError.self) { try makeBatch(2).restore(from: state) }
        // Of the first environment: number and length of its episode, which would overflow.
        for place in [24..<32, 40..<44] {
            var full = state
            for index in place { full[index] = 0xFF }
            #expect(throws: EnvironmentError.self, "\(place)") { try makeBatch(3).restore(from: full) }
        }
        let other = try EnvironmentRegistry.Entry("timed") { Timed() }.makeBatch(count: 3)
        #expect(throws: EnvironmentError.self) { try other.restore(from: state) }
    }

    @Test func anEnvironmentThatCannotSaveSaysSo() throws {
        #expect(try EnvironmentRegistry.Entry("scripted") { Scripted([]) }.makeBatch(count: 1).savedState() == nil)
    }
}

/// Plain numbers: saved and restored without a line about it. Truncated after three steps.
struct Timed: Environment {
    static let limit = 3
    var steps = 0
    var offset: Float = 0

    var observationShape: [Int] { [1] }
    var action: ActionSpec { .discrete(1) }

    mutating func reset(seed: UInt64, into observation: inout MutableSpan<Float>) {
        var random = SeededGenerator(seed: seed)
        (steps, offset) = (0, Float(random.uniform(-1, 1)))
        observation[0] = offset
    }

    mutating func step(_ action: Int, into observation: inout MutableSpan<Float>) -> StepResult {
        steps += 1
        observation[0] = offset + Float(steps)
        return StepResult(reward: 1, ending: steps == Timed.limit ? .truncated : .none)
    }
}
