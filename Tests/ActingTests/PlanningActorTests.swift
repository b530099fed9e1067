import Glibc
import StarlingActing
import StarlingCompute
import StarlingEnvironments
import StarlingExperience
import StarlingLatentPolicy
import StarlingMessages
import StarlingPlanning
import StarlingTransport
import Testing

/// Actors that look ahead: what their unrolls tell is what a search over the same model comes to that is written out here.
@Suite struct PlanningActorTests {
    /// The model of `Work`, written out, with dynamics of one layer.
    private struct Plain {
        let layout: ParameterLayout
        let numbers: [Float]
        let outcomes: Int
        let actions: Int
        let latentCount: Int

        init(_ work: Work) {
            let policy = LatentPolicy(model: work.assignment.model, environment: work.assignment.environment)
            layout = policy.actingLayout(.mean)
            numbers = work.snapshot.bytes.withUnsafeBytes { Array($0.bindMemory(to: Float.self)) }
            outcomes = work.assignment.model.dynamics!.outcomes
            actions = work.assignment.environment.action.featureCount
            latentCount = work.assignment.model.latentCount
        }

        /// W x + b.
        func linear(_ name: String, _ x: [Float], _ suffix: String = "") -> [Float] {
            func values(_ part: String) -> ArraySlice<Float> {
                let slot = layout.slots.first { $0.name == "\(name).\(part)\(suffix)" }!
                return numbers[slot.offset..<slot.offset + slot.count]
            }
            let (weight, bias) = (Array(values("weight")), Array(values("bias")))
            return bias.indices.map { row in x.indices.reduce(bias[row]) { $0 + weight[row * x.count + $1] * x[$1] } }
        }

        func latent(_ observation: [Float]) -> [Float] { linear("encoder.mean", linear("encoder.0", observation).map(tanhf)) }
        func logits(_ state: [Float]) -> [Float] { linear("policy.logits", state) }
        func value(_ state: [Float]) -> Float { linear("value.output", state)[0] }

        /// z and, behind it, what a gated recurrent unit remembers of it after `memory`: a state. Without a core `memory` is empty.
        func state(_ z: [Float], after memory: [Float]) -> [Float] {
            guard !memory.isEmpty else { return z }
            let (outer, inner, h) = (linear("core", z, "_ih_l0"), linear("core", memory, "_hh_l0"), memory.count)
            func sigmoid(_ x: Float) -> Float { 1 / (1 + expf(-x)) }
            return z
                + memory.indices.map { j in
                    let (r, u) = (sigmoid(outer[j] + inner[j]), sigmoid(outer[h + j] + inner[h + j]))
                    return (1 - u) * tanhf(outer[2 * h + j] + r * inner[2 * h + j]) + u * memory[j]
                }
        }

        struct Step {
            let state: [Float]
            let reward: Float
            let goesOn: Float
        }

        /// What an action may lead to, with the logarithms of its probabilities.
        func step(_ state: [Float], _ features: [Float]) -> ([Step], [Float]) {
            let (z, memory, seen) = (state.prefix(latentCount), Array(state.dropFirst(latentCount)), state + features)
            let (change, rewards, endings) = (
                linear("dynamics.output", seen), linear("reward.output", seen), linear("ending.output", seen)
            )
            let steps = (0..<outcomes).map { outcome in
                let reward = rewards[outcome]
                return Step(
                    state: self.state(z.indices.map { z[$0] + change[outcome * z.count + $0] }, after: memory),
                    reward: copysignf(expm1f(abs(reward)), reward),
                    goesOn: 1 / (1 + expf(endings[outcome])))
            }
            guard outcomes > 1 else { return (steps, [0]) }
            let scores = linear("chance.output", seen)
            let sum = scores.reduce(0) { $0 + expf($1) }
            return (steps, scores.map { $0 - logf(sum) })
        }
    }

    /// The same model as a search wants it.
    private struct Tree: SearchModel {
        let plain: Plain
        let discount: Float
        var states: [Int32: [Float]] = [:]
        var afterstates: [Int32: [Plain.Step]] = [:]

