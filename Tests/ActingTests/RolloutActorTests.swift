import CStarlingAllocationCounter
import Glibc
import StarlingActing
import StarlingCompute
import StarlingEnvironments
import StarlingExperience
import StarlingLatentPolicy
import StarlingTransport
import Testing

private typealias Sent = (block: UnrollBlock, header: UnrollHeader)

private func unrolls(_ actor: RolloutActor, groups: Int) -> [Sent] {
    var sent: [Sent] = []
    try! actor.rollOut(
        groups: groups, makeBlock: { UnrollBlock(byteCount: $0) }, each: { sent.append(($0, $1)) })
    return sent
}

@Suite struct RolloutActorTests {
    @Test func aStateOfNoGroupIsRefused() throws {
        let actor = try Work().actor()
        _ = unrolls(actor, groups: 2)
        let state = try #require(actor.savedState)
        #expect(state.nextGroup == 2)
        let copy = try Work().actor()
        for nextGroup in [-1, .min, 3, .max] {
            var forged = state
            forged.nextGroup = nextGroup
            #expect(throws: EnvironmentError.self) { try copy.restore(forged) }
        }
        try copy.restore(state)
        #expect(unrolls(copy, groups: 1)[0].header.firstEnvironment == 8)
    }

    @Test func aGroupsNextUnrollBeginsWithTheLastObservationAndGoesOnInTimeAndNoise() throws {
        let actor = try Work().actor()
        let first = unrolls(actor, groups: 3)
        let second = unrolls(actor, groups: 3)
        #expect(first.count == 3 && second.count == 3)
        for (a, b) in zip(first, second) {
            let (before, after) = (UnrollView(actor.layout, a.block.base), UnrollView(actor.layout, b.block.base))
            #expect(Array(before.observations(at: 8)) == Array(after.observations(at: 0)))
            #expect(a.header.firstStep == 0 && b.header.firstStep == 8)
            #expect(a.header.firstEnvironment == b.header.firstEnvironment)
            // With the key the same and the step going on, row T's noise is the next row 0's.
            #expect(a.header.noiseKey == b.header.noiseKey)
        }
        #expect(Set(first.map(\.header.firstEnvironment)) == [0, 4, 8])
    }

    /// The state before row 0 is what the last row of the unroll before left, zero where that ended an episode, whatever
    /// the parameters; the history is what a stack at that row shows.
    @Test(arguments: [ModelSpec.Core.gru(6), .lstm(5)])
    func statesAndHistoriesGoOnFromUnrollToUnroll(core: ModelSpec.Core) throws {
        let entry = try EnvironmentRegistry.builtIn.entry(named: "CartPole-v1")
        let work = try Work(entry, core: core, frameStack: 3)
        let actor = try work.actor()
        var later = work.snapshot.bytes
        later.withUnsafeMutableBytes { for i in $0.bindMemory(to: Float.self).indices { $0.bindMemory(to: Float.self)[i] *= 1.5 } }
        var (kept, zeroed) = (0, 0)
        var before = unrolls(actor, groups: 3)
        for update in 1...40 {
            let snapshot = ParameterSnapshot(
                version: ParameterVersion(generation: 1, update: UInt64(update)), bytes: update % 2 == 0 ? work.snapshot.bytes : later)
            #expect(actor.adopt(snapshot))
            let after = unrolls(actor, groups: 3)
            for (a, b) in zip(before, after) {
                let (x, y) = (UnrollView(actor.layout, a.block.base), UnrollView(actor.layout, b.block.base))
                let (width, count) = (actor.layout.environmentCount, actor.layout.coreStateCount)
                for e in 0..<width {
                    let state = y.coreStates[e * count..<(e + 1) * count]
                    let isOver = StepKind.isLast(x.kinds[7 * width + e])
                    #expect(state.allSatisfy { $0 == 0 } == isOver)
                    if isOver { zeroed += 1 } else { kept += 1 }
                }
                #expect(x.coreStates.contains { $0 != 0 } || a.header.firstStep == 0)
                var (last, first) = ([UInt8](repeating: 0, count: 3 * 64), [UInt8](repeating: 1, count: 3 * 64))
                last.withUnsafeMutableBytes { x.stack.copy(row: 8, to: $0.baseAddress!) }
                first.withUnsafeMutableBytes { y.stack.copy(row: 0, to: $0.baseAddress!) }
                #expect(last == first)
            }
            before = after
        }
        #expect(kept > 100 && zeroed > 5)
    }

