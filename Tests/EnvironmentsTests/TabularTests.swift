import StarlingEnvironments
import StarlingExperience
import Testing

@Suite struct TabularTests {
    private static let gymnasiums: [(name: String, task: TabularTask)] = [
        ("FrozenLake-v1", FrozenLake.smallTask), ("FrozenLake8x8-v1", FrozenLake.largeTask), ("Taxi-v4", Taxi.task),
        ("CliffWalking-v1", CliffWalking.task), ("CliffWalkingSlippery-v1", CliffWalking.slipperyTask),
    ]
    private static let tasks = gymnasiums + [("DynaMaze", DynaMaze.task), ("Inventory", Inventory.task)]

    /// Every outcome of every action in every state, in the order of Gymnasium's tables.
    @Test(arguments: gymnasiums.indices)
    func tablesEqualGymnasiums(index: Int) throws {
        let (name, process) = (Self.gymnasiums[index].name, Self.gymnasiums[index].task.process)
        let file = try Fixture.file("tabular/tables.safetensors")
        let probabilities = try file.values(name + ".probability", of: Double.self)
        let next = try file.values(name + ".next", of: Int32.self)
        let rewards = try file.values(name + ".reward", of: Double.self)
        let terminates = try file.values(name + ".terminates", of: UInt8.self)
        let start = try file.values(name + ".start", of: Double.self)
        #expect(start.count == process.stateCount && zip(start, process.start).allSatisfy { abs($0 - $1) <= 1e-15 })
        let pairs = process.stateCount * process.actionCount
        let limit = probabilities.count / pairs
        #expect(probabilities.count == pairs * limit)
        for pair in 0..<pairs {
            let ours = Array(process.outcomes(pair / process.actionCount, pair % process.actionCount))
            for place in 0..<limit {
                let theirs = pair * limit + place
                guard place < ours.count else {
                    #expect(probabilities[theirs] == 0)
                    continue
                }
                let outcome = ours[place]
                let isEqual =
                    abs(outcome.probability - probabilities[theirs]) <= 1e-15 && outcome.next == Int(next[theirs])
                    && outcome.reward == rewards[theirs] && outcome.terminates == (terminates[theirs] == 1)
                #expect(isEqual, "\(name), state \(pair / process.actionCount), action \(pair % process.actionCount): \(outcome)")
            }
        }
    }