        mutating func expand(_ steps: UnsafeBufferPointer<SearchStep>, into results: SearchResults) {
            for (index, step) in steps.enumerated() {
                let row = results.logits + index * results.width
                func arrive(_ next: Plain.Step) {
                    for (action, logit) in plain.logits(next.state).enumerated() { row[action] = logit }
                    (results.values[index], results.rewards[index]) = (plain.value(next.state), next.reward)
                    results.discounts[index] = discount * next.goesOn
                }
                if step.isChance {
                    let next = afterstates[step.from]![Int(step.choice)]
                    states[step.to] = next.state
                    arrive(next)
                    continue
                }
                var features = [Float](repeating: 0, count: plain.actions)
                features[Int(step.choice)] = 1
                let (outcomes, chances) = plain.step(states[step.from]!, features)
                if outcomes.count == 1 {
                    states[step.to] = outcomes[0].state
                    arrive(outcomes[0])
                    continue
                }
                afterstates[step.to] = outcomes
                (results.values[index], results.rewards[index], results.discounts[index]) = (0, 0, 1)
                for (outcome, next) in outcomes.enumerated() {
                    row[outcome] = chances[outcome]
                    results.values[index] += expf(chances[outcome]) * (next.reward + discount * next.goesOn * plain.value(next.state))
                }
            }
        }
    }

    private func work(outcomes: Int, simulations: Int, core: ModelSpec.Core = .none, rule: ActingRule = .sample) throws -> Work {
        var work = try Work(
            EnvironmentRegistry.builtIn.entry(named: "CartPole-v1"), core: core, rule: rule,
            planning: PlanningSpec(.search(.init(simulations: simulations, considered: 2, valueScale: 0.3)), discount: 0.9),
            dynamics: ModelSpec.Dynamics(hidden: [], outcomes: outcomes))
        work.sharpen(by: 4)
        return work
    }

    @Test(arguments: [(1, ModelSpec.Core.none), (3, .none), (1, .gru(5)), (3, .gru(5))])
    func unrollsTellWhatASearchComesTo(outcomes: Int, core: ModelSpec.Core) throws {
        let work = try work(outcomes: outcomes, simulations: 24, core: core)
        let plain = Plain(work)
        let actor = try work.actor()
        var (seen, moved) = (0, Float(0))
        // Of three groups two: a forest has trees that nobody needs.
        try actor.rollOut(groups: 2, makeBlock: { UnrollBlock(byteCount: $0) }) { block, header in
            let view = UnrollView(actor.layout, block.base)
            #expect(UnrollCheck.fault(in: view, header.episodes, header.scalars) == nil)
            var memories = (0..<4).map { Array(view.coreStates[$0 * core.stateCount..<($0 + 1) * core.stateCount]) }
            for row in 0..<32 {
                let observation = (0..<4).map { view.observations.bindMemory(to: Float.self)[row * 4 + $0] }
                if row >= 4, StepKind.begins(view.kinds[row], after: view.kinds[row - 4]) {
                    memories[row % 4] = [Float](repeating: 0, count: core.stateCount)
                }
                let state = plain.state(plain.latent(observation), after: memories[row % 4])
                memories[row % 4] = Array(state.dropFirst(4))
                var tree = Tree(plain: plain, discount: 0.9)
                let search = Search(
                    SearchSettings(simulations: 24, rule: .gumbel(considered: 2), scale: .completed(scale: 0.3)), trees: 1, actions: 2,
                    outcomes: outcomes > 1 ? outcomes : 0)
                tree.states[0] = state
                search.run(&tree, logits: plain.logits(state), values: [plain.value(state)])
                var policy = [Float](repeating: 0, count: 2)
                search.writePolicy(0, into: &policy)
                for action in 0..<2 {
                    #expect(abs(expf(view.behaviorLogits[row * 2 + action]) - policy[action]) < 1e-3, "row \(row)")
                }
                let own = plain.logits(state)
                moved = max(moved, abs(policy[0] - 1 / (1 + expf(own[1] - own[0]))))
                seen += 1
            }
        }
        #expect(seen == 64 && moved > 0.05, "the search changes nothing: \(moved)")
    }

