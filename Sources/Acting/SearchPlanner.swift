import Glibc
import StarlingCompute
import StarlingExperience
import StarlingLatentPolicy
import StarlingPlanning

/// A tree over the learned model for each row, all grown side by side: every simulation is one product for all of them.
final class SearchPlanner {
    /// Logits of the improved policy.
    let improved: UnsafePointer<Float>  // [rows, A]
    private let logits: UnsafeMutablePointer<Float>
    private let search: Search
    private var model: LearnedModel
    private let root: PlanRoot
    private let actionCount: Int
    /// Of the root alone: what may be done in states that the model imagines nobody tells.
    private let masksActions: Bool
    /// Below which no probability of the improved policy falls: its logarithm travels.
    private static let leastProbability: Float = 1e-8

    init(
        _ spec: PlanningSpec.Search, discount: Float, _ policy: LatentPolicy, _ dynamics: LatentDynamics,
        _ layoutMode: ActingSpec.LatentMode, rows: Int, _ root: PlanRoot, _ compute: ComputeContext
    ) throws(ComputeError) {
        self.root = root
        actionCount = policy.environment.action.parameterCount
        masksActions = policy.environment.masksActions
        let outcomes = dynamics.outcomeCount > 1 ? dynamics.outcomeCount : 0
        search = Search(
            SearchSettings(
                simulations: spec.simulations, rule: .gumbel(considered: spec.considered), scale: .completed(scale: spec.valueScale)),
            trees: rows, actions: actionCount, outcomes: outcomes)
        model = try LearnedModel(
            PlanningGraph(policy, dynamics, layoutMode: layoutMode), dynamics,
            StepWorth(discount: policy.environment.successorDiscount(discount)), rows: rows,
            slots: rows * search.forest.nodeCount, compute)
        logits = .allocate(capacity: rows * actionCount)
        logits.initialize(repeating: 0, count: rows * actionCount)
        improved = UnsafePointer(logits)
    }

    deinit { logits.deallocate() }

    func run(rows: Int, with parameters: ParameterBank) {
        for row in 0..<rows { model.place(root.states, row: row, slot: search.forest.slot(tree: row, node: 0)) }
        model.parameters = parameters
        search.run(&model, trees: rows, logits: root.logits, values: root.values)
        for row in 0..<rows {
            let own = logits + row * actionCount
            search.writePolicy(row, into: own)
            let given = root.logits + row * actionCount
            for action in 0..<actionCount {
                let isForbidden = masksActions && given[action] <= ActionSpec.forbiddenLogit
                own[action] = isForbidden ? ActionSpec.forbiddenLogit : logf(max(own[action], Self.leastProbability))
            }
        }
    }
}

/// What a search asks of the learned model. States lie by slot; afterstates, where there is chance, what may follow.
struct LearnedModel: SearchModel {
    /// Of the search that runs.
    var parameters: ParameterBank?
    private let stepping: Plan
    private let judging: Plan
    private let states: States
    private let input: Input
    private let output: Output
    private let dynamics: LatentDynamics
    private let worth: StepWorth

    /// Where the plans' inputs lie.
    private struct Input: BitwiseCopyable {
        let states: UnsafeMutablePointer<Float>  // [rows, Z + S]
        let actions: UnsafeMutablePointer<Float>  // [rows, actionCount]
        let judged: UnsafeMutablePointer<Float>  // [rows, Z + S]
    }

    /// Where their outputs lie.
    private struct Output {
        let next: [UnsafePointer<Float>]  // [rows, Z + S] each
        let rewards: [UnsafePointer<Float>]  // [rows] each
        let endings: [UnsafePointer<Float>]
        let values: [UnsafePointer<Float>]
        let chances: UnsafePointer<Float>?  // [rows, K]
        let logits: UnsafePointer<Float>?  // [rows, A]
        let judgedLogits: UnsafePointer<Float>  // [rows, A]
        let judgedValues: UnsafePointer<Float>  // [rows]
    }

    /// Memory of all slots.
    private final class States {
        let width: Int
        let outcomeCount: Int
        let values: UnsafeMutablePointer<Float>  // [slots, Z + S]
        /// Of afterstates.
        let next: UnsafeMutablePointer<Float>  // [slots, K, Z + S]
        let rewards: UnsafeMutablePointer<Float>  // [slots, K]
        let discounts: UnsafeMutablePointer<Float>  // [slots, K]

        init(slots: Int, width: Int, outcomeCount: Int) {
            (self.width, self.outcomeCount) = (width, outcomeCount)
            func make(_ count: Int) -> UnsafeMutablePointer<Float> {
                let memory = UnsafeMutablePointer<Float>.allocate(capacity: count)
                memory.initialize(repeating: 0, count: count)
                return memory
            }
            let branches = outcomeCount > 1 ? slots * outcomeCount : 0
            values = make(slots * width)
            (next, rewards, discounts) = (make(branches * width), make(branches), make(branches))
        }

        deinit { for memory in [values, next, rewards, discounts] { memory.deallocate() } }
    }

