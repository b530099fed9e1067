import Glibc
import StarlingPlanning
import Testing

/// Actions lead to afterstates, and chance from there.
@Suite struct ChanceTests {
    /// One decision: action a leads to outcome c with the probability p(a, c) and ends with the reward r(a, c).
    private struct Wager: SearchModel {
        static let probabilities: [[Float]] = [[0.9, 0.1, 0], [0.25, 0.25, 0.5], [0, 1, 0]]
        static let rewards: [[Float]] = [[0, 1, 50], [0.2, 1, -0.2], [9, 0.15, 9]]
        /// The action that an afterstate is of, by slot.
        var actions: [Int32: Int] = [:]

        static func worth(_ action: Int) -> Float { zip(probabilities[action], rewards[action]).map(*).reduce(0, +) }

        mutating func expand(_ steps: UnsafeBufferPointer<SearchStep>, into results: SearchResults) {
            for (number, step) in steps.enumerated() {
                let row = results.logits + number * results.width
                guard step.isChance else {
                    actions[step.to] = Int(step.choice)
                    for (outcome, probability) in Self.probabilities[Int(step.choice)].enumerated() where probability > 0 {
                        row[outcome] = log(probability)
                    }
                    (results.values[number], results.rewards[number], results.discounts[number]) = (0, 0, 1)
                    continue
                }
                // What has ended stays where it is.
                for action in 0..<3 { row[action] = 0 }
                let action = actions[step.from]!
                (results.values[number], results.rewards[number]) = (5, Self.rewards[action][Int(step.choice)])
                results.discounts[number] = 0
            }
        }
    }

    @Test(arguments: [SearchSettings.Rule.puct(), .gumbel(considered: 3)])
    func anAfterstateIsWorthTheMeanOfWhatMayCome(rule: SearchSettings.Rule) throws {
        var model = Wager()
        let scale: SearchSettings.ValueScale = if case .gumbel = rule { .completed() } else { .siblings }
        // Deep enough for an action and its outcome; what ended would be gone on from.
        let search = Search(SearchSettings(simulations: 6000, depth: 2, rule: rule, scale: scale), trees: 2, actions: 3, outcomes: 3)
        search.run(&model, logits: [Float](repeating: 0, count: 6), values: [0, 0])
        for tree in 0..<2 {
            let root = search.forest.node(0, of: tree)
            for action in 0..<3 {
                let afterstate = try #require(root.children[action])
                let node = search.forest.node(afterstate, of: tree)
                // Outcomes come in proportion, those that can't never.
                #expect(abs(node.value - Wager.worth(action)) < 0.03, "action \(action): \(node.value)")
                for (outcome, probability) in Wager.probabilities[action].enumerated() where probability == 0 {
                    #expect(node.children[outcome] == nil)
                }
            }
            #expect(search.action(tree) == 1 && Wager.worth(1) > Wager.worth(2) && Wager.worth(2) > Wager.worth(0))
        }
    }
}
