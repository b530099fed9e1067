import StarlingEnvironments
import StarlingExperience
import Testing

/// Two choices at once, whose numbers it shows; of the second only what `allowed` says may be chosen. Ends after so many steps.
private struct Dials: MultiDiscreteEnvironment {
    let observationShape = [2]
    var action = ActionSpec.multiDiscrete([3, 2])
    var masksActions = true
    /// By step of the episode.
    var allowed: [[UInt8]] = []
    var ending = Ending.truncated
    var steps = 0

    mutating func reset(seed: UInt64, into observation: inout MutableSpan<Float>) {
        steps = 0
        (observation[0], observation[1]) = (-1, -1)
    }

    mutating func step(_ action: Span<Int32>, into observation: inout MutableSpan<Float>) -> StepResult {
        steps += 1
        (observation[0], observation[1]) = (Float(action[0]), Float(action[1]))
        return StepResult(reward: Float(action.count), ending: steps == 3 ? ending : .none)
    }

    func writeActionMask(into mask: inout MutableSpan<UInt8>) {
        guard steps < allowed.count else { return }
        for index in 0..<5 { mask[index] = allowed[steps][index] }
    }
}

@Suite struct ActionMaskTests {
    private func masks(of batch: any EnvironmentBatch) throws -> [UInt8] {
        var masks = [UInt8](repeating: 77, count: batch.count * batch.spec.action.parameterCount)
        try masks.withUnsafeMutableBufferPointer { try batch.writeActionMasks(into: $0) }
        return masks
    }

    @Test func eachEnvironmentGetsWhatIsChosenOfEachPart() throws {
        let entry = EnvironmentRegistry.Entry("dials", summary: "Turns.") { Dials() }
        #expect(entry.spec.action == .multiDiscrete([3, 2]) && entry.spec.masksActions)
        let batch = try entry.makeBatch(count: 2)
        var rows = Rows<Float>(reset: batch, seeds: [1, 2])
        rows.step(batch, actions: [2, 0, 1, 1])
        #expect(rows.observations[1] == [2, 0, 1, 1] && rows.rewards == [[2, 2]])
        #expect(try masks(of: batch) == Array(repeating: 1, count: 10))
    }

