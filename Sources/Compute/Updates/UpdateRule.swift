/// How a step of an optimiser moves parameters against their gradients. State is flat, in the parameters' layout.
package enum UpdateRule: Hashable, Sendable {
    /// Adam (Kingma & Ba 2015); with a decay of weights AdamW (Loshchilov & Hutter 2019), which shrinks parameters by
    /// `rate · weightDecay` before the step, whatever the gradient.
    case adam(beta1: Float, beta2: Float, epsilon: Float, weightDecay: Float = 0)
    /// RMSProp (Tieleman & Hinton 2012), not centred, ε outside of the root.
    case rmsProp(decay: Float, epsilon: Float)
    /// Gradient descent with momentum (Polyak 1964).
    case momentum(decay: Float)

    /// What it keeps between steps, one number per parameter each.
    package var stateNames: [String] {
        switch self {
        case .adam: ["first_moment", "second_moment"]
        case .rmsProp: ["mean_square"]
        case .momentum: ["momentum"]
        }
    }
}

/// One step of a rule.
package struct UpdateStep: Sendable {
    package let rule: UpdateRule
    package let rate: Float
    /// Of the gradients, for clipping.
    package let scale: Float
    /// Steps taken with this one, from 1: the exponent of Adam's bias corrections.
    package let number: UInt64

    package init(_ rule: UpdateRule, rate: Float, scale: Float, number: UInt64) {
        (self.rule, self.rate, self.scale, self.number) = (rule, rate, scale, number)
    }
}
