import Glibc

/// The trees of one search for each of some environments, in memory that is allocated once.
///
/// A node's numbers are means over the simulations through it, its model's first opinion among them.
public final class SearchForest {
    /// Environments that are searched for side by side.
    public let treeCount: Int
    /// Of one tree: the root and a node for every simulation.
    public let nodeCount: Int
    /// Actions of a state, or outcomes of an afterstate, whichever are more.
    public let width: Int
    /// Actions of a state.
    public let actionCount: Int
    private let outcomeCount: Int

    // [tree, node]
    private let visits: UnsafeMutablePointer<Int32>
    private let values: UnsafeMutablePointer<Float>
    private let firstValues: UnsafeMutablePointer<Float>
    private let rewards: UnsafeMutablePointer<Float>
    private let discounts: UnsafeMutablePointer<Float>
    private let parents: UnsafeMutablePointer<Int32>
    private let choices: UnsafeMutablePointer<Int32>
    private let chances: UnsafeMutablePointer<Bool>
    // [tree, node, width]
    private let children: UnsafeMutablePointer<Int32>
    private let logits: UnsafeMutablePointer<Float>
    private let priors: UnsafeMutablePointer<Float>

    private static let none: Int32 = -1
    /// Of a choice that isn't there.
    static let absent: Float = -1e9

    /// - Parameter outcomes: of an afterstate; 0 where the model has no chance.
    public init(trees: Int, simulations: Int, actions: Int, outcomes: Int = 0) {
        precondition(trees > 0 && simulations > 0 && actions > 0 && outcomes >= 0, "\(trees) trees of \(simulations) by \(actions)")
        (treeCount, nodeCount, actionCount, outcomeCount) = (trees, simulations + 1, actions, outcomes)
        width = max(actions, outcomes)
        let nodes = treeCount * nodeCount
        func make<Number>(_ count: Int, _ value: Number) -> UnsafeMutablePointer<Number> {
            let memory = UnsafeMutablePointer<Number>.allocate(capacity: count)
            memory.initialize(repeating: value, count: count)
            return memory
        }
        (visits, values, firstValues) = (make(nodes, 0), make(nodes, 0), make(nodes, 0))
        (rewards, discounts, chances) = (make(nodes, 0), make(nodes, 0), make(nodes, false))
        (parents, choices) = (make(nodes, Self.none), make(nodes, Self.none))
        (children, logits, priors) = (make(nodes * width, Self.none), make(nodes * width, 0), make(nodes * width, 0))
    }

    deinit {
        for memory in [values, firstValues, rewards, discounts, logits, priors] { memory.deallocate() }
        for memory in [visits, parents, choices, children] { memory.deallocate() }
        chances.deallocate()
    }

    /// A node of a tree.
    struct Place: BitwiseCopyable {
        let tree: Int
        let node: Int
    }

    /// The slot by which a model knows a node's state.
    public func slot(tree: Int, node: Int) -> Int { tree * nodeCount + node }
    private func slot(_ place: Place) -> Int { place.tree * nodeCount + place.node }

    // MARK: Growing

    /// Begins a tree anew.
    /// - Parameters:
    ///   - logits: of the policy, `[A]`; ``absent`` and below of an action that may not be taken.
    ///   - value: what the state is worth.
    func plant(_ tree: Int, _ logits: UnsafePointer<Float>, value: Float) {
        let first = tree * nodeCount
        children.advanced(by: first * width).update(repeating: Self.none, count: nodeCount * width)
        visits.advanced(by: first).update(repeating: 0, count: nodeCount)
        write(Place(tree: tree, node: 0), logits, value: value, isChance: false)
    }

    /// Adds what a step from a node led to.
    func add(_ node: Int, to parent: Place, choice: Int, _ logits: UnsafePointer<Float>, value: Float, reward: Float, discount: Float) {
        let (place, above) = (Place(tree: parent.tree, node: node), slot(parent))
        children[above * width + choice] = Int32(node)
        let slot = slot(place)
        (rewards[slot], discounts[slot]) = (reward, discount)
        (parents[slot], choices[slot]) = (Int32(parent.node), Int32(choice))
        write(place, logits, value: value, isChance: outcomeCount > 0 && !chances[above])
    }

