public import StarlingCompute
import StarlingExperience

/// q(z|o) of every row.
public struct Posterior: Sendable {
    /// What is known of z besides its mean.
    public enum Spread: Sendable {
        /// It is its mean.
        case none
        /// Independent Normals with these log σ², `[rows, Z]`.
        case normal(logVariance: Node)
        /// Independent categorical variables of so many classes, with these logarithms of their probabilities, which are the mean,
        /// `[rows, Z]`.
        case categorical(logProbabilities: Node, classes: Int)
    }

    /// μ, of categorical variables the probabilities of their classes.
    public let mean: Node  // [rows, Z]
    /// What is around it.
    public let spread: Spread

    public init(mean: Node, spread: Spread = .none) { (self.mean, self.spread) = (mean, spread) }

    /// nil where the latent is no Normal.
    public var logVariance: Node? { if case .normal(let logVariance) = spread { logVariance } else { nil } }
}

/// Input port of observations.
public enum ObservationPort: Sendable {
    case float32(Port<Float>)
    case uint8(Port<UInt8>)
}

/// Input ports of the noise's counters: ε of a row is a pure function of these, in actors and learner alike.
public struct NoisePorts: Sendable {
    /// The run's and the actor's.
    public let key: Port<UInt64>
    /// The environment's step.
    public let step: Port<UInt64>
    /// The environment's number.
    public let environment: Port<UInt32>

    /// - Parameter rows: whose noise it is.
    public init(_ g: inout Graph, _ rows: Rows) {
        key = g.input("noise.key.\(rows.name)", .perRow(rows), UInt64.self)
        step = g.input("noise.step.\(rows.name)", .perRow(rows), UInt64.self)
        environment = g.input("noise.environment.\(rows.name)", .perRow(rows), UInt32.self)
    }
}

extension LatentPolicy {
    /// Adds the observations of `rows` and returns their port and x, their values scaled and, where the model has a
    /// normaliser, normalised: `[rows, D]` or `[rows, C, H, W]`; of several parts `[rows, D]`, one part after the other.
    public func observation(_ g: inout Graph, _ rows: Rows) -> (port: ObservationPort, scaled: Node) {
        guard model.branches.isEmpty else { return observedParts(&g, rows) }
        let (port, scaled) = scaledObservation(&g, rows)
        return (port, architecture.branches[0].normalizer.map { $0(&g, scaled) } ?? scaled)
    }

    private func scaledObservation(_ g: inout Graph, _ rows: Rows) -> (ObservationPort, Node) {
        let shape = Shape(rows: rows, dims: architecture.observationDims)
        let name = "observation.\(rows.name)"
        switch stackedObservation.scalar {
        case .float32:
            let port = g.input(name, shape, Float.self)
            return (.float32(port), scaled(&g, port.node, model.observationScale))
        case .uint8:
            let port = g.input(name, shape, UInt8.self)
            // One number for all is part of the conversion.
            guard model.observationScale.count == 1 else {
                return (.uint8(port), scaled(&g, g.toFloat(port, scale: 1), model.observationScale))
            }
            return (.uint8(port), g.toFloat(port, scale: 1 / model.observationScale[0]))
        }
    }

    /// o / scale, scalar by scalar.
    private func scaled(_ g: inout Graph, _ observation: Node, _ scale: [Float]) -> Node {
        switch scale.count {
        case 0: observation
        case 1: g.scale(observation, 1 / scale[0])
        default: g.scaleFeatures(observation, by: (0..<model.frameStack).flatMap { _ in scale.map { 1 / $0 } })
        }
    }

    /// The mean of q(z|x) alone: scaled observations → `[rows, Z]`.
    public func mean(_ g: inout Graph, _ x: Node) -> Node {
        let mean = architecture.mean(&g, encoded(&g, x))
        return model.latentClasses.map { g.exp(logProbabilities(&g, logits: mean, classes: $0)) } ?? mean
    }

    /// q(z|x) of scaled observations.
    /// - Parameter isFrozen: whether no derivative reaches the encoder.
    public func encode(_ g: inout Graph, _ x: Node, isFrozen: Bool = false) -> Posterior {
        let h = encoded(&g, x)
        func open(_ g: inout Graph, _ node: Node) -> Node { isFrozen ? g.gate(node, open: false) : node }
        let mean = open(&g, architecture.mean(&g, h))
        if let classes = model.latentClasses {
            let logProbabilities = logProbabilities(&g, logits: mean, classes: classes)
            return Posterior(
                mean: g.exp(logProbabilities), spread: .categorical(logProbabilities: logProbabilities, classes: classes))
        }
        guard let logVariance = architecture.logVariance else { return Posterior(mean: mean) }
        return Posterior(mean: mean, spread: .normal(logVariance: open(&g, g.clamp(logVariance(&g, h), Self.logVarianceBounds))))
    }