    @Test func shortCreditServesAllGroupsInTurn() throws {
        let actor = try Work().actor()
        let order = (0..<3).flatMap { _ in unrolls(actor, groups: 2).map(\.header.firstEnvironment) }
        #expect(order == [0, 4, 8, 0, 4, 8])
    }

    @Test(arguments: [
        (ActingSpec.LatentMode.mean, ModelSpec.Core.none, 1), (.noise, .none, 1), (.mean, .gru(20), 2), (.noise, .lstm(12), 1),
    ])
    func whatAGroupDoesIsTheSameInAnyBatch(mode: ActingSpec.LatentMode, core: ModelSpec.Core, frames: Int) throws {
        let entry = try EnvironmentRegistry.builtIn.entry(named: "CartPole-v1")
        func actor() throws -> RolloutActor { try Work(entry, mode: mode, core: core, frameStack: frames).actor() }
        let (crowded, lonely) = (try actor(), try actor())
        let together = (0..<4).flatMap { _ in unrolls(crowded, groups: 3) }
        let apart = (0..<12).flatMap { _ in unrolls(lonely, groups: 1) }
        for (a, b) in zip(together, apart) {
            let layout = lonely.layout
            let (x, y) = (UnrollView(layout, a.block.base), UnrollView(layout, b.block.base))
            #expect(Array(x.actions) == Array(y.actions))
            #expect(Array(x.frames) == Array(y.frames))
            #expect(Array(x.coreStates) == Array(y.coreStates))
        }
    }

    /// Blocks are used again: one full of kinds 3 must not pass for final observations that are to come.
    @Test func whatABlockHeldBeforeIsNothing() throws {
        let entry = try EnvironmentRegistry.builtIn.entry(named: "CartPole-v1")
        func play(_ rubbish: UInt8) throws -> [[UInt8]] {
            let actor = try Work(entry, frameStack: 3).actor()
            var rows: [[UInt8]] = []
            for _ in 0..<10 {
                try actor.rollOut(
                    groups: 3,
                    makeBlock: { count in
                        let block = UnrollBlock(byteCount: count)
                        block.base.initializeMemory(as: UInt8.self, repeating: rubbish, count: count)
                        return block
                    },
                    each: { block, _ in
                        let view = UnrollView(actor.layout, block.base)
                        rows.append(Array(view.frames) + Array(UnsafeRawBufferPointer(view.behaviorLogits)))
                    })
            }
            return rows
        }
        #expect(try play(3) == play(0))
    }

    @Test func logProbabilitiesAgreeWithLogits() throws {
        let sent = unrolls(try Work().actor(), groups: 3)
        let layout = try Work().actor().layout
        for (block, _) in sent {
            let view = UnrollView(layout, block.base)
            for row in 0..<layout.stepCount {
                let logits = (0..<2).map { Double(view.behaviorLogits[row * 2 + $0]) }
                let action = Int(view.actions[row])
                let expected = logits[action] - logSumExp(logits)
                #expect(abs(Double(view.behaviorLogProbabilities[row]) - expected) < 1e-5)
            }
        }
    }