    init(
        _ graph: PlanningGraph, _ dynamics: LatentDynamics, _ worth: StepWorth, rows: Int, slots: Int, _ compute: ComputeContext
    ) throws(ComputeError) {
        (self.dynamics, self.worth) = (dynamics, worth)
        let stepping = try Plan(graph.stepping, rows: [.acting: rows], compute)
        let judging = try Plan(graph.judging, rows: [.acting: rows], compute)
        (self.stepping, self.judging) = (stepping, judging)
        states = States(slots: slots, width: dynamics.stateCount, outcomeCount: dynamics.outcomeCount)
        input = Input(
            states: stepping.write(graph.state) { $0.baseAddress! }, actions: stepping.write(graph.action) { $0.baseAddress! },
            judged: judging.write(graph.judged) { $0.baseAddress! })
        func place(_ port: Port<Float>) -> UnsafePointer<Float> { stepping.read(port) { $0.baseAddress! } }
        output = Output(
            next: graph.next.map(place), rewards: graph.rewards.map(place), endings: graph.endings.map(place),
            values: graph.values.map(place), chances: graph.chances.map(place), logits: graph.logits.map(place),
            judgedLogits: judging.read(graph.judgedLogits) { $0.baseAddress! },
            judgedValues: judging.read(graph.judgedValue) { $0.baseAddress! })
    }

    /// Puts the state of a row where a search begins.
    func place(_ roots: UnsafePointer<Float>, row: Int, slot: Int) {
        let count = states.width
        (states.values + slot * count).update(from: roots + row * count, count: count)
    }

    func expand(_ steps: UnsafeBufferPointer<SearchStep>, into results: SearchResults) {
        act(steps, results)
        if states.outcomeCount > 1 { chance(steps, results) }
    }

    /// The steps by an action.
    private func act(_ steps: UnsafeBufferPointer<SearchStep>, _ results: SearchResults) {
        let (width, count) = (dynamics.actionCount, states.width)
        var rows = 0
        for step in steps where !step.isChance {
            (input.states + rows * count).update(from: states.values + Int(step.from) * count, count: count)
            let features = input.actions + rows * width
            features.update(repeating: 0, count: width)
            dynamics.describe(step.choice, into: features)
            rows += 1
        }
        guard rows > 0 else { return }
        stepping.run(.forward, with: parameters!, rows: rows)
        var row = 0
        for (index, step) in steps.enumerated() where !step.isChance {
            if states.outcomeCount == 1 { arrive(index, row, step, results) } else { branch(index, row, step, results) }
            row += 1
        }
    }

    /// What a step leads to, where it leads to one thing.
    private func arrive(_ index: Int, _ row: Int, _ step: SearchStep, _ results: SearchResults) {
        let count = states.width
        (states.values + Int(step.to) * count).update(from: output.next[0] + row * count, count: count)
        (results.logits + index * results.width).update(from: output.logits! + row * results.width, count: results.width)
        results.values[index] = output.values[0][row]
        results.rewards[index] = worth.reward(output.rewards[0][row])
        results.discounts[index] = worth.discount(ending: output.endings[0][row])
    }

    /// What a step may lead to: an afterstate, worth what its outcomes are on average.
    private func branch(_ index: Int, _ row: Int, _ step: SearchStep, _ results: SearchResults) {
        let (count, outcomes) = (states.width, states.outcomeCount)
        let chances = output.chances! + row * outcomes
        (results.logits + index * results.width).update(from: chances, count: outcomes)
        (results.values[index], results.rewards[index], results.discounts[index]) = (0, 0, 1)
        for outcome in 0..<outcomes {
            let place = Int(step.to) * outcomes + outcome
            (states.next + place * count).update(from: output.next[outcome] + row * count, count: count)
            states.rewards[place] = worth.reward(output.rewards[outcome][row])
            states.discounts[place] = worth.discount(ending: output.endings[outcome][row])
            results.values[index] +=
                expf(chances[outcome]) * (states.rewards[place] + states.discounts[place] * output.values[outcome][row])
        }
    }

    /// The steps by chance.
    private func chance(_ steps: UnsafeBufferPointer<SearchStep>, _ results: SearchResults) {
        let (count, outcomes) = (states.width, states.outcomeCount)
        var rows = 0
        for (index, step) in steps.enumerated() where step.isChance {
            let place = Int(step.from) * outcomes + Int(step.choice)
            (states.values + Int(step.to) * count).update(from: states.next + place * count, count: count)
            (input.judged + rows * count).update(from: states.next + place * count, count: count)
            (results.rewards[index], results.discounts[index]) = (states.rewards[place], states.discounts[place])
            rows += 1
        }
        guard rows > 0 else { return }
        judging.run(.forward, with: parameters!, rows: rows)
        var row = 0
        for (index, step) in steps.enumerated() where step.isChance {
            let actions = dynamics.actionCount
            (results.logits + index * results.width).update(from: output.judgedLogits + row * actions, count: actions)
            results.values[index] = output.judgedValues[row]
            row += 1
        }
    }
}
