import StarlingActing
import StarlingEnvironments
import StarlingExperience
import StarlingLatentPolicy
import StarlingMessages
import StarlingTransport
import Testing

/// Shows which choices of its two parts may be made, which is at random in every step, and is rewarded with 1 while it is given no other.
private struct Gates: MultiDiscreteEnvironment {
    let observationShape = [5]
    let action = ActionSpec.multiDiscrete([3, 2])
    var masksActions: Bool { true }
    private var random = SeededGenerator(seed: 0)
    private var open: [UInt8] = [1, 1, 1, 1, 1]
    private var steps = 0

    mutating func reset(seed: UInt64, into observation: inout MutableSpan<Float>) {
        (random, steps) = (SeededGenerator(seed: seed), 0)
        draw(into: &observation)
    }

    mutating func step(_ action: Span<Int32>, into observation: inout MutableSpan<Float>) -> StepResult {
        let isOpen = open[Int(action[0])] == 1 && open[3 + Int(action[1])] == 1
        steps += 1
        draw(into: &observation)
        return StepResult(reward: isOpen ? 1 : -100, ending: steps == 13 ? .truncated : random.below(20) == 0 ? .terminated : .none)
    }

    private mutating func draw(into observation: inout MutableSpan<Float>) {
        open = (0..<5).map { _ in UInt8(random.below(2)) }
        (open[random.below(3)], open[3 + random.below(2)]) = (1, 1)
        for place in 0..<5 { observation[place] = Float(open[place]) }
    }

    func writeActionMask(into mask: inout MutableSpan<UInt8>) { for place in 0..<5 { mask[place] = open[place] } }

    static let entry = EnvironmentRegistry.Entry("gates") { Gates() }
}

/// One choice of four, of which one may never be made; and switches, none of which is ever forbidden. Every step ends an episode.
private struct Three: Environment {
    let observationShape = [1]
    let action = ActionSpec.discrete(4)
    var masksActions: Bool { true }
    mutating func reset(seed: UInt64, into observation: inout MutableSpan<Float>) { observation[0] = 0 }
    mutating func step(_ action: Int, into observation: inout MutableSpan<Float>) -> StepResult {
        observation[0] = 0
        return StepResult(reward: Float(action), ending: .terminated)
    }
    func writeActionMask(into mask: inout MutableSpan<UInt8>) { mask[1] = 0 }
}

private struct Switches: MultiDiscreteEnvironment {
    let observationShape = [1]
    let action = ActionSpec.multiDiscrete([2, 2, 2])
    mutating func reset(seed: UInt64, into observation: inout MutableSpan<Float>) { observation[0] = 0 }
    mutating func step(_ action: Span<Int32>, into observation: inout MutableSpan<Float>) -> StepResult {
        observation[0] = 0
        return StepResult(reward: 0, ending: .terminated)
    }
}

@Suite struct ChoiceActingTests {
    private static let scalars = ActingScalars(epsilon: 0.5, temperature: 0.7)

    private func actor(_ work: Work, _ entry: EnvironmentRegistry.Entry) throws -> RolloutActor {
        let actor = try RolloutActor(work.assignment, environments: [entry])
        #expect(actor.adopt(work.snapshot))
        return actor
    }