    /// Per rollout arrays are made, per step nothing: a rollout eight times as long allocates as often.
    @Test(
        .enabled(if: starling_allocations_can_be_counted() != 0, "a sanitizer has the allocator for itself"),
        arguments: [
            (ActingSpec.LatentMode.mean, ModelSpec.Core.none, 1), (.noise, .none, 1), (.mean, .gru(20), 1),
            (.noise, .lstm(12), 4), (.mean, .none, 3),
        ],
        [
            (Treadmill.entry, ActingRule.sample), (Treadmill.entry, .epsilon), (Treadmill.entry, .boltzmann), (Lathe.entry, .sample),
            (Lathe.entry, .greedy),
        ])
    func stepsAllocateNothing(
        _ variant: (mode: ActingSpec.LatentMode, core: ModelSpec.Core, frames: Int),
        _ acting: (entry: EnvironmentRegistry.Entry, rule: ActingRule)
    ) throws {
        let entry = acting.entry
        func allocations(unrollLength: Int) throws -> UInt64 {
            // These episodes never end: ended ones are listed, which takes room.
            let work = try Work(
                entry, mode: variant.mode, unrollLength: unrollLength, core: variant.core, frameStack: variant.frames,
                rule: acting.rule)
            let actor = try RolloutActor(work.assignment, environments: [entry])
            #expect(actor.adopt(work.snapshot))
            let blocks = (0..<3).map { _ in UnrollBlock(byteCount: actor.layout.byteCount) }
            func roll() {
                var next = blocks.makeIterator()
                try! actor.rollOut(groups: 3, makeBlock: { _ in next.next()! }, send: { _ in })
            }
            roll()
            starling_allocations_watch()
            roll()
            let counted = starling_allocations_end()
            return counted.program + counted.runtime + counted.libraries + counted.other
        }
        #expect(try allocations(unrollLength: 64) == allocations(unrollLength: 8))
    }

    @Test func actorsOfARunDiffer() throws {
        let work = try Work()
        var other = work.assignment
        other.ordinal = 1
        #expect(work.assignment.noiseKey != other.noiseKey)
        #expect(work.assignment.environmentSeed(0) != other.environmentSeed(0))
        var later = work.assignment
        later.incarnation = 5
        #expect(work.assignment.noiseKey != later.noiseKey)
    }

    @Test func parametersOfAnotherModelAreNotTaken() throws {
        let actor = try RolloutActor(try Work().assignment, environments: .builtIn)
        let strange = ParameterSnapshot(version: ParameterVersion(generation: 1, update: 1), bytes: [1, 2, 3, 4])
        #expect(!actor.adopt(strange))
    }
}

@Suite struct EvaluatorTests {
    @Test func anEpisodeWithoutAnEndCountsUntilTheLimit() throws {
        let work = try Work(Treadmill.entry)
        let evaluator = work.evaluator([Treadmill.entry])
        let request = EvaluationRequest(identifier: 1, version: work.snapshot.version, episodes: 2, seed: 1)
        let report = try #require(try evaluator.evaluate(request, work.snapshot))
        #expect(report.returns == Array(repeating: Float(EvaluationRequest.episodeStepLimit), count: 2))
        #expect(report.steps == UInt64(2 * EvaluationRequest.episodeStepLimit) && report.terminated == 0)
    }

    /// An episode that is longer than what is stepped at a time is the one that a greedy actor plays.
    @Test(arguments: [(ModelSpec.Core.none, 1), (.gru(6), 3)])
    func anEvaluationPlaysWhatAGreedyActorPlays(core: ModelSpec.Core, frames: Int) throws {
        let entry = EnvironmentRegistry.Entry("metronome") { Metronome() }
        var work = try Work(entry, unrollLength: 250, core: core, frameStack: frames, rule: .greedy)
        work.sharpen(by: 4)
        let actor = try RolloutActor(work.assignment, environments: [entry])
        #expect(actor.adopt(work.snapshot))
        let played = try #require(unrolls(actor, groups: 1)[0].header.episodes.first)
        let request = EvaluationRequest(identifier: 1, version: work.snapshot.version, episodes: 3, seed: 1)
        let report = try #require(try work.evaluator([entry]).evaluate(request, work.snapshot))
        #expect(report.returns == Array(repeating: played.episodeReturn, count: 3) && report.steps == 600)
        // Actions change with what is seen, or nothing is told by this.
        #expect(played.length == 200 && played.episodeReturn != 0 && played.episodeReturn != Float(200 * 201 / 2))
    }