    private func write(_ place: Place, _ from: UnsafePointer<Float>, value: Float, isChance: Bool) {
        let slot = slot(place)
        chances[slot] = isChance
        visits[slot] += 1
        (values[slot], firstValues[slot]) = (value, value)
        let count = isChance ? outcomeCount : actionCount
        let (own, chances) = (logits + slot * width, priors + slot * width)
        own.update(from: from, count: count)
        own.advanced(by: count).update(repeating: Self.absent, count: width - count)
        Self.softmax(own, into: chances, count: width)
    }

    static func softmax(_ logits: UnsafePointer<Float>, into result: UnsafeMutablePointer<Float>, count: Int) {
        var largest = logits[0]
        for index in 1..<count where logits[index] > largest { largest = logits[index] }
        var sum: Float = 0
        for index in 0..<count {
            result[index] = logits[index] <= absent ? 0 : expf(logits[index] - largest)
            sum += result[index]
        }
        for index in 0..<count { result[index] /= sum }
    }

    /// Lets all nodes above one know what it is worth.
    func backUp(_ place: Place) {
        var (node, value) = (place.node, values[slot(place)])
        while node != 0 {
            let slot = place.tree * nodeCount + node
            value = rewards[slot] + discounts[slot] * value
            node = Int(parents[slot])
            let above = place.tree * nodeCount + node
            values[above] += (value - values[above]) / Float(visits[above] + 1)
            visits[above] += 1
        }
    }

    // MARK: Reading

    func isChance(_ place: Place) -> Bool { chances[slot(place)] }
    func visits(_ place: Place) -> Int { Int(visits[slot(place)]) }
    func value(_ place: Place) -> Float { values[slot(place)] }
    func firstValue(_ place: Place) -> Float { firstValues[slot(place)] }
    func logits(_ place: Place) -> UnsafePointer<Float> { UnsafePointer(logits + slot(place) * width) }
    func priors(_ place: Place) -> UnsafePointer<Float> { UnsafePointer(priors + slot(place) * width) }

    /// The node that a choice leads to; nil where nobody went.
    func child(_ place: Place, _ choice: Int) -> Place? {
        let node = children[slot(place) * width + choice]
        return node == Self.none ? nil : Place(tree: place.tree, node: Int(node))
    }

    /// How often a choice was made.
    func visits(_ place: Place, _ choice: Int) -> Int { child(place, choice).map(visits) ?? 0 }

    /// Its reward and the discounted value of what it leads to; nil where nobody went.
    func actionValue(_ place: Place, _ choice: Int) -> Float? {
        child(place, choice).map { child in rewards[slot(child)] + discounts[slot(child)] * values[slot(child)] }
    }

    // MARK: Roots, to be looked at

    /// Simulations that began with each action, `[A]`.
    public func rootVisits(_ tree: Int) -> [Int] { (0..<actionCount).map { visits(Place(tree: tree, node: 0), $0) } }
    /// What the root is worth after the search.
    public func rootValue(_ tree: Int) -> Float { value(Place(tree: tree, node: 0)) }

    /// A node as others may want to see it.
    package struct Node {
        package let visits: Int
        package let value: Float
        package let firstValue: Float
        package let reward: Float
        package let priors: [Float]
        /// By choice; nil where nobody went.
        package let children: [Int?]
    }

    package func node(_ node: Int, of tree: Int) -> Node {
        let place = Place(tree: tree, node: node)
        return Node(
            visits: visits(place), value: value(place), firstValue: firstValue(place), reward: rewards[slot(place)],
            priors: (0..<width).map { priors(place)[$0] }, children: (0..<width).map { child(place, $0)?.node })
    }
}
