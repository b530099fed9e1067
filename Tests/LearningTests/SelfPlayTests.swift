import StarlingConfiguration
import StarlingEnvironments
import StarlingExperience
import StarlingLearning
import Testing

/// What is learned by play against oneself, against enumeration: learner and actors as in every run.
@Suite struct SelfPlayTests {
    /// Of a pile of stones two players take one, two or three in turn; who takes the last wins, who takes more than are there loses.
    private struct Nim: Environment {
        static let stones = 12
        static let task = TabularTask(
            MarkovDecisionProcess(actionCount: 3, start: [0] + Array(repeating: 1 / Double(stones), count: stones)) { pile, action in
                let left = pile - action - 1
                return [.init(1, to: max(0, left), reward: left == 0 ? 1 : left < 0 ? -1 : 0, terminates: left <= 0)]
            }, timeLimit: 100, draw: { ["\($0)"] })

        var pile = Nim.task

        var observationShape: [Int] { pile.observationShape }
        var action: ActionSpec { pile.action }
        var playersAlternate: Bool { true }

        mutating func reset(seed: UInt64, into observation: inout MutableSpan<UInt8>) { pile.reset(seed: seed, into: &observation) }
        mutating func step(_ action: Int, into observation: inout MutableSpan<UInt8>) -> StepResult {
            pile.step(action, into: &observation)
        }
    }

    private static let discount = 0.9

    /// What piles are worth to who is to move where both play a policy, `[stones + 1]`.
    private func worths(of policy: [[Double]]) -> [Double] {
        var worths = [0.0]
        for pile in 1...Nim.stones {
            worths.append(
                (0..<3).reduce(0.0) { sum, action in
                    let outcome = Nim.task.process.outcomes(pile, action).first!
                    let next = outcome.terminates ? 0 : worths[outcome.next]
                    return sum + policy[pile][action] * (outcome.reward - Self.discount * next)
                })
        }
        return worths
    }

    private func train(_ algorithm: String, frames: Int, _ keys: String) throws -> PolicyTable {
        var settings = RunSettings()
        let recipe = """
            environment: nim
            algorithm: \(algorithm)
            frames: \(frames)
            model: {encoder: [32], latent: 16, activation: relu, observation_scale: [1]}
            acting: {unroll_length: 8, environments_per_unroll: 8, environments_per_actor: 8}
            latent: {representation: none}
            \(algorithm): {discount: \(Self.discount)\(keys)}
            optimizer: {learning_rate: 0.005, horizon: \(frames), final_share: 0.05}
            batch: {columns: 32, max_queued_batches: 0}
            """
        try settings.apply(RunFile(text: recipe, name: "recipe"))
        settings.evaluation.episodes = 1
        let lockstep = try Lockstep(settings, environments: [.init("nim") { Nim() }])
        _ = try #require(try lockstep.run())
        return try PolicyTable(lockstep.loop.learner, Nim.task)
    }

    /// Where a win is to be had there is one move for it: the rest by four.
    private func expectBestPlay(_ table: PolicyTable) {
        for pile in 1...Nim.stones where !pile.isMultiple(of: 4) {
            #expect(table.greedyPolicy[pile][pile % 4 - 1] == 1, "of \(pile)")
        }
    }

    @Test(arguments: ["vtrace", "a2c", "ppo"])
    func actorCriticsLearnToWinAndWhatPilesAreWorth(algorithm: String) throws {
        let table = try train(algorithm, frames: 100_000, ", entropy_cost: 0.01, value_cost: 0.5, normalize_returns: false")
        expectBestPlay(table)
        let exact = worths(of: table.policy)
        for pile in 1...Nim.stones { #expect(abs(table.values[pile] - exact[pile]) < 0.15, "of \(pile)") }
        #expect(exact[4] < -0.5 && exact[8] < 0 && exact[1] > 0.9)
    }

    @Test func reinforceLearnsToWin() throws {
        expectBestPlay(try train("reinforce", frames: 200_000, ", entropy_cost: 0.05, rows: 256"))
    }

    @Test(arguments: ["pqn", "sarsa", "expected_sarsa"])
    func whoLearnsTheValuesOfActionsLearnsToWin(algorithm: String) throws {
        expectBestPlay(
            try train(
                algorithm, frames: 100_000, ", lambda: 0.5, epsilon_start: 1, epsilon_end: 0.1, epsilon_frames: 50000, minibatch_rows: 128")
        )
    }

    /// From replay, one step at a time and three as one: the sum of their rewards has signs in turn.
    @Test(arguments: [1, 3])
    func replayLearnsToWin(steps: Int) throws {
        let keys = ", steps: \(steps), batch_rows: 64, updates_per_frame: 0.05, learning_starts: 1000, target_every: 100"
        expectBestPlay(try train("dqn", frames: 60_000, keys + ", epsilon_start: 1, epsilon_end: 0.3, epsilon_frames: 30000"))
    }

    @Test func whatCannotBeLearnedSoIsRefused() throws {
        let spec = EnvironmentSpec(
            name: "nim", observation: ObservationSpec(shape: [13]), action: .discrete(3), playersAlternate: true)
        var settings = RunSettings()
        settings.algorithm = "sac"
        let error = #expect(throws: ConfigurationError.self) { try settings.check(environment: spec) }
        #expect(error?.message.contains("sac counts the entropy of what follows as a gain") == true)
        settings.algorithm = "ppo"
        try settings.check(environment: spec)
        try settings.apply(assignments: ["goal.return=1"])
        let goal = #expect(throws: ConfigurationError.self) { try settings.check(environment: spec) }
        #expect(goal?.message.contains("returns of play against oneself tell nothing: set goal.enabled to false") == true)
        try settings.apply(assignments: ["goal.enabled=false"])
        try settings.check(environment: spec)
    }
}