    @Test func anActionBeyondItsPartStopsTheProgram() async {
        await #expect(processExitsWith: .failure) {
            let batch = try EnvironmentRegistry.Entry("dials") { Dials() }.makeBatch(count: 1)
            var rows = Rows<Float>(reset: batch, seeds: [1])
            rows.step(batch, actions: [1, 2])
        }
    }

    /// What was there before counts for nothing, and what isn't 0 is 1.
    @Test func masksAreOfTheStepToCome() throws {
        let dials = Dials(allowed: [[1, 0, 0, 0, 1], [0, 9, 1, 1, 0]])
        let batch = try EnvironmentRegistry.Entry("dials") { dials }.makeBatch(count: 1)
        var rows = Rows<Float>(reset: batch, seeds: [1])
        #expect(try masks(of: batch) == [1, 0, 0, 0, 1])
        rows.step(batch, actions: [0, 1])
        #expect(try masks(of: batch) == [0, 1, 1, 1, 0])
    }

    /// Behind an episode's last step nothing need be left: the row is no step.
    @Test func whereNothingIsLeftTheEpisodeIsOverOrTheEnvironmentAtFault() throws {
        let none: [[UInt8]] = Array(repeating: [1, 1, 1, 1, 1], count: 3) + [[1, 0, 0, 0, 0]]
        for ending in [Ending.truncated, .terminated, .none] {
            let dials = Dials(allowed: none, ending: ending)
            let batch = try EnvironmentRegistry.Entry("dials") { dials }.makeBatch(count: 1)
            var rows = Rows<Float>(reset: batch, seeds: [1])
            for _ in 0..<3 { rows.step(batch, actions: [0, 1]) }
            switch ending {
            case .truncated: #expect(try masks(of: batch) == [1, 0, 0, 1, 1])
            // The next one has begun.
            case .terminated: #expect(try masks(of: batch) == [1, 1, 1, 1, 1])
            case .none:
                let error = #expect(throws: EnvironmentError.self) { try masks(of: batch) }
                #expect(
                    error?.message == """
                        Environment 'dials' allows nothing for part 1 of an action after step 3 of an episode (environment 0 of its batch, \
                        episode 0): have writeActionMask leave something, or end the episode with the step before.
                        """)
            }
        }
    }

    @Test func masksOfNumbersAreAFaultOfTheirAuthor() async {
        await #expect(processExitsWith: .failure) {
            _ = EnvironmentRegistry.Entry("numbers") { Numbers() }.spec
        }
        #expect(ActionSpec.multiDiscrete([]).fault == "an action has no parts")
        #expect(ActionSpec.multiDiscrete([2, 0]).fault == "of part 1 of an action there are 0")
    }

    private struct Numbers: ContinuousEnvironment {
        let observationShape = [1]
        let action = ActionSpec.continuous(low: [0], high: [1])
        let masksActions = true
        mutating func reset(seed: UInt64, into observation: inout MutableSpan<Float>) { observation[0] = 0 }
        mutating func step(_ action: Span<Float>, into observation: inout MutableSpan<Float>) -> StepResult {
            observation[0] = 0
            return StepResult(reward: 0)
        }
    }

    /// Gymnasium's `Taxi.action_mask`, from its description: moves that no wall stops, a passenger at the taxi's stand, and one in the taxi
    /// at any stand; actions south, north, east, west, pick up, drop off.
    @Test func taxisMasksAreGymnasiums() throws {
        let town = ["| : | : : |", "| : | : : |", "| : : : : |", "| | : | : |", "| | : | : |"].map(Array.init)
        let stands = [(0, 0), (0, 4), (4, 0), (4, 3)]
        var task = Taxi.maskedTask
        #expect(task.masksActions && !Taxi.task.masksActions)
        for state in 0..<500 {
            let (taxi, passenger) = (state / 20, state / 4 % 5)
            let (row, column) = (taxi / 5, taxi % 5)
            let isAtStand = stands.contains { $0 == (row, column) }
            let expected: [Bool] = [
                row < 4, row > 0, column < 4 && town[row][2 * column + 2] == ":", column > 0 && town[row][2 * column] == ":",
                passenger < 4 && stands[passenger] == (row, column), passenger == 4 && isAtStand,
            ]
            // A position's first number is the state.
            var position = try #require(task.savedState())
            position.withUnsafeMutableBytes { $0.storeBytes(of: state, as: Int.self) }
            let isRestored = task.restore(from: position)
            #expect(isRestored)
            var mask = [UInt8](repeating: 1, count: 6)
            var span = mask.mutableSpan
            task.writeActionMask(into: &span)
            #expect(mask == expected.map { $0 ? 1 : 0 }, "state \(state)")
        }
    }

    @Test func twoBoardsOfCatchArePlayedAtOnce() throws {
        let entry = try EnvironmentRegistry.builtIn.entry(named: "Catch-twice")
        let batch = try entry.makeBatch(count: 1)
        var rows = Rows<UInt8>(reset: batch, seeds: [5])
        let seed = Seed.episode(0, of: 5)
        var boards = [Catch(), Catch()]
        func show(_ play: (inout Catch, Int, inout MutableSpan<UInt8>) -> Void) -> [UInt8] {
            var both = [UInt8](repeating: 9, count: 100)
            for place in 0..<2 {
                var plane = [UInt8](repeating: 9, count: 50)
                var span = plane.mutableSpan
                play(&boards[place], place, &span)
                both.replaceSubrange(place * 50..<place * 50 + 50, with: plane)
            }
            return both
        }
        let first = show { $0.reset(seed: Seed.mix(seed, UInt64($1)), into: &$2) }
        #expect(rows.observations[0] == first)
        for step in 0..<8 {
            let actions = [step % 3, (step + 1) % 3]
            rows.step(batch, actions: actions.map { Int32($0) })
            let next = show { _ = $0.step(actions[$1], into: &$2) }
            #expect(rows.observations[step + 1] == next)
        }
        rows.step(batch, actions: [1, 1])
        let reward = boards.map { $0.paddle == $0.ballColumn ? 1 : -1 }.reduce(0, +)
        #expect(rows.rewards[8] == [Float(reward)] && rows.kinds[8] == [.terminated])
        let state = try #require(batch.savedState())
        try batch.restore(from: state)
        #expect(batch.savedState() == state)
    }
}