    /// What dynamic programming over Gymnasium's own tables gives, in another language.
    @Test func optimaAreAsKnown() throws {
        let (small, large) = (FrozenLake.smallTask.process, FrozenLake.largeTask.process)
        func isNear(_ value: Double?, _ expected: Double, _ tolerance: Double) -> Bool {
            value.map { abs($0 - expected) <= tolerance } ?? false
        }
        #expect(isNear(small.optimalReturn(horizon: 100), 0.7442, 5e-5))
        #expect(isNear(large.optimalReturn(horizon: 200), 0.9132, 5e-5))
        let values = (try #require(small.optimalValues(discount: 0.99)), try #require(large.optimalValues(discount: 0.99)))
        #expect(isNear(values.0[0], 0.542026, 1e-6) && isNear(values.1[0], 0.41464, 1e-5))
        #expect(isNear(small.meanReturn(of: small.greedyPolicy(values.0, discount: 0.99), horizon: 100), 0.7402, 1e-4))
        #expect(isNear(large.meanReturn(of: large.greedyPolicy(values.1, discount: 0.99), horizon: 200), 0.8630, 1e-4))
        let random = Array(repeating: [Double](repeating: 0.25, count: 4), count: 16)
        #expect(isNear(small.meanReturn(of: random, horizon: 100), 0.0139, 1e-4))
        #expect(isNear(Taxi.task.process.optimalReturn(horizon: 200), 7.93, 5e-3))
        #expect(CliffWalking.task.process.optimalValues(discount: 1)?[36] == -13)
        #expect(isNear(CliffWalking.slipperyTask.process.optimalValues(discount: 1)?[36], -64.709, 1e-3))
    }

    /// The values of a greedy policy by V* are V*: two of the solutions agree.
    @Test(arguments: tasks.indices)
    func theGreedyPolicyOfTheOptimumHasItsValues(index: Int) throws {
        let process = Self.tasks[index].task.process
        let values = try #require(process.optimalValues(discount: 0.95))
        let evaluated = try #require(process.values(of: process.greedyPolicy(values, discount: 0.95), discount: 0.95))
        #expect(zip(values, evaluated).allSatisfy { abs($0 - $1) <= 1e-8 })
    }

    @Test func whatNeverEndsHasNoUndiscountedValue() {
        let loop = MarkovDecisionProcess(actionCount: 1, start: [1]) { _, _ in [.init(1, to: 0, reward: 1)] }
        #expect(loop.optimalValues(discount: 1, sweeps: 100) == nil)
        #expect(loop.values(of: [[1]], discount: 1, sweeps: 100) == nil)
        #expect(loop.optimalReturn(horizon: 7) == 7)
        #expect(loop.optimalLongRun() == .init(reward: 1, bias: [0]))
        // In turns: what a step adds never becomes the same for both.
        let turns = MarkovDecisionProcess(actionCount: 1, start: [1, 0]) { state, _ in [.init(1, to: 1 - state, reward: Double(state))] }
        #expect(turns.longRun(of: [[1], [1]], sweeps: 100) == nil)
    }

    /// Episodes of the stepped environment against its table: 40,000 steps of random play.
    @Test(arguments: tasks.indices)
    func stepsFollowTheTable(index: Int) throws {
        var task = Self.tasks[index].task
        let process = task.process
        var random = SeededGenerator(seed: 9)
        var row = [UInt8](repeating: 7, count: process.stateCount)
        var counts: [[Int]: Int] = [:]
        var tried: [[Int]: Int] = [:]
        var seed: UInt64 = 0
        func reset() {
            var observation = row.mutableSpan
            task.reset(seed: seed, into: &observation)
            seed += 1
        }
        reset()
        for _ in 0..<40_000 {
            let state = try #require(row.firstIndex(of: 1))
            #expect(row.count { $0 == 1 } == 1 && row.count { $0 == 0 } == row.count - 1)
            let action = Int(random.uniform(0, Double(process.actionCount)))
            var observation = row.mutableSpan
            let result = task.step(action, into: &observation)
            let next = try #require(row.firstIndex(of: 1))
            let outcome = process.outcomes(state, action).first { $0.next == next && Float($0.reward) == result.reward }
            #expect(outcome?.terminates == (result.ending == .terminated), "state \(state), action \(action) → \(next)")
            counts[[state, action, next], default: 0] += 1
            tried[[state, action], default: 0] += 1
            if result.ending != .none { reset() }
        }
        // Five standard errors, where an outcome was tried often.
        for (key, count) in counts where tried[[key[0], key[1]]]! >= 400 {
            let total = Double(tried[[key[0], key[1]]]!)
            let expected = process.outcomes(key[0], key[1]).filter { $0.next == key[2] }.reduce(0) { $0 + $1.probability }
            let deviation = (total * expected * (1 - expected)).squareRoot()
            #expect(abs(Double(count) - total * expected) <= 5 * deviation + 1e-6, "\(key)")
        }
    }

    @Test func episodesAreTruncated() {
        var task = CliffWalking.task
        var row = [UInt8](repeating: 0, count: 48)
        var observation = row.mutableSpan
        task.reset(seed: 1, into: &observation)
        // Left of the start is nothing.
        for t in 1...1000 {
            let ending = task.step(3, into: &observation).ending
            #expect(ending == (t == 1000 ? .truncated : .none))
        }
    }

    @Test(arguments: tasks.indices)
    func aSavedBatchGoesOnTheSame(index: Int) throws {
        let (name, process) = (Self.tasks[index].name, Self.tasks[index].task.process)
        let entry = try EnvironmentRegistry.builtIn.entry(named: name)
        func actions(_ t: Int) -> [Int32] { (0..<3).map { Int32((t * 7 + $0 * 5) % process.actionCount) } }
        let original = try entry.makeBatch(count: 3)
        var rows = Rows<UInt8>(reset: original, seeds: [4, 5, 6])
        for t in 0..<150 { rows.step(original, actions: actions(t)) }
        let copy = try entry.makeBatch(count: 3)
        try copy.restore(from: try #require(original.savedState()))
        var other = Rows<UInt8>(first: rows.observations[150])
        for t in 150..<450 {
            rows.step(original, actions: actions(t))
            other.step(copy, actions: actions(t))
        }
        #expect(Array(rows.observations[150...]) == other.observations)
        #expect(Array(rows.kinds[150...]) == other.kinds)
    }

    /// Memory beyond the table would not be its own.
    @Test func statesBeyondTheTableAreRefused() throws {
        var task = FrozenLake.smallTask
        var saved = try #require(task.savedState())
        for wrong: UInt8 in [16, 255] {
            saved[0] = wrong
            let isTaken = task.restore(from: saved)
            #expect(!isTaken)
        }
        saved[0] = 15
        let taken = [saved, [], saved + [0]].map { task.restore(from: $0) }
        #expect(taken == [true, false, false] && task.position.state == 15)
    }

    @Test(arguments: tasks.indices)
    func everyStateDrawsItself(index: Int) throws {
        var task = Self.tasks[index].task
        var saved = try #require(task.savedState())
        var seen: Set<[String]> = []
        for state in 0..<task.process.stateCount {
            (saved[0], saved[1]) = (UInt8(state & 255), UInt8(state >> 8))
            let isTaken = task.restore(from: saved)
            #expect(isTaken)
            guard case .text(let lines)? = task.picture else {
                Issue.record("no picture")
                return
            }
            #expect(Set(lines.map(\.count)).count == 1, "\(lines)")
            seen.insert(lines)
        }
        #expect(seen.count == task.process.stateCount)
    }
}
