import StarlingConfiguration
import StarlingEnvironments
import StarlingExperience
import StarlingLearning
import Testing

/// What a value head that was trained jointly with the autoencoder says of each state, against exact evaluation of the policy beside it.
@Suite struct ValueAccuracyTests {
    /// FrozenLake by V-trace. Batches are large and the rate falls to little: what is left is what the last returns had of chance.
    private static let recipe = """
        environment: FrozenLake-v1
        algorithm: vtrace
        frames: 1000000
        model: {encoder: [64], policy: [64], latent: 16, activation: relu, likelihood: bernoulli, observation_scale: [1]}
        acting: {unroll_length: 16, environments_per_unroll: 16, environments_per_actor: 16}
        vtrace: {value_cost: 0.5, entropy_cost: 0.003}
        optimizer: {learning_rate: 0.002, horizon: 1000000, final_share: 0.02}
        batch: {columns: 64, max_queued_batches: 0}
        """

    @Test(arguments: [1, 2, 3] as [UInt64]) func valuesAreThoseOfThePolicy(seed: UInt64) throws {
        var settings = RunSettings()
        try settings.apply(RunFile(text: Self.recipe, name: "recipe"))
        settings.seed = seed
        let lockstep = try Lockstep(settings)
        _ = try #require(try lockstep.run())
        let task = FrozenLake.smallTask
        let table = try PolicyTable(lockstep.loop.learner, task)
        let exact = try #require(task.process.values(of: table.policy, discount: 0.99))
        // All but the holes and the goal, where nobody acts.
        let reached = task.process.reachable(by: table.policy)
        #expect(reached.count == 11)
        for state in reached { #expect(abs(table.values[state] - exact[state]) <= 0.05, "state \(state)") }
        // It is a policy that has learned something: one at random gets 0.014.
        #expect(task.process.meanReturn(of: table.policy, horizon: 100) > 0.5)
    }
}

extension MarkovDecisionProcess {
    /// States in which a policy may find itself and act.
    fileprivate func reachable(by policy: [[Double]]) -> [Int] {
        var found = Set((0..<stateCount).filter { start[$0] > 0 })
        var frontier = Array(found)
        while let state = frontier.popLast() {
            for action in 0..<actionCount where policy[state][action] > 0 {
                for outcome in outcomes(state, action) where !outcome.terminates && outcome.probability > 0 {
                    if found.insert(outcome.next).inserted { frontier.append(outcome.next) }
                }
            }
        }
        return found.sorted()
    }
}
