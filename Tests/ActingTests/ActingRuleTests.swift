import Glibc
import StarlingActing
import StarlingEnvironments
import StarlingExperience
import StarlingLatentPolicy
import StarlingMessages
import StarlingTransport
import Testing

/// What rules choose, and what they say of its probability. The keyboard shows always the same, so all rows have the same logits.
@Suite struct ActingRuleTests {
    private struct Played {
        var logits: [Float] = []
        var actions: [Int32] = []
        var logProbabilities: [Float] = []
    }

    private func play(
        _ rule: ActingRule, _ scalars: ActingScalars, rollouts: Int, keys: Int = 5, scale: Float = 8
    ) throws -> Played {
        let entry = Keyboard.entry(keys)
        var work = try Work(entry, unrollLength: 64, rule: rule, scalars: scalars)
        work.sharpen(by: scale)
        let actor = try RolloutActor(work.assignment, environments: [entry])
        #expect(actor.adopt(work.snapshot))
        var played = Played()
        for _ in 0..<rollouts {
            try actor.rollOut(groups: 3, makeBlock: { UnrollBlock(byteCount: $0) }) { block, header in
                let view = UnrollView(actor.layout, block.base)
                #expect(header.scalars == scalars)
                #expect(UnrollCheck.fault(in: view, header.episodes, header.scalars) == nil)
                played.logits = Array(view.behaviorLogits.prefix(keys))
                played.actions += view.actions
                played.logProbabilities += view.behaviorLogProbabilities
            }
        }
        return played
    }

    /// μ by its definition.
    private func probabilities(_ logits: [Float], _ rule: ActingRule, _ scalars: ActingScalars) -> [Double] {
        func softmax(_ temperature: Double) -> [Double] {
            let weights = logits.map { exp(Double($0 - logits.max()!) / temperature) }
            return weights.map { $0 / weights.reduce(0, +) }
        }
        let best = logits.firstIndex(of: logits.max()!)!
        switch rule {
        case .sample: return softmax(1)
        case .boltzmann: return softmax(Double(scalars.temperature))
        case .greedy: return logits.indices.map { $0 == best ? 1 : 0 }
        case .epsilon:
            let epsilon = Double(scalars.epsilon)
            return logits.indices.map { ($0 == best ? 1 - epsilon : 0) + epsilon / Double(logits.count) }
        }
    }

    @Test(arguments: ActingRule.allCases, [5, 21])
    func frequenciesAreThoseOfTheProbabilitiesThatAreTold(rule: ActingRule, keys: Int) throws {
        let scalars = ActingScalars(epsilon: 0.3, temperature: 2.5)
        let played = try play(rule, scalars, rollouts: 40, keys: keys)
        let expected = probabilities(played.logits, rule, scalars)
        let count = played.actions.count
        #expect(count == 40 * 3 * 4 * 64)
        for key in 0..<keys {
            let frequency = Double(played.actions.count { $0 == Int32(key) }) / Double(count)
            let deviation = (expected[key] * (1 - expected[key]) / Double(count)).squareRoot()
            #expect(abs(frequency - expected[key]) <= 5 * deviation, "\(rule) takes \(key) in \(frequency), not \(expected[key])")
        }
        for (action, told) in zip(played.actions, played.logProbabilities) {
            #expect(abs(Double(told) - log(expected[Int(action)])) < 1e-5)
        }
        // The rules differ here at all.
        #expect(rule == .sample || expected != probabilities(played.logits, .sample, scalars))
    }

    /// Ape-X: environment i of N explores by ε^(1 + s·i/(N − 1)), and the learner's check knows that.
    @Test func eachEnvironmentOfAnUnrollHasItsOwnEpsilon() throws {
        let (entry, scalars, spread) = (Keyboard.entry(5), ActingScalars(epsilon: 0.6), Float(2))
        var work = try Work(entry, unrollLength: 64, rule: .epsilon, scalars: scalars, epsilonSpread: spread)
        work.sharpen(by: 8)
        let actor = try RolloutActor(work.assignment, environments: [entry])
        #expect(actor.adopt(work.snapshot))
        var (explored, steps) = ([Int](repeating: 0, count: 4), 0)
        for _ in 0..<40 {
            try actor.rollOut(groups: 3, makeBlock: { UnrollBlock(byteCount: $0) }) { block, header in
                let view = UnrollView(actor.layout, block.base)
                #expect(UnrollCheck.fault(in: view, header.episodes, header.scalars) == nil)
                var other = work.assignment.acting
                for wrong in [Float(0), 2.1] {
                    other.epsilonSpread = wrong
                    let layout = UnrollLayout(environment: work.assignment.environment, model: work.assignment.model, acting: other)
                    #expect(UnrollCheck.fault(in: UnrollView(layout, block.base), header.episodes, scalars)?.contains("away") == true)
                }
                for row in view.actions.indices {
                    let logits = view.behaviorLogits[row * 5..<row * 5 + 5]
                    if logits[row * 5 + Int(view.actions[row])] != logits.max() { explored[row % 4] += 1 }
                }
                steps += 64
            }
        }
        for (index, epsilon) in [0.6, pow(0.6, 5.0 / 3), pow(0.6, 7.0 / 3), pow(0.6, 3)].enumerated() {
            // One of five explorations is the likeliest action.
            let (frequency, expected) = (Double(explored[index]) / Double(steps), epsilon * 0.8)
            let deviation = (expected * (1 - expected) / Double(steps)).squareRoot()
            #expect(abs(frequency - expected) < 5 * deviation, "environment \(index) explores in \(frequency), not \(expected)")
        }
    }

