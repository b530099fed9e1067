import Glibc
package import StarlingCompute
package import StarlingExperience

/// π(·|z) of every row, grown into a graph: how likely an action was, and how spread the choice is. All of it is composed of
/// the vocabulary's operations, so derivatives follow.
package struct ActionDistribution: Sendable {
    private enum Form {
        case categorical(logProbabilities: Node)  // [rows, A]
        case gaussian(mean: Node, logDeviation: Node, ModelSpec.ActionDistribution)  // each [rows, K]
    }
    private let form: Form

    /// Bounds of log σ that the policy's head is clamped to, on the unit scale. Below e⁻⁴, 2 % of half the action's range, the
    /// rounding of a mean would show in log π (1e-4 is the bound of the zero-lag invariant), and for evaluations the mean is
    /// taken anyway. Above e¹ nearly every sample is beyond the bounds, and no more noise reaches the environment.
    package static let logDeviationBounds: ClosedRange<Float> = -4 ... 1

    /// - Parameter logits: `[rows, A]`.
    package static func categorical(_ g: inout Graph, logits: Node) -> Self {
        Self(form: .categorical(logProbabilities: g.logSoftmax(logits)))
    }

    /// - Parameter parameters: `[rows, 2K]`, the means and then log σ, which is within its bounds.
    package static func gaussian(
        _ g: inout Graph, parameters: Node, _ distribution: ModelSpec.ActionDistribution
    ) -> Self {
        let width = parameters.shape.width / 2
        return Self(
            form: .gaussian(
                mean: g.slice(parameters, features: 0 ..< width),
                logDeviation: g.slice(parameters, features: width ..< 2 * width), distribution))
    }

    /// The head's output `[rows, 2K]` with log σ clamped.
    static func bounded(_ g: inout Graph, _ head: Node, width: Int) -> Node {
        let logDeviation = g.clamp(g.slice(head, features: width ..< 2 * width), logDeviationBounds)
        return g.concatenate([g.slice(head, features: 0 ..< width), logDeviation])
    }

    /// log π(a|z) `[rows]`; of continuous actions the density on the unit scale: of u, or, where it is squashed, of tanh u.
    package func logProbability(_ g: inout Graph, of action: ActionPort) -> Node {
        switch (form, action) {
        case (.categorical(let logProbabilities), .discrete(let port)):
            return g.gather(logProbabilities, indices: port)
        case (.gaussian(let mean, let logDeviation, let distribution), .continuous(let port)):
            let error = g.multiply(g.subtract(port.node, mean), g.exp(g.negate(logDeviation)))
            var each = g.offset(g.subtract(g.scale(g.square(error), -0.5), logDeviation), -0.5 * logf(2 * .pi))
            if distribution == .tanhGaussian { each = g.subtract(each, Self.logSlope(&g, port.node)) }
            return g.sum(each, over: .features)
        case (.categorical, .continuous), (.gaussian, .discrete): preconditionFailure("actions of another kind")
        }
    }

    /// H[π(·|z)] `[rows]` in nats; of continuous actions the differential entropy on the unit scale.
    ///
    /// A squashed Normal's is H[u] + E log(1 − tanh² u), which has no closed form. The expectation is reckoned by Gauss and
    /// Hermite's quadrature instead of a sample: no noise, and like the true one it falls when σ grows so far that actions
    /// gather at their bounds, where the entropy of u alone would reward σ without end. Off by less than 0.001 up to σ = 1
    /// and by less than 0.08 at the largest σ.
    package func entropy(_ g: inout Graph) -> Node {
        switch form {
        case .categorical(let logProbabilities):
            return g.negate(g.sum(g.multiply(g.exp(logProbabilities), logProbabilities), over: .features))
        case .gaussian(let mean, let logDeviation, let distribution):
            var each = g.offset(logDeviation, 0.5 * (1 + logf(2 * .pi)))
            if distribution == .tanhGaussian { each = g.add(each, Self.meanLogSlope(&g, mean, logDeviation)) }
            return g.sum(each, over: .features)
        }
    }

    /// log d(tanh u)/du = log(1 − tanh² u) = 2·(log 2 − u − softplus(−2u)): no difference of near equals.
    private static func logSlope(_ g: inout Graph, _ u: Node) -> Node {
        g.scale(g.offset(g.negate(g.add(u, g.softplus(g.scale(u, -2)))), logf(2)), 2)
    }

    /// E log(1 − tanh² u) of u ~ N(mean, σ²): 2·(log 2 − mean − E softplus(−2u)).
    private static func meanLogSlope(_ g: inout Graph, _ mean: Node, _ logDeviation: Node) -> Node {
        let deviation = g.exp(logDeviation)
        var expected: Node?
        for (place, weight) in quadrature {
            for sign in [-1, 1] as [Float] {
                let u = g.add(mean, g.scale(deviation, sign * place))
                let term = g.scale(g.softplus(g.scale(u, -2)), weight)
                expected = expected.map { g.add($0, term) } ?? term
            }
        }
        return g.scale(g.offset(g.negate(g.add(mean, expected!)), logf(2)), 2)
    }

    /// The positive half of the eight places and weights for E f(ε), ε ~ N(0, 1): zeros of the Hermite polynomial He₈ and
    /// 8!/(8·He₇(x))².
    private static let quadrature: [(place: Float, weight: Float)] = [
        (0.539_079_811_4, 0.373_012_257_7), (1.636_519_042_4, 0.117_239_907_7), (2.802_485_861_3, 0.009_635_220_12),
        (4.144_547_186_1, 0.000_112_614_538),
    ]
}

/// The host's door for the actions that were taken.
package enum ActionPort: Sendable {
    case discrete(Port<Int32>)  // [rows]
    /// Samples u, before they are squashed or cut off.
    case continuous(Port<Float>)  // [rows, K]

    package init(_ g: inout Graph, _ action: ActionSpec) {
        switch action {
        case .discrete: self = .discrete(g.input("action", .perRow(.unroll), Int32.self))
        case .continuous: self = .continuous(g.input("action", .perRow(.unroll, action.width), Float.self))
        }
    }
}
