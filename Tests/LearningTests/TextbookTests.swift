import Glibc
import StarlingEnvironments
import StarlingExperience
import Testing

/// Sutton and Barto 2018: what Q-learning, SARSA and replay in the place of planning are known to do, with the book's rates.
@Suite struct TextbookTests {
    private func returns(_ run: TabularRun, episodes: Int) throws -> [Double] {
        while run.episodes.count < episodes { try run.turn() }
        return run.episodes[..<episodes].map { Double($0.episodeReturn) }
    }

    private func mean(_ values: some Collection<Double>) -> Double { values.reduce(0, +) / Double(values.count) }

    private static func cliff(_ algorithm: String, unroll: Int, rows: Int) -> String {
        """
        algorithm: \(algorithm)
        acting: {unroll_length: \(unroll), environments_per_unroll: 1, environments_per_actor: 1}
        batch: {columns: 1}
        \(algorithm): {discount: 1, lambda: 0, huber: 1.0e9, epochs: 1, minibatch_rows: \(rows), epsilon_start: 0.1, epsilon_end: 0.1}
        """
    }

    /// Example 6.6, α = 0.5 and ε = 0.1: Q-learning learns the shortest way, along the cliff, and falls off it while it explores.
    @Test func qLearningWalksAlongTheCliff() throws {
        for seed: UInt64 in 1...3 {
            let run = try TabularRun(CliffWalking.task, rate: 0.5, seed: seed, recipe: Self.cliff("pqn", unroll: 1, rows: 2))
            let online = mean(try returns(run, episodes: 500)[100...])
            let way = try #require(run.greedyWay())
            #expect((-60.0 ... -40).contains(online) && way == (13, -13), "\(online), \(way)")
        }
    }

    /// SARSA learns the value of what it does, and keeps its distance.
    @Test func sarsaWalksAroundIt() throws {
        for seed: UInt64 in 1...3 {
            let run = try TabularRun(CliffWalking.task, rate: 0.5, rows: 2, seed: seed, recipe: Self.cliff("sarsa", unroll: 8, rows: 2))
            let online = mean(try returns(run, episodes: 500)[100...])
            #expect((-30.0 ... -20).contains(online), "\(online)")
        }
    }

    /// Example 8.1: which episode is the first with at most 17 steps, where 14 are the fewest, with so many steps of the optimiser on
    /// what was seen for each step that is made, and one more. Who acts is greedy, and chooses at random among equals.
    private func firstGoodEpisode(planning: Int, seed: UInt64) throws -> Int {
        let run = try TabularRun(
            DynaMaze.task, rate: 1, seed: seed,
            recipe: """
                algorithm: dqn
                acting: {unroll_length: 1, environments_per_unroll: 1, environments_per_actor: 1, rule: boltzmann, temperature: 0.005}
                batch: {columns: 1}
                dqn: {discount: 0.95, huber: 1.0e9, target_every: 1, batch_rows: 1, updates_per_frame: \(1 + planning), learning_starts: 0}
                """)
        while run.episodes.count < 60 {
            let count = run.episodes.count
            try run.turn()
            if run.episodes.count > count, run.episodes[count].length <= 17 { return run.episodes.count }
        }
        return 60
    }

    /// The book's Dyna-Q is there in about 25, 5 and 3 episodes without planning, with 5 steps of it and with 50, with α = 0.1. Replay
    /// draws from all steps, where Dyna's model holds each place and action once: the few that say something are drawn less often, and so
    /// α is 1, which is the best where nothing is left to chance (with 0.1 it takes 21 and 5 to 7 episodes).
    @Test func replayPlans() throws {
        for (planning, most) in [(5, 6), (50, 4)] {
            let counts = try (1...7).map { try firstGoodEpisode(planning: planning, seed: $0) }
            #expect(counts.sorted()[3] <= most, "\(planning): \(counts)")
        }
    }

    /// Ψ of every place of a maze is that of soft value iteration, `Ψ(s, a) = r + γ log Σ e^Ψ(s')`.
    @Test func psiIsThatOfSoftValueIteration() throws {
        let process = DynaMaze.task.process
        let discount = 0.5
        var exact = [[Double]](repeating: [Double](repeating: 0, count: process.actionCount), count: process.stateCount)
        for _ in 0..<60 {
            let worth = exact.map { log($0.reduce(0) { $0 + exp($1) }) }
            for state in exact.indices {
                for action in exact[state].indices {
                    exact[state][action] = process.outcomes(state, action).reduce(0) { sum, outcome in
                        sum + outcome.probability * (3 * outcome.reward + (outcome.terminates ? 0 : discount * worth[outcome.next]))
                    }
                }
            }
        }
        let run = try TabularRun(
            DynaMaze.task, rate: 0.5, rows: 2, seed: 1,
            recipe: """
                algorithm: psi
                acting: {unroll_length: 8, environments_per_unroll: 1, environments_per_actor: 1}
                batch: {columns: 1}
                psi: {discount: \(discount), huber: 1.0e9, epochs: 1, minibatch_rows: 2, reward_scale: 3}
                """)
        for _ in 0..<16000 { try run.turn() }
        // Where it has been often: the way of chance covers the maze, walls aside.
        let reached = Self.reachable(process)
        let worst = reached.map { state in zip(run.actionValues(state), exact[state]).map { abs(Double($0) - $1) }.max()! }.max()!
        #expect(worst < 0.02, "\(worst)")
        #expect(reached.count == 46, "the goal is no place to act in")
    }

    private static func reachable(_ process: MarkovDecisionProcess) -> [Int] {
        var (known, open) = (Set<Int>(), [process.start.firstIndex(of: 1)!])
        while let state = open.popLast() {
            guard known.insert(state).inserted else { continue }
            for action in 0..<process.actionCount {
                open += process.outcomes(state, action).filter { !$0.terminates }.map(\.next)
            }
        }
        return known.sorted()
    }
}
