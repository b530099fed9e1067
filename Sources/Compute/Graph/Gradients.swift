/// The derivative of one loss by one group of parameters, as a plan lends it.
public struct Gradients: Hashable, Sendable {
    /// In the order of `differentiate`.
    let index: Int
    /// By slot of the layout: whether the loss depends on the parameter. Others have no gradient, and none should move them.
    public let reached: [Bool]
}

/// What a graph keeps of it.
struct GradientSet: Sendable {
    /// By slot of the layout; nil where there is none.
    let nodes: [Node?]
    /// After which it can be read.
    let stage: Stage

    /// Slots that have one, with it.
    var parts: [(slot: Int, node: Node)] {
        nodes.indices.compactMap { slot in nodes[slot].map { (slot, $0) } }
    }
}
