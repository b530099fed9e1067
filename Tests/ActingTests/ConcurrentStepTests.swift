import StarlingActing
import StarlingEnvironments
import StarlingExperience
import StarlingTransport
import Testing

/// Environments that are stepped elsewhere, while the policy works for others: unrolls are what they are without.
@Suite struct ConcurrentStepTests {
    @Test(arguments: [ActingSpec.LatentMode.mean, .noise], [ModelSpec.Core.none, .gru(5)])
    func unrollsAreThoseOfStepsInTurn(mode: ActingSpec.LatentMode, core: ModelSpec.Core) throws {
        let plain = try EnvironmentRegistry.builtIn.entry(named: "CartPole-v1")
        for groups in 1...3 {
            let work = try Work(plain, mode: mode, environmentsPerActor: 4 * groups, core: core, frameStack: 2)
            let steps = Steps()
            let expected = try RolloutActor(work.assignment, environments: [plain])
            let actual = try RolloutActor(work.assignment, environments: [Self.elsewhere(plain, steps)])
            #expect(expected.adopt(work.snapshot) && actual.adopt(work.snapshot))
            for _ in 0..<12 {
                #expect(try Self.unrolls(of: actual, groups) == Self.unrolls(of: expected, groups))
            }
            // Half of the groups step while the others wait, and none is asked twice.
            #expect(steps.most == groups && steps.pending == 0)
        }
    }

    /// Where it ends in the middle of a round, nothing is left to be waited for.
    @Test func evaluationsEndWithNothingPending() throws {
        let plain = try EnvironmentRegistry.builtIn.entry(named: "CartPole-v1")
        let work = try Work(plain)
        let steps = Steps()
        let request = EvaluationRequest(identifier: 1, version: work.snapshot.version, episodes: 7, seed: 3)
        let expected = try work.evaluator().evaluate(request, work.snapshot)
        let actual = try work.evaluator([Self.elsewhere(plain, steps)]).evaluate(request, work.snapshot)
        #expect(expected == actual && expected != nil && steps.pending == 0)
    }

    /// Without what lies between columns.
    private static func makeBlock(_ byteCount: Int) -> UnrollBlock {
        let block = UnrollBlock(byteCount: byteCount)
        block.base.initializeMemory(as: UInt8.self, repeating: 0, count: byteCount)
        return block
    }

    private static func unrolls(of actor: RolloutActor, _ groups: Int) throws -> [[UInt8]] {
        var result: [[UInt8]] = []
        try actor.rollOut(groups: groups, makeBlock: makeBlock) { block, header in
            result.append(Array(UnsafeRawBufferPointer(start: block.base, count: block.byteCount)))
            result.append(header.episodes.map { UInt8(clamping: $0.length) })
        }
        return result
    }

    private static func elsewhere(_ entry: EnvironmentRegistry.Entry, _ steps: Steps) -> EnvironmentRegistry.Entry {
        EnvironmentRegistry.Entry(
            entry.name, summary: "", options: [], needsOptions: false, laneLimit: 4, faults: { EnvironmentFaults() },
            spec: { _ in entry.spec },
            batches: { _, groups, width in try (0..<groups).map { _ in Elsewhere(try entry.makeBatch(count: width), steps) } })
    }
}

/// Steps that were begun and not finished.
private final class Steps: @unchecked Sendable {
    // One test's thread alone touches it.
    var pending = 0 { didSet { most = max(most, pending) } }
    private(set) var most = 0
}

/// A batch that does at `finish` what it was told at `begin`.
private final class Elsewhere: ConcurrentBatch {
    private let batch: any EnvironmentBatch
    private let steps: Steps
    private var actions: [UInt8]?

    init(_ batch: any EnvironmentBatch, _ steps: Steps) { (self.batch, self.steps) = (batch, steps) }

    var spec: EnvironmentSpec { batch.spec }
    var count: Int { batch.count }
    func reset(seeds: [UInt64], into observations: UnsafeMutableRawBufferPointer) throws {
        try batch.reset(seeds: seeds, into: observations)
    }
    func takeFinishedEpisodes(_ body: (Int, UnrollHeader.Episode) -> Void) { batch.takeFinishedEpisodes(body) }
    func savedState() -> [UInt8]? { nil }
    func restore(from state: [UInt8]) throws {}
    func picture(of environment: Int) -> Picture? { nil }

    func begin(actions: UnsafeRawBufferPointer) throws {
        #expect(self.actions == nil)
        self.actions = Array(actions)
        steps.pending += 1
    }

    func finish(
        into observations: UnsafeMutableRawBufferPointer, rewards: UnsafeMutableBufferPointer<Float>,
        kinds: UnsafeMutableBufferPointer<UInt8>
    ) throws {
        let played = try #require(actions)
        actions = nil
        steps.pending -= 1
        try played.withUnsafeBytes { try batch.step(actions: $0, into: observations, rewards: rewards, kinds: kinds) }
    }
}
