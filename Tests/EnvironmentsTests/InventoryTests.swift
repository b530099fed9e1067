import StarlingEnvironments
import StarlingExperience
import Testing

@Suite struct InventoryTests {
    private let process = Inventory.task.process

    /// Orders up to `top` where the level is at most `low`.
    private func policy(_ low: Int, _ top: Int) -> [[Double]] {
        Inventory.levels.map { level in (0..<process.actionCount).map { $0 == (level <= low ? top : 0) ? 1 : 0 } }
    }

    /// Where a policy that takes one action in each state orders, and up to which level: an (s, S) policy has one of each.
    private func orders(_ policy: [[Double]]) throws -> (levels: [Int], targets: Set<Int>) {
        var (levels, targets): ([Int], Set<Int>) = ([], [])
        for (level, probabilities) in zip(Inventory.levels, policy) {
            let target = try #require(probabilities.firstIndex(of: 1))
            if target > 0, target > level {
                levels.append(level)
                targets.insert(target)
            }
        }
        return (levels, targets)
    }

    /// Against a table built from the description in another language.
    @Test func theTableIsAsDescribed() throws {
        let file = try Fixture.file("inventory/values.safetensors")
        let reward = try file.values("reward", of: Double.self)
        let (level, square) = (try file.values("level", of: Double.self), try file.values("square", of: Double.self))
        #expect(reward.count == process.stateCount * process.actionCount)
        for pair in reward.indices {
            var (sum, means) = (0.0, [0.0, 0, 0])
            for outcome in process.outcomes(pair / process.actionCount, pair % process.actionCount) {
                let left = Double(Inventory.levels.lowerBound + outcome.next)
                sum += outcome.probability
                for (place, value) in [outcome.reward, left, left * left].enumerated() { means[place] += outcome.probability * value }
                #expect(!outcome.terminates)
            }
            let isEqual = zip([1, reward[pair], level[pair], square[pair]], [sum] + means).allSatisfy { abs($0 - $1) <= 1e-9 }
            #expect(isEqual, "state \(pair / process.actionCount), action \(pair % process.actionCount)")
        }
    }

    /// Dynamic programming over all policies finds the one that renewal theory finds among (s, S) policies, and that Zheng and Federgruen
    /// find: (6, 40), at 35.02 a period.
    @Test func theBestPolicyIsTheKnownOne() throws {
        let best = try Fixture.file("inventory/values.safetensors").values("best", of: Double.self)
        let found = try #require(process.optimalLongRun())
        #expect(abs(found.reward + best[2]) < 1e-4 && abs(found.reward + 35.02) < 5e-3)
        let policy = process.greedyPolicy(found.bias, discount: 1)
        #expect(policy == self.policy(Int(best[0]), Int(best[1])))
        #expect((best[0], best[1]) == (6, 40))
    }

    /// With a discount too, and for every number of periods that are left, as Scarf proved.
    @Test func bestPoliciesAreOfTheFormThatScarfProved() throws {
        for discount in [0.8, 0.95, 0.99] {
            let values = try #require(process.optimalValues(discount: discount))
            let found = try orders(process.greedyPolicy(values, discount: discount))
            #expect(found.targets.count == 1 && found.levels == Array(Inventory.levels.prefix(found.levels.count)), "\(discount): \(found)")
        }
        var values = [Double](repeating: 0, count: process.stateCount)
        for periods in 1...30 {
            let policy = process.greedyPolicy(values, discount: 1)
            let found = try orders(policy)
            #expect(found.targets.count <= 1 && found.levels == Array(Inventory.levels.prefix(found.levels.count)), "\(periods): \(found)")
            values = values.indices.map { state in
                (0..<process.actionCount).map { process.actionValue(state, $0, values, discount: 1) }.max() ?? 0
            }
        }
    }

    /// In the long run by the stationary distribution, discounted by linear equations, and in the hundred periods of an episode.
    @Test func whatPoliciesCostIsExact() throws {
        let file = try Fixture.file("inventory/values.safetensors")
        let average = try file.values("average", of: Double.self)
        let discounted = try file.values("discounted", of: Double.self)
        for (index, policy) in [policy(6, 40), policy(10, 30)].enumerated() {
            #expect(try abs(#require(process.longRun(of: policy)).reward - average[index]) < 1e-7)
            let values = try #require(process.values(of: policy, discount: 0.95))
            #expect(zip(values, discounted[(index * values.count)...]).allSatisfy { abs($0 - $1) < 1e-7 })
        }
        let hundred = try file.values("hundred", of: Double.self)
        let (best, limit) = (process.meanReturn(of: policy(6, 40), horizon: 100), process.optimalReturn(horizon: 100))
        #expect(abs(best - hundred[0]) < 1e-7 && abs(limit - hundred[1]) < 1e-7)
        // What a clock would be worth, and what the recipe's goal is made of.
        #expect(abs(best + 3534.36) < 0.01 && abs(limit + 3512.53) < 0.01)
    }

    @Test func anOrderComesAtOnceAndIsPaidOnce() throws {
        var task = Inventory.task
        var row = [UInt8](repeating: 0, count: task.process.stateCount)
        var observation = row.mutableSpan
        task.reset(seed: 3, into: &observation)
        var level = try #require(row.firstIndex(of: 1)) + Inventory.levels.lowerBound
        #expect(level == 0)
        for (t, target) in [40, 40, 0, 0, 20, 0, 0].enumerated() {
            var observation = row.mutableSpan
            let result = task.step(target, into: &observation)
            let left = try #require(row.firstIndex(of: 1)) + Inventory.levels.lowerBound
            let filled = target > 0 ? max(level, target) : level
            #expect((0...30).contains(filled - left))
            let keeping = left >= 0 ? Double(left) * Inventory.holdingCost : Double(-left) * Inventory.shortageCost
            #expect(result.reward == -Float(keeping + (filled > level ? Inventory.fixedCost : 0)), "period \(t)")
            level = left
        }
    }
}
