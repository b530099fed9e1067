import Glibc

/// Searches over a model, one for each of some environments, side by side: all go one step on, the model says what is there, all go back.
public final class Search {
    /// How it chooses, and how much it looks at.
    public let settings: SearchSettings
    /// What it found.
    public let forest: SearchForest
    private let steps: UnsafeMutableBufferPointer<SearchStep>
    private let leaves: UnsafeMutablePointer<SearchForest.Place>
    private let results: SearchResults
    /// Numbers of one node's choices, while they are compared.
    private let scores: UnsafeMutablePointer<Float>
    private let shares: UnsafeMutablePointer<Float>
    /// Of the roots' actions, `[trees, A]`.
    private let gumbel: UnsafeMutablePointer<Float>
    /// By number of candidates, see `SequentialHalving`.
    private let halving: [[Int]]

    /// - Parameter outcomes: of an afterstate; 0 where the model has no chance.
    public init(_ settings: SearchSettings, trees: Int, actions: Int, outcomes: Int = 0) {
        self.settings = settings
        forest = SearchForest(trees: trees, simulations: settings.simulations, actions: actions, outcomes: outcomes)
        func make(_ count: Int) -> UnsafeMutablePointer<Float> {
            let memory = UnsafeMutablePointer<Float>.allocate(capacity: count)
            memory.initialize(repeating: 0, count: count)
            return memory
        }
        let width = forest.width
        steps = .allocate(capacity: trees)
        leaves = .allocate(capacity: trees)
        results = SearchResults(
            logits: make(trees * width), width: width, values: make(trees), rewards: make(trees), discounts: make(trees))
        (scores, shares, gumbel) = (make(width), make(width), make(trees * actions))
        if case .gumbel(let considered) = settings.rule {
            halving = (0...min(considered, actions)).map { SequentialHalving.visits(candidates: $0, simulations: settings.simulations) }
        } else {
            halving = []
        }
    }

    deinit {
        steps.deallocate()
        leaves.deallocate()
        for memory in [results.logits, results.values, results.rewards, results.discounts, scores, shares, gumbel] { memory.deallocate() }
    }

    /// Searches from the states that the model has in the slots of the roots.
    /// - Parameters:
    ///   - logits: of the policy there, `[trees, A]`; −10⁹ of an action that may not be taken.
    ///   - values: what they are worth, `[trees]`.
    ///   - trees: the first so many; nil: all.
    ///   - gumbel: independent Gumbel numbers by action, `[trees, A]`, or zeros to choose without chance; only for that rule.
    public func run(
        _ model: inout some SearchModel, trees: Int? = nil, logits: UnsafePointer<Float>, values: UnsafePointer<Float>,
        gumbel: UnsafePointer<Float>? = nil
    ) {
        let (actions, trees) = (forest.actionCount, trees ?? forest.treeCount)
        precondition(trees <= forest.treeCount, "\(trees) trees in a forest of \(forest.treeCount)")
        for tree in 0..<trees { forest.plant(tree, logits + tree * actions, value: values[tree]) }
        if let gumbel { self.gumbel.update(from: gumbel, count: trees * actions) }
        for simulation in 0..<settings.simulations { simulate(&model, simulation, trees) }
    }

    private func simulate(_ model: inout some SearchModel, _ simulation: Int, _ trees: Int) {
        for tree in 0..<trees {
            let (place, choice) = descend(tree)
            // At the depth limit a known node is looked at once more.
            let node = forest.child(place, choice)?.node ?? simulation + 1
            leaves[tree] = SearchForest.Place(tree: tree, node: node)
            steps[tree] = SearchStep(
                from: Int32(forest.slot(tree: tree, node: place.node)), to: Int32(forest.slot(tree: tree, node: node)),
                choice: Int32(choice), isChance: forest.isChance(place))
        }
        results.logits.update(repeating: SearchForest.absent, count: trees * results.width)
        model.expand(UnsafeBufferPointer(rebasing: steps[..<trees]), into: results)
        for tree in 0..<trees {
            let parent = SearchForest.Place(tree: tree, node: Int(steps[tree].from) - tree * forest.nodeCount)
            forest.add(
                leaves[tree].node, to: parent, choice: Int(steps[tree].choice), results.logits + tree * results.width,
                value: results.values[tree], reward: results.rewards[tree], discount: results.discounts[tree])
            forest.backUp(leaves[tree])
        }
    }

