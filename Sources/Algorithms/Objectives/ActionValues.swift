public import StarlingCompute
import StarlingExperience
public import StarlingLatentPolicy

/// Q(z, ·) of every row, `[rows, A]`: what the policy head gives. Acting rules read it there, so an actor needs to know nothing of values.
public struct ActionValues: Hashable, Sendable {
    /// Whether the head gives advantages A, and the value head V: Q = V + A − mean A (Wang et al. 2016, "Dueling network architectures
    /// for deep reinforcement learning", eq. 9). Which action is best, and the softmax, are the same of both.
    public var isDueling: Bool

    public init(isDueling: Bool = false) { self.isDueling = isDueling }

    /// - Parameter features: what the heads see, `[rows, Z + H]`.
    public func grow(_ g: inout Graph, _ policy: LatentPolicy, _ features: Node) -> Node {
        let head = policy.logits(&g, features)
        guard isDueling else { return head }
        let mean = g.scale(g.sum(head, over: .features), 1 / Float(head.shape.width))
        let offset = g.subtract(policy.value(&g, features), mean)
        return g.add(head, g.repeatFeatures(offset, head.shape.dims))
    }
}

extension ModelSpec {
    /// Why an algorithm that learns what actions are worth can't be of this model, with the remedy: bins are of V(z), and actors read
    /// Q(z, ·) as numbers.
    func binsConflict(with algorithm: String) -> String? {
        guard valueBins != nil else { return nil }
        return """
            \(algorithm) learns what actions are worth, as numbers: set model.value_head to scalar, or algorithm to one that learns V(z)
            """
    }
}