    @Test func atTheTemperature1BoltzmannIsThePolicyToTheBit() throws {
        let scalars = ActingScalars()
        let (sampled, tempered) = (try play(.sample, scalars, rollouts: 2), try play(.boltzmann, scalars, rollouts: 2))
        #expect(sampled.actions == tempered.actions && sampled.logProbabilities == tempered.logProbabilities)
    }

    /// Another epsilon or temperature comes with other parameters, and an unroll tells those it was acted with.
    @Test func scalarsRideWithEachVersion() throws {
        let entry = Keyboard.entry(5)
        let work = try Work(entry, rule: .epsilon, scalars: ActingScalars(epsilon: 1))
        let actor = try RolloutActor(work.assignment, environments: [entry])
        for (update, epsilon) in [Float(1), 0, 0.5].enumerated() {
            let snapshot = ParameterSnapshot(
                version: ParameterVersion(generation: 1, update: UInt64(update)), bytes: work.snapshot.bytes,
                scalars: ActingScalars(epsilon: epsilon))
            #expect(actor.adopt(snapshot))
            try actor.rollOut(groups: 3, makeBlock: { UnrollBlock(byteCount: $0) }) { block, header in
                let view = UnrollView(actor.layout, block.base)
                #expect(header.scalars.epsilon == epsilon)
                #expect(UnrollCheck.fault(in: view, header.episodes, header.scalars) == nil)
                #expect(UnrollCheck.fault(in: view, header.episodes, ActingScalars(epsilon: 0.7))?.contains("away") == true)
                let kinds = Set(view.behaviorLogProbabilities).count
                #expect(epsilon == 0.5 ? kinds == 2 : kinds == 1)
            }
        }
    }

    @Test func continuousActionsCanBeGreedy() throws {
        let work = try Work(Lathe.entry, unrollLength: 20, rule: .greedy)
        let actor = try RolloutActor(work.assignment, environments: [Lathe.entry])
        #expect(actor.adopt(work.snapshot))
        try actor.rollOut(groups: 3, makeBlock: { UnrollBlock(byteCount: $0) }) { block, header in
            let view = UnrollView(actor.layout, block.base)
            #expect(UnrollCheck.fault(in: view, header.episodes, header.scalars) == nil)
            for row in 0..<actor.layout.stepCount {
                for place in 0..<3 { #expect(view.samples[row * 3 + place] == view.behaviorLogits[row * 6 + place]) }
            }
        }
    }

    @Test func evaluationsGoByTheRuleThatIsAskedFor() throws {
        let work = try Work()
        func play(_ rule: ActingRule, _ scalars: ActingScalars = ActingScalars(), episodes: Int = 40) throws -> [Float] {
            let request = EvaluationRequest(
                identifier: 1, version: work.snapshot.version, episodes: episodes, seed: 3, rule: rule, scalars: scalars)
            let report = try #require(try work.evaluator().evaluate(request, work.snapshot))
            #expect(report.rule == rule)
            return report.returns
        }
        let greedy = try play(.greedy)
        #expect(try play(.epsilon, ActingScalars(epsilon: 0)) == greedy)
        let sampled = try play(.sample)
        #expect(sampled != greedy)
        #expect(try play(.sample) == sampled)
        // An episode is the same in any company.
        #expect(try Array(play(.sample, episodes: 150).prefix(40)) == sampled)
        #expect(try play(.boltzmann, ActingScalars(temperature: 1e-4)) != sampled)
    }

    @Test func aRuleThatNeedsDiscreteActionsIsRefusedByName() throws {
        let work = try Work(Lathe.entry)
        let request = EvaluationRequest(
            identifier: 1, version: work.snapshot.version, episodes: 2, seed: 1, rule: .boltzmann)
        let error = #expect(throws: EvaluationError.self) { try work.evaluator([Lathe.entry]).evaluate(request, work.snapshot) }
        #expect(error?.message.contains("boltzmann needs discrete actions") == true)
    }
}

/// Shows always the same.
private struct Keyboard: Environment {
    static func entry(_ keys: Int) -> EnvironmentRegistry.Entry { EnvironmentRegistry.Entry("keyboard") { Keyboard(keys: keys) } }

    let keys: Int
    var observationShape: [Int] { [2] }
    var action: ActionSpec { .discrete(keys) }

    mutating func reset(seed: UInt64, into observation: inout MutableSpan<Float>) { write(into: &observation) }

    mutating func step(_ action: Int, into observation: inout MutableSpan<Float>) -> StepResult {
        write(into: &observation)
        return StepResult(reward: 1)
    }

    private func write(into observation: inout MutableSpan<Float>) {
        observation[0] = 1
        observation[1] = -1
    }
}