    /// From the root to a choice that nobody made, or as deep as may be.
    private func descend(_ tree: Int) -> (SearchForest.Place, choice: Int) {
        var (place, depth) = (SearchForest.Place(tree: tree, node: 0), 1)
        while true {
            let choice = choose(place)
            guard depth < settings.depth, let next = forest.child(place, choice) else { return (place, choice) }
            (place, depth) = (next, depth + 1)
        }
    }

    // MARK: Choosing

    private func choose(_ place: SearchForest.Place) -> Int {
        if forest.isChance(place) { return chance(place) }
        settings.scale.write(forest, place, into: scores)
        switch settings.rule {
        case .puct(let first, let base): return puct(place, first, base)
        case .gumbel: return place.node == 0 ? halve(place) : follow(place)
        }
    }

    /// The outcome that was seen least often beside its probability.
    private func chance(_ place: SearchForest.Place) -> Int {
        let priors = forest.priors(place)
        return best { priors[$0] / Float(forest.visits(place, $0) + 1) }
    }

    private func puct(_ place: SearchForest.Place, _ first: Float, _ base: Float) -> Int {
        let (priors, logits, visits) = (forest.priors(place), forest.logits(place), Float(forest.visits(place)))
        let factor = visits.squareRoot() * (first + logf((visits + base + 1) / base))
        return best { choice in
            guard logits[choice] > SearchForest.absent else { return -.infinity }
            return scores[choice] + factor * priors[choice] / Float(forest.visits(place, choice) + 1)
        }
    }

    private func halve(_ place: SearchForest.Place) -> Int {
        let logits = forest.logits(place)
        var (allowed, made) = (0, 0)
        for action in 0..<forest.actionCount {
            if logits[action] > SearchForest.absent { allowed += 1 }
            made += forest.visits(place, action)
        }
        let candidates = min(halving.count - 1, allowed)
        return considered(place, visits: halving[candidates][made])
    }

    /// The best by Gumbel number, logit and value of the actions with so many visits.
    private func considered(_ place: SearchForest.Place, visits: Int) -> Int {
        let (logits, noise) = (forest.logits(place), gumbel + place.tree * forest.actionCount)
        return best { action in
            guard action < forest.actionCount, logits[action] > SearchForest.absent, forest.visits(place, action) == visits else {
                return -.infinity
            }
            return noise[action] + logits[action] + scores[action]
        }
    }

    /// What brings the visits nearest to the improved policy.
    private func follow(_ place: SearchForest.Place) -> Int {
        improve(place)
        var made = 0
        for choice in 0..<forest.width { made += forest.visits(place, choice) }
        return best { shares[$0] - Float(forest.visits(place, $0)) / Float(1 + made) }
    }

    /// Writes softmax(logits + scores) into the shares.
    private func improve(_ place: SearchForest.Place) {
        let logits = forest.logits(place)
        for choice in 0..<forest.width {
            scores[choice] = logits[choice] > SearchForest.absent ? logits[choice] + scores[choice] : SearchForest.absent
        }
        SearchForest.softmax(scores, into: shares, count: forest.width)
    }

    private func best(_ score: (Int) -> Float) -> Int {
        var (best, largest) = (0, score(0))
        for choice in 1..<forest.width {
            let value = score(choice)
            if value > largest { (best, largest) = (choice, value) }
        }
        return best
    }

    // MARK: What came of it

    /// The action to take in a root's state: by PUCT that of most simulations, by Gumbel the best of those with as many.
    public func action(_ tree: Int) -> Int {
        let root = SearchForest.Place(tree: tree, node: 0)
        var most = 0
        for action in 0..<forest.actionCount { most = max(most, forest.visits(root, action)) }
        guard case .gumbel = settings.rule else { return best { $0 < forest.actionCount ? Float(forest.visits(root, $0)) : -1 } }
        settings.scale.write(forest, root, into: scores)
        return considered(root, visits: most)
    }

    /// What a policy is to learn of the search, `[A]`: by PUCT the shares of the simulations, by Gumbel softmax(logits + values).
    public func writePolicy(_ tree: Int, into policy: UnsafeMutablePointer<Float>) {
        let root = SearchForest.Place(tree: tree, node: 0)
        switch settings.rule {
        case .puct:
            for action in 0..<forest.actionCount { policy[action] = Float(forest.visits(root, action)) / Float(settings.simulations) }
        case .gumbel:
            settings.scale.write(forest, root, into: scores)
            improve(root)
            policy.update(from: shares, count: forest.actionCount)
        }
    }
}
