public import StarlingCompute
public import StarlingExperience

/// π(·|z) of every row, grown into a graph: how likely an action was, and how spread the choice is.
public struct ActionDistribution: Sendable {
    private enum Form {
        /// Of each part of an action.
        case categorical([Node])  // [rows, count] each
        case gaussian(mean: Node, logDeviation: Node, ModelSpec.ActionDistribution)  // each [rows, K]
    }
    private let form: Form

    /// Bounds of log σ that the policy's head is clamped to, on the unit scale. Below e⁻⁴, 2 % of half the action's range, the
    /// rounding of a mean would show in log π (1e-4 is the bound of the zero-lag invariant), and for evaluations the mean is
    /// taken anyway. Above e¹ nearly every sample is beyond the bounds, and no more noise reaches the environment.
    public static let logDeviationBounds: ClosedRange<Float> = -4...1

    /// - Parameter logits: `[rows, A]`.
    public static func categorical(_ g: inout Graph, logits: Node) -> Self { categorical(&g, logits: logits, parts: [logits.shape.width]) }

    /// Independent choices, whose log-probabilities and entropies add up.
    /// - Parameters:
    ///   - logits: `[rows, A]`, one part's after the other's.
    ///   - parts: how many there are of each.
    public static func categorical(_ g: inout Graph, logits: Node, parts: [Int]) -> Self {
        var place = 0
        return Self(
            form: .categorical(
                parts.map { count in
                    defer { place += count }
                    return g.logSoftmax(g.slice(logits, features: place..<place + count))
                }))
    }

    /// - Parameter parameters: `[rows, 2K]`, the means and then log σ, which is within its bounds.
    public static func gaussian(
        _ g: inout Graph, parameters: Node, _ distribution: ModelSpec.ActionDistribution
    ) -> Self {
        let width = parameters.shape.width / 2
        return Self(
            form: .gaussian(
                mean: g.slice(parameters, features: 0..<width),
                logDeviation: g.slice(parameters, features: width..<2 * width), distribution))
    }

    /// The head's output `[rows, 2K]` with log σ clamped.
    static func bounded(_ g: inout Graph, _ head: Node, width: Int) -> Node {
        let logDeviation = g.clamp(g.slice(head, features: width..<2 * width), logDeviationBounds)
        return g.concatenate([g.slice(head, features: 0..<width), logDeviation])
    }

    /// log π(a|z) `[rows]`; of continuous actions the density on the unit scale: of u, or, where it is squashed, of tanh u.
    public func logProbability(_ g: inout Graph, of action: ActionPort) -> Node {
        switch (form, action) {
        case (.categorical(let parts), .discrete(let port)):
            return g.gather(parts[0], indices: port)
        case (.categorical(let parts), .multiDiscrete(let port)):
            var place = 0
            let taken = parts.map { logProbabilities in
                let width = logProbabilities.shape.width
                defer { place += width }
                let isTaken = g.slice(port.node, features: place..<place + width)
                return g.sum(g.multiply(isTaken, logProbabilities), over: .features)
            }
            return Self.total(&g, taken)
        case (.gaussian(let mean, let logDeviation, let distribution), .continuous(let port)):
            switch distribution {
            case .gaussian: return g.gaussianLogDensity(port.node, mean: mean, logDeviation: logDeviation)
            case .tanhGaussian: return g.tanhGaussianLogDensity(port.node, mean: mean, logDeviation: logDeviation)
            }
        case (.categorical, .continuous), (.gaussian, .discrete), (.gaussian, .multiDiscrete): fatalError("actions of another kind")
        }
    }

    private static func total(_ g: inout Graph, _ parts: [Node]) -> Node { parts.dropFirst().reduce(parts[0]) { g.add($0, $1) } }

    /// −Σ_a p(a) log π(a|z) `[rows]`, in nats.
    /// - Parameter probabilities: p, `[rows, A]`; no derivative is wanted by it.
    /// - Precondition: actions are discrete, of one part.
    public func crossEntropy(_ g: inout Graph, of probabilities: Node) -> Node {
        guard case .categorical(let parts) = form, parts.count == 1 else {
            fatalError("a cross-entropy of actions that are no single choice")
        }
        return g.crossEntropy(of: probabilities, logProbabilities: parts[0])
    }

    /// H[π(·|z)] `[rows]` in nats; of continuous actions the differential entropy on the unit scale.
    public func entropy(_ g: inout Graph) -> Node {
        switch form {
        case .categorical(let parts): return Self.total(&g, parts.map { g.categoricalEntropy(logProbabilities: $0) })
        case .gaussian(_, let logDeviation, .gaussian): return g.gaussianEntropy(logDeviation: logDeviation)
        case .gaussian(let mean, let logDeviation, .tanhGaussian):
            return g.tanhGaussianEntropy(mean: mean, logDeviation: logDeviation)
        }
    }
}

/// Input port of the actions that were taken.
public enum ActionPort: Sendable {
    case discrete(Port<Int32>)  // [rows]
    /// 1 of what was chosen of each part, else 0.
    case multiDiscrete(Port<Float>)  // [rows, A]
    /// Samples u, before they are squashed or cut off.
    case continuous(Port<Float>)  // [rows, K]

    /// The port in a graph over the rows of a batch.
    public init(_ g: inout Graph, _ action: ActionSpec) {
        switch action {
        case .discrete: self = .discrete(g.input("action", .perRow(.unroll), Int32.self))
        case .multiDiscrete: self = .multiDiscrete(g.input("action", .perRow(.unroll, action.parameterCount), Float.self))
        case .continuous: self = .continuous(g.input("action", .perRow(.unroll, action.width), Float.self))
        }
    }
}