    /// Per 64 rows arrays are made, per row nothing.
    @Test(.enabled(if: starling_allocations_can_be_counted() != 0, "a sanitizer has the allocator for itself"))
    func itsStepsAllocateNothing() throws {
        let work = try Work(Treadmill.entry)
        let evaluator = work.evaluator([Treadmill.entry])
        func allocations(questions: Int) throws -> UInt64 {
            let request = EvaluationRequest(identifier: 1, version: work.snapshot.version, episodes: 2, seed: 1)
            var asked = 0
            starling_allocations_watch()
            _ = try evaluator.evaluate(request, work.snapshot) {
                asked += 1
                return asked > questions
            }
            let counted = starling_allocations_end()
            return counted.program + counted.runtime + counted.libraries + counted.other
        }
        _ = try allocations(questions: 1)
        let (long, short) = (try allocations(questions: 101), try allocations(questions: 1))
        #expect(long < short + 100, "\(long) and \(short) in 6400 rows less")
    }

    @Test func anEvaluationThatIsToStopIsAskedNowAndThen() throws {
        let work = try Work(Treadmill.entry)
        let evaluator = work.evaluator([Treadmill.entry])
        let request = EvaluationRequest(identifier: 1, version: work.snapshot.version, episodes: 2, seed: 1)
        var questions = 0
        let report = try evaluator.evaluate(request, work.snapshot) {
            questions += 1
            return questions == 10
        }
        #expect(report == nil && questions == 10)
    }

    @Test func episodesArePlayedWithTheMeanWhateverTheBlockHolds() throws {
        func play(_ mode: ActingSpec.LatentMode) throws -> [Float] {
            let work = try Work(mode: mode)
            let request = EvaluationRequest(identifier: 1, version: work.snapshot.version, episodes: 6, seed: 3)
            return try #require(try work.evaluator().evaluate(request, work.snapshot)).returns
        }
        #expect(try play(.noise) == play(.mean))
    }

    @Test func theSameSeedPlaysTheSameEpisodes() throws {
        let work = try Work()
        let evaluator = work.evaluator(.builtIn)
        func play(seed: UInt64, episodes: Int) throws -> [Float] {
            let request = EvaluationRequest(
                identifier: 1, version: work.snapshot.version, episodes: episodes, seed: seed)
            return try #require(try evaluator.evaluate(request, work.snapshot)).returns
        }
        let returns = try play(seed: 3, episodes: 200)
        #expect(returns.count == 200)
        // Of CartPole each step is worth 1, and only the longest episodes are truncated: those of several rounds together.
        let request = EvaluationRequest(identifier: 1, version: work.snapshot.version, episodes: 200, seed: 3)
        let report = try #require(try evaluator.evaluate(request, work.snapshot))
        let steps = UInt64(returns.reduce(0, +))
        #expect(report.steps == steps)
        #expect(report.terminated == returns.count { $0 < 500 })
        #expect(returns.allSatisfy { (1...500).contains($0) })
        #expect(try play(seed: 3, episodes: 200) == returns)
        #expect(try Array(play(seed: 3, episodes: 10)) == Array(returns.prefix(10)))
        #expect(try play(seed: 4, episodes: 200) != returns)
    }
}

/// Every episode is the same: what it shows goes up and down, and each step rewards the second of two actions with its number.
private struct Metronome: Environment {
    private var step = 0
    var observationShape: [Int] { [2] }
    var action: ActionSpec { .discrete(2) }

    mutating func reset(seed: UInt64, into observation: inout MutableSpan<Float>) {
        step = 0
        show(&observation)
    }

    mutating func step(_ action: Int, into observation: inout MutableSpan<Float>) -> StepResult {
        step += 1
        show(&observation)
        return StepResult(reward: action == 1 ? Float(step) : 0, ending: step == 200 ? .terminated : .none)
    }

    private func show(_ observation: inout MutableSpan<Float>) {
        observation[0] = 2 * cosf(Float(step) * 0.7)
        observation[1] = 2 * sinf(Float(step) * 0.31)
    }
}

private func logSumExp(_ values: [Double]) -> Double {
    let largest = values.max()!
    return largest + log(values.reduce(0) { $0 + exp($1 - largest) })
}
