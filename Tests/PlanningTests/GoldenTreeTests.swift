import Foundation
import StarlingPlanning
import StarlingSafetensors
import Testing

/// The four trees of mctx's own tests (Fixtures/search): which nodes are reached, in which order, and what they are worth afterwards.
@Suite struct GoldenTreeTests {
    private struct Golden: SearchModel {
        let visits: [Int32]
        let values: [Float]
        let firstValues: [Float]
        let rewards: [Float]
        let actions: [Int32]
        let parents: [Int32]
        let priors: [Float]
        let discount: Float
        var actionCount: Int { priors.count / visits.count }
        var simulations: Int { visits.count - 1 }
        /// Steps that the first tree took and mctx didn't.
        var strange: [String] = []

        init(_ name: String) throws {
            let tests = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            let path = tests.appending(path: "Fixtures/search/\(name).safetensors")
            let file = try SafetensorsFile(decoding: Array(try Data(contentsOf: path)))
            func values<Number: BitwiseCopyable>(_ name: String, _ type: Number.Type) throws -> [Number] {
                try #require(file[name]?.values(as: type))
            }
            visits = try values("visits", Int32.self)
            self.values = try values("values", Float.self)
            firstValues = try values("firstValues", Float.self)
            rewards = try values("rewards", Float.self)
            actions = try values("actions", Int32.self)
            parents = try values("parents", Int32.self)
            priors = try values("priors", Float.self)
            discount = try values("discount", Float.self)[0]
        }

        func logits(_ node: Int) -> [Float] { (0..<actionCount).map { log(priors[node * actionCount + $0]) } }

        /// Of the first tree; other trees, whose roots may do less, are told what would be there if all were alike.
        mutating func expand(_ steps: UnsafeBufferPointer<SearchStep>, into results: SearchResults) {
            for (number, step) in steps.enumerated() {
                let nodes = visits.count
                let (from, to) = (Int(step.from) % nodes, Int(step.to) % nodes)
                if number == 0, parents[to] != from || actions[to] != step.choice {
                    strange.append("node \(to) is \(parents[to])'s by \(actions[to]), and here \(from)'s by \(step.choice)")
                }
                let row = logits(to)
                for action in 0..<actionCount { results.logits[number * results.width + action] = row[action] }
                (results.values[number], results.rewards[number]) = (firstValues[to], to == 0 ? 0 : rewards[to])
                results.discounts[number] = discount
            }
        }
    }

    private static let rules: [String: (SearchSettings.Rule, SearchSettings.ValueScale)] = [
        "muzero-tree": (.puct(), .bounds(low: -1, high: 1)), "muzero-qtransform-tree": (.puct(), .siblings),
        "gumbel-muzero-tree": (.gumbel(considered: 16), .completed(scale: 0.5, offset: 50, isRescaled: false)),
        "gumbel-muzero-reward-tree": (.gumbel(considered: 8), .completed(scale: 0.1, offset: 20, isRescaled: false)),
    ]

    @Test(arguments: rules.keys.sorted()) func searchesGrowMctxsTrees(name: String) throws {
        var model = try Golden(name)
        let (rule, scale) = try #require(Self.rules[name])
        // Two more trees, whose roots allow one action, and two: no tree minds the others.
        let search = Search(
            SearchSettings(simulations: model.simulations, rule: rule, scale: scale), trees: 3, actions: model.actionCount)
        var logits = model.logits(0)
        for allowed in 1...2 { logits += model.logits(0).enumerated().map { $0 < allowed ? $1 : -1e9 } }
        search.run(&model, logits: logits, values: [Float](repeating: model.firstValues[0], count: 3))
        #expect(model.strange.isEmpty, "\(model.strange.prefix(3))")
        for node in model.visits.indices {
            let found = search.forest.node(node, of: 0)
            #expect(found.visits == Int(model.visits[node]), "visits of node \(node)")
            #expect(abs(found.value - model.values[node]) < 1e-3, "value of node \(node)")
            #expect(found.firstValue == model.firstValues[node])
            for action in 0..<model.actionCount {
                #expect(abs(found.priors[action] - model.priors[node * model.actionCount + action]) < 1e-4)
            }
        }
        let visits = search.forest.rootVisits(0)
        #expect(visits.reduce(0, +) == model.simulations && visits[search.action(0)] == visits.max())
        #expect(search.forest.rootVisits(1).dropFirst().allSatisfy { $0 == 0 } && search.action(1) == 0)
        #expect(search.forest.rootVisits(2).dropFirst(2).allSatisfy { $0 == 0 } && search.action(2) < 2)
        var policy = [Float](repeating: 0, count: model.actionCount)
        for tree in 0..<3 {
            search.writePolicy(tree, into: &policy)
            #expect(abs(policy.reduce(0, +) - 1) < 1e-4)
        }
        #expect(policy.dropFirst(2).allSatisfy { $0 == 0 })
    }
}
