public import StarlingCompute
import StarlingExperience
public import StarlingLatentPolicy

/// Q(z, ·) of every row, `[rows, A]`: what the policy head gives. Acting rules read it there, so an actor needs to know nothing of values.
public struct ActionValues: Hashable, Sendable {
    /// Whether the head gives advantages A, and the value head V: Q = V + A − mean A (Wang et al. 2016, "Dueling network architectures
    /// for deep reinforcement learning", eq. 9). Which action is best, and the softmax, are the same of both.
    public var isDueling: Bool

    public init(isDueling: Bool = false) { self.isDueling = isDueling }

    /// - Parameters:
    ///   - features: what the heads see, `[rows, Z + H]`.
    ///   - mask: which actions may be taken in the rows; the others are worth `ActionSpec.forbiddenLogit`, and A's mean is over all.
    public func grow(_ g: inout Graph, _ policy: LatentPolicy, _ features: Node, mask: ActionMask?) -> Node {
        var values = policy.logits(&g, features)
        if isDueling {
            let mean = g.scale(g.sum(values, over: .features), 1 / Float(values.shape.width))
            let offset = g.subtract(policy.value(&g, features), mean)
            values = g.add(values, g.repeatFeatures(offset, values.shape.dims))
        }
        return mask.map { $0(&g, values) } ?? values
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
