import Foundation
import StarlingConfiguration
import StarlingEnvironments
import StarlingExperience
import StarlingLearning
import Testing

/// What shipped recipes learn in lockstep, where the environment's table says exactly what it is worth.
@Suite struct TabularRecipeTests {
    private func learned(_ recipe: String, _ task: TabularTask, seed: UInt64) throws -> PolicyTable {
        let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent().path + "/../../Sources/Launch/Recipes/\(recipe).yaml"
        var settings = RunSettings()
        try settings.apply(RunFile(path: path))
        (settings.seed, settings.goal.isEnabled) = (seed, false)
        let lockstep = try Lockstep(settings)
        _ = try #require(try lockstep.run())
        return try PolicyTable(lockstep.loop.learner, task)
    }

    /// The way is the shortest, which a return of 1 doesn't say.
    @Test(arguments: [1, 2, 3] as [UInt64]) func theMazesWayHasFourteenSteps(seed: UInt64) throws {
        let process = DynaMaze.task.process
        let policy = try learned("dynamaze", DynaMaze.task, seed: seed).greedyPolicy
        #expect(process.meanReturn(of: policy, horizon: 14) == 1)
    }

    /// In the long run, exactly, where the best is 35.02 a period.
    @Test(arguments: [1, 2] as [UInt64]) func theStoreCostsWithinTwoPercentOfTheBestPolicy(seed: UInt64) throws {
        let process = Inventory.task.process
        let policy = try learned("inventory", Inventory.task, seed: seed).greedyPolicy
        let (cost, best) = try (-#require(process.longRun(of: policy)).reward, -#require(process.optimalLongRun()).reward)
        #expect(cost <= 1.02 * best && cost >= best - 1e-6)
    }
}
