import Glibc
import StarlingActing
import StarlingEnvironments
import StarlingExperience
import StarlingLatentPolicy
import StarlingMessages
import StarlingTransport
import Testing

/// Unrolls of the lathe, which observes what it was given.
@Suite struct ContinuousActionTests {
    private func unrolls(
        _ distribution: ModelSpec.ActionDistribution, _ mode: ActingSpec.LatentMode = .mean, rollouts: [Int] = [3]
    ) throws -> (layout: UnrollLayout, blocks: [UnrollBlock], headers: [UnrollHeader]) {
        let work = try Work(Lathe.entry, mode: mode, unrollLength: 20, distribution: distribution)
        let actor = try RolloutActor(work.assignment, environments: [Lathe.entry])
        #expect(actor.adopt(work.snapshot))
        var blocks: [UnrollBlock] = []
        var headers: [UnrollHeader] = []
        for groups in rollouts {
            try actor.rollOut(groups: groups, makeBlock: { UnrollBlock(byteCount: $0) }) { block, header in
                blocks.append(block)
                headers.append(header)
            }
        }
        return (actor.layout, blocks, headers)
    }

    @Test(arguments: ModelSpec.ActionDistribution.allCases)
    func environmentsAreGivenWhatTheUnrollHolds(distribution: ModelSpec.ActionDistribution) throws {
        let (layout, blocks, headers) = try unrolls(distribution)
        #expect(layout.actionWidth == 3 && layout.actionParameterCount == 6)
        var isBeyond = false
        for (block, header) in zip(blocks, headers) {
            let view = UnrollView(layout, block.base)
            for t in 0..<layout.unrollLength {
                let given = view.observations(at: t + 1).assumingMemoryBound(to: Float.self)
                for index in 0..<layout.environmentCount * 3 {
                    let place = index % 3
                    let (low, high) = (Lathe.low[place], Lathe.high[place])
                    let u = view.samples[t * layout.environmentCount * 3 + index]
                    isBeyond = isBeyond || abs(u) > 1
                    let unit = distribution == .gaussian ? min(1, max(-1, u)) : tanhf(u)
                    #expect(abs(given[index] - ((low + high) / 2 + unit * (high - low) / 2)) < 1e-5)
                    #expect(given[index] >= low && given[index] <= high)
                }
            }
            // The learner's check finds nothing wrong with it, and with the other distribution everything.
            #expect(UnrollCheck.fault(in: view, header.episodes) == nil)
            var assignment = try Work(Lathe.entry, unrollLength: 20).assignment
            assignment.model.actionDistribution = distribution == .gaussian ? .tanhGaussian : .gaussian
            let other = UnrollLayout(
                environment: assignment.environment, model: assignment.model, acting: assignment.acting)
            #expect(UnrollCheck.fault(in: UnrollView(other, block.base), header.episodes)?.contains("away") == true)
        }
        // σ begins at 1: a third of the samples lies beyond the unit scale.
        #expect(isBeyond)
    }

    @Test(arguments: ModelSpec.ActionDistribution.allCases, ActingSpec.LatentMode.allCases)
    func whatAGroupDoesIsTheSameInAnyBatch(
        distribution: ModelSpec.ActionDistribution, mode: ActingSpec.LatentMode
    ) throws {
        let (layout, together, _) = try unrolls(distribution, mode)
        let (_, apart, _) = try unrolls(distribution, mode, rollouts: [1, 1, 1])
        for (a, b) in zip(together, apart) {
            #expect(Array(UnrollView(layout, a.base).samples) == Array(UnrollView(layout, b.base).samples))
        }
        let (first, second) = (UnrollView(layout, together[0].base), UnrollView(layout, together[1].base))
        #expect(Array(first.samples) != Array(second.samples))
    }

    /// Greedy play takes the means: with a head of zeros, the middle of the bounds.
    @Test(arguments: ModelSpec.ActionDistribution.allCases)
    func evaluationsPlayTheMeans(distribution: ModelSpec.ActionDistribution) throws {
        let entry = EnvironmentRegistry.Entry("middle") { Middle() }
        let work = try Work(entry, distribution: distribution)
        let zeros = ParameterSnapshot(
            version: work.snapshot.version, bytes: Array(repeating: 0, count: work.snapshot.bytes.count))
        let evaluator = work.evaluator([entry])
        let request = EvaluationRequest(identifier: 1, version: zeros.version, episodes: 3, seed: 1)
        #expect(try evaluator.evaluate(request, zeros)?.returns == [4, 4, 4])
    }
}

/// One step, rewarded with its action.
private struct Middle: ContinuousEnvironment {
    var observationShape: [Int] { [1] }
    var action: ActionSpec { .continuous(low: [3], high: [5]) }
    mutating func reset(seed: UInt64, into observation: inout MutableSpan<Float>) { observation[0] = 1 }
    mutating func step(_ action: Span<Float>, into observation: inout MutableSpan<Float>) -> StepResult {
        observation[0] = 1
        return StepResult(reward: action[0], ending: .terminated)
    }
}