    /// A sample of q(z|o), with ε ~ N(0, 1) from the rows' keys: z̃ = μ + σ⊙ε; of categorical variables codes, through which derivatives
    /// pass as if they were the probabilities (Bengio et al. 2013, "Estimating or propagating gradients through stochastic neurons");
    /// μ itself where the latent is deterministic.
    public func sample(_ g: inout Graph, _ posterior: Posterior, _ noise: NoisePorts) -> Node {
        func epsilon(_ g: inout Graph, _ count: Int) -> Node {
            g.gaussian(key: noise.key, step: noise.step, environment: noise.environment, count: count, draw: Draw.latent)
        }
        switch posterior.spread {
        case .none: return posterior.mean
        case .normal(let logVariance):
            let epsilon = epsilon(&g, model.latentCount)
            return g.add(posterior.mean, g.multiply(g.exp(g.scale(logVariance, 0.5)), epsilon))
        case .categorical(_, let classes):
            // Φ(ε) is uniform.
            let uniform = g.offset(g.scale(g.erf(g.scale(epsilon(&g, model.latentCount / classes), Float(0.5).squareRoot())), 0.5), 0.5)
            let code = g.oneHot(posterior.mean, at: uniform, classes: classes)
            return g.add(posterior.mean, g.gate(g.subtract(code, posterior.mean), open: false))
        }
    }

    /// log p of each class of categorical latents, `[rows, Z]`, no class without any: (1 − ω)·softmax + ω/C, as in Hafner et al. 2023,
    /// "Mastering diverse domains through world models".
    func logProbabilities(_ g: inout Graph, logits: Node, classes: Int) -> Node {
        let soft = g.exp(g.logSoftmax(logits, classes: classes))
        return g.log(g.offset(g.scale(soft, 1 - Self.evenShare), Self.evenShare / Float(classes)))
    }

    /// ω, how much of every categorical variable is even.
    static let evenShare: Float = 0.01

    /// What describes π, `features` `[rows, Z + H]` → `[rows, A]`: logits of discrete actions; of continuous ones means and log σ.
    /// - Parameter mask: which actions may be taken in the rows; nil: any.
    public func logits(_ g: inout Graph, _ features: Node, mask: ActionMask? = nil) -> Node {
        let head = architecture.policy(&g, features)
        switch environment.action {
        case .discrete, .multiDiscrete: return mask.map { $0(&g, head) } ?? head
        case .continuous(let low, _): return ActionDistribution.bounded(&g, head, width: low.count)
        }
    }

    /// π, `features` `[rows, Z + H]`.
    public func actionDistribution(_ g: inout Graph, _ features: Node, mask: ActionMask? = nil) -> ActionDistribution {
        let logits = logits(&g, features, mask: mask)
        switch environment.action {
        case .discrete, .multiDiscrete: return .categorical(&g, logits: logits, parts: environment.action.parts)
        case .continuous: return .gaussian(&g, parameters: logits, model.actionDistribution)
        }
    }

    /// V: `features` `[rows, Z + H]` → `[rows]`.
    public func value(_ g: inout Graph, _ features: Node) -> Node { stateValue(&g, features).mean }

    /// V with the loss that trains it, `features` `[rows, Z + H]`.
    public func stateValue(_ g: inout Graph, _ features: Node) -> StateValue {
        StateValue(&g, head: architecture.value(&g, features), model.valueBins)
    }

    /// Parameters of p(o|z), a mean or logits per scalar: `[rows, Z]` → the dimensions of x, or of what is decoded of it. nil without
    /// decoder.
    public func decode(_ g: inout Graph, _ z: Node) -> Node? {
        decodedParts(&g, z).map { parts in together(&g, parts.map { ($0.branch, $0.parameters) }) }
    }
}

/// Which use of a row's key a random number is for.
public enum Draw {
    /// ε of the latent.
    public static let latent: UInt32 = 0
    /// The uniform number that picks an action, or the ε of a continuous one.
    public static let action: UInt32 = 1
    /// ε of a latent that training alone knows.
    public static let recognition: UInt32 = 2
    /// The same as `action` for one part of several, below 4096; that of part 0 is `action`.
    package static func action(part: Int) -> UInt32 { action + 16 * UInt32(part) }
}