    /// What is planned depends on the latent and the parameters alone, so rows beside it are nothing to it.
    @Test func evaluationsPlanUnlessTheyAreToldNotTo() throws {
        let work = try work(outcomes: 1, simulations: 8)
        var request = EvaluationRequest(identifier: 1, version: work.snapshot.version, episodes: 20, seed: 3)
        let planned = try #require(try work.evaluator().evaluate(request, work.snapshot))
        #expect(try work.evaluator().evaluate(request, work.snapshot) == planned)
        request.plans = false
        let bare = try #require(try work.evaluator().evaluate(request, work.snapshot))
        #expect(planned.returns != bare.returns)
        let without = try Work(EnvironmentRegistry.builtIn.entry(named: "CartPole-v1"), dynamics: ModelSpec.Dynamics(hidden: [])).assignment
        let evaluator = Evaluator(
            model: work.assignment.model, environment: without.environment, acting: without.acting, environments: .builtIn)
        #expect(try evaluator.evaluate(request, work.snapshot)?.returns == bare.returns)
    }

    /// Wherever a policy plays, what follows a step is worth to it what it was where it learned.
    @Test func plansCountTurnsAsWhereThePolicyLearned() throws {
        let work = try work(outcomes: 1, simulations: 8)
        let request = EvaluationRequest(identifier: 1, version: work.snapshot.version, episodes: 20, seed: 3)
        let place = work.assignment.environment
        var turns = place
        (turns.name, turns.playersAlternate) = ("turns", true)
        func returns(learnedIn environment: EnvironmentSpec) throws -> [Float] {
            let evaluator = Evaluator(
                model: work.assignment.model, environment: environment, place: place, acting: work.assignment.acting, environments: .builtIn
            )
            return try #require(try evaluator.evaluate(request, work.snapshot)).returns
        }
        let own = try returns(learnedIn: place)
        #expect(try own == work.evaluator().evaluate(request, work.snapshot)?.returns)
        #expect(try own != returns(learnedIn: turns))
    }

    /// Where V is what the first number of z is and an action moves it, the plan pushes there, as far as the bounds let it.
    @Test(arguments: [ModelSpec.ActionDistribution.gaussian, .tanhGaussian])
    func plansOfContinuousActionsGoWhereValueIs(distribution: ModelSpec.ActionDistribution) throws {
        let method = PlanningSpec.CrossEntropy(horizon: 3, candidates: 64, elites: 8, iterations: 6, leastDeviation: 0.05)
        var work = try Work(
            EnvironmentRegistry.builtIn.entry(named: "Pendulum-v1"), distribution: distribution,
            planning: PlanningSpec(.crossEntropy(method), discount: 0.9), dynamics: ModelSpec.Dynamics(hidden: []))
        let policy = LatentPolicy(model: work.assignment.model, environment: work.assignment.environment)
        let layout = policy.actingLayout(.mean)
        for sign: Float in [1, -1] {
            work.set(layout, "dynamics.output.weight", (0..<20).map { $0 == 4 ? 1 : 0 })
            work.set(layout, "value.output.weight", [sign, 0, 0, 0])
            work.set(layout, "reward.output.weight", [0, 0, 0, 0, 0])
            let actor = try work.actor()
            try actor.rollOut(groups: 1, makeBlock: { UnrollBlock(byteCount: $0) }) { block, header in
                let view = UnrollView(actor.layout, block.base)
                #expect(UnrollCheck.fault(in: view, header.episodes, header.scalars) == nil)
                for row in 0..<32 {
                    let (mean, deviation) = (view.behaviorLogits[2 * row], view.behaviorLogits[2 * row + 1])
                    let action = distribution == .tanhGaussian ? tanhf(mean) : mean
                    #expect(action * sign > 0.9 && deviation <= logf(3) && deviation >= -4, "row \(row): \(action), \(deviation)")
                }
            }
        }
    }
}