    /// What is forbidden is never done, has no part in log μ, and the learner finds nothing wrong with it.
    @Test(arguments: ActingRule.allCases, [ModelSpec.Core.none, .gru(5)])
    func onlyWhatMasksAllowIsDone(rule: ActingRule, core: ModelSpec.Core) throws {
        var work = try Work(Gates.entry, core: core, rule: rule, scalars: Self.scalars, epsilonSpread: rule == .epsilon ? 2 : 0)
        work.sharpen(by: 3)
        let actor = try actor(work, Gates.entry)
        let layout = actor.layout
        var rewards: Set<Float> = []
        var bootstraps: [UInt32: [UInt8]] = [:]
        for _ in 0..<10 {
            try actor.rollOut(groups: 3, makeBlock: { UnrollBlock(byteCount: $0) }) { block, header in
                let view = UnrollView(layout, block.base)
                #expect(UnrollCheck.fault(in: view, header.episodes, Self.scalars) == nil)
                rewards.formUnion(view.rewards.indices.filter { view.kinds[$0] != 3 }.map { view.rewards[$0] })
                for place in 0..<layout.stepCount * 5 {
                    #expect((view.behaviorLogits[place] == ActionSpec.forbiddenLogit) == (view.actionMasks[place] == 0))
                }
                // Row T's masks are those of the next unroll's row 0, and the observations show them.
                if let before = bootstraps[header.firstEnvironment] { #expect(Array(view.actionMasks.prefix(20)) == before) }
                bootstraps[header.firstEnvironment] = Array(view.actionMasks.suffix(20))
                let shown = view.observations.assumingMemoryBound(to: Float.self)
                for place in shown.indices { #expect(shown[place] == Float(view.actionMasks[place])) }
            }
        }
        #expect(rewards == [1])
    }

    /// Of a policy that prefers nothing: by every rule that draws, all that is allowed is equally likely.
    @Test(arguments: [ActingRule.sample, .boltzmann, .epsilon])
    func whatIsAllowedIsEquallyLikely(rule: ActingRule) throws {
        let entry = EnvironmentRegistry.Entry("three") { Three() }
        var work = try Work(
            entry, environmentsPerActor: 4, unrollLength: 500, rule: rule, scalars: ActingScalars(epsilon: 1, temperature: 3))
        work.sharpen(by: 0)
        let actor = try actor(work, entry)
        var counts = [0, 0, 0, 0]
        try actor.rollOut(groups: 1, makeBlock: { UnrollBlock(byteCount: $0) }) { block, _ in
            for action in UnrollView(actor.layout, block.base).actions { counts[Int(action)] += 1 }
        }
        #expect(counts[1] == 0)
        // 2000 draws: a deviation is 21.
        for place in [0, 2, 3] { #expect(abs(counts[place] - 667) < 90, "\(counts)") }
    }

    /// Parts are drawn by numbers of their own.
    @Test(arguments: [ActingRule.sample, .epsilon])
    func partsAreIndependent(rule: ActingRule) throws {
        let entry = EnvironmentRegistry.Entry("switches") { Switches() }
        var work = try Work(entry, environmentsPerActor: 4, unrollLength: 500, rule: rule, scalars: ActingScalars(epsilon: 1))
        work.sharpen(by: 0)
        let actor = try actor(work, entry)
        #expect(actor.layout.actionMaskWidth == 0 && actor.layout.schema[.actionMask] == nil)
        var counts = [Int](repeating: 0, count: 8)
        try actor.rollOut(groups: 1, makeBlock: { UnrollBlock(byteCount: $0) }) { block, header in
            let view = UnrollView(actor.layout, block.base)
            #expect(UnrollCheck.fault(in: view, header.episodes, ActingScalars(epsilon: 1)) == nil)
            for row in 0..<2000 { counts[(0..<3).reduce(0) { 2 * $0 + Int(view.actions[3 * row + $1]) }] += 1 }
        }
        for count in counts { #expect(abs(count - 250) < 70, "\(counts)") }
    }

    @Test func whatAGroupDoesIsTheSameInAnyBatch() throws {
        let work = try Work(Gates.entry)
        func blocks(_ rollouts: [Int]) throws -> [[UInt8]] {
            let actor = try actor(work, Gates.entry)
            var blocks: [[UInt8]] = []
            for groups in rollouts {
                try actor.rollOut(groups: groups, makeBlock: { UnrollBlock(byteCount: $0) }) { block, _ in
                    let view = UnrollView(actor.layout, block.base)
                    blocks.append(Array(UnsafeRawBufferPointer(view.actions)) + Array(view.actionMasks))
                }
            }
            return blocks
        }
        #expect(try blocks([3]) == blocks([1, 1, 1]))
    }

    @Test func evaluationsPlayByMasksToo() throws {
        let work = try Work(Gates.entry)
        let request = EvaluationRequest(identifier: 1, version: work.snapshot.version, episodes: 20, seed: 1)
        let returns = try #require(try work.evaluator([Gates.entry]).evaluate(request, work.snapshot)?.returns)
        #expect(returns.allSatisfy { $0 >= 1 && $0 <= 13 })
        // The greedy of three, whatever the policy likes best.
        let three = EnvironmentRegistry.Entry("three") { Three() }
        let likes = try Work(three)
        var biased = likes
        biased.sharpen(by: 0)
        biased.set(
            LatentPolicy(model: likes.assignment.model, environment: likes.assignment.environment).actingLayout(.mean),
            "policy.logits.bias",
            [1, 9, 3, 2])
        #expect(try biased.evaluator([three]).evaluate(request, biased.snapshot)?.returns == Array(repeating: 2, count: 20))
    }

    /// The search's root looks at nothing that is forbidden, and what it comes to neither.
    @Test func plansKeepToTheMask() throws {
        let three = EnvironmentRegistry.Entry("three") { Three() }
        let work = try Work(
            three, planning: PlanningSpec(.search(.init(simulations: 12)), discount: 0.9), dynamics: ModelSpec.Dynamics(hidden: [8]))
        let actor = try actor(work, three)
        try actor.rollOut(groups: 3, makeBlock: { UnrollBlock(byteCount: $0) }) { block, header in
            let view = UnrollView(actor.layout, block.base)
            #expect(UnrollCheck.fault(in: view, header.episodes) == nil)
            for row in 0..<actor.layout.stepCount {
                #expect(view.behaviorLogits[4 * row + 1] == ActionSpec.forbiddenLogit && view.actions[row] != 1)
                #expect(view.behaviorLogits[4 * row] > -20)
            }
        }
    }

    /// An environment that allows nothing ends the actor's work with a line, before anything is done that it forbids.
    @Test func whereNothingIsAllowedNothingIsDone() throws {
        struct Trap: Environment {
            let observationShape = [1]
            let action = ActionSpec.discrete(2)
            var masksActions: Bool { true }
            var steps = 0
            mutating func reset(seed: UInt64, into observation: inout MutableSpan<Float>) { (observation[0], steps) = (0, 0) }
            mutating func step(_ action: Int, into observation: inout MutableSpan<Float>) -> StepResult {
                observation[0] = 0
                steps += 1
                return StepResult(reward: 0)
            }
            func writeActionMask(into mask: inout MutableSpan<UInt8>) { if steps == 5 { (mask[0], mask[1]) = (0, 0) } }
        }
        let entry = EnvironmentRegistry.Entry("trap") { Trap() }
        let actor = try actor(Work(entry), entry)
        let error = #expect(throws: EnvironmentError.self) {
            try actor.rollOut(groups: 3, makeBlock: { UnrollBlock(byteCount: $0) }) { _, _ in }
        }
        #expect(error?.message.contains("Environment 'trap' allows no action after step 5") == true)
    }
}
