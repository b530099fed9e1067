public import StarlingCompute
public import StarlingExperience
public import StarlingLatentPolicy

/// The latent policy grown over the rows of a batch, with the host's doors to it: what objectives grow their terms on. Heads are
/// grown when the first objective asks.
public struct ModelPass {
    /// Whose pass it is.
    public let policy: LatentPolicy
    /// The doors of what unrolls bring.
    public private(set) var ports: BatchPorts
    /// Scaled observations, `[rows, D]` or `[rows, C, H, W]`.
    public let observation: Node
    /// q(z|o).
    public let posterior: Posterior
    /// z̃ = μ + σ⊙ε; μ where the latent is deterministic. `[rows, Z]`.
    public let sampledLatent: Node
    /// What the policy head sees, z and the core's output, behind their gates. `[rows, Z + H]`.
    public let policyFeatures: Node
    /// What the value head sees, likewise.
    public let valueFeatures: Node
    /// z's mean, and what the core remembers after it: what a model of the latent goes on from. `[rows, Z + S]`.
    public let state: Node
    /// The reservoir's doors, when an objective takes part of it.
    public private(set) var reservoir: ReservoirPorts?

    /// Which actions may be taken in the rows; nil: any, always.
    public let mask: ActionMask?

    /// What rows are of one sequence.
    public let order: RowOrder
    /// What followed the steps.
    public let successors: Successors

    private let isEncoderFrozen: Bool
    private(set) var outputs: [RowOutput: Port<Float>] = [:]
    private(set) var targets: [TargetColumn: Port<Float>] = [:]
    private(set) var scalars: [ScalarInput: Port<Float>] = [:]
    private var grownElbo: ElboTerms?
    private var grownDistribution: ActionDistribution?
    private var grownLogProbability: Node?
    private var grownValue: StateValue?

    /// The core is of the heads, not of the autoencoder: what flows back through it into the encoder passes the value's gate.
    /// Where only the value may train the encoder, it alone trains the core too; where neither may, both train the core.
    public init(_ g: inout Graph, _ context: TrainingContext, _ order: RowOrder) {
        let policy = context.policy
        self.policy = policy
        self.order = order
        let weight = g.input("weight", .perRow(.unroll), Float.self)
        let action = ActionPort(&g, policy.environment.action)
        mask = ActionMask(&g, policy.environment, .unroll)
        let (port, x) = policy.observation(&g, .unroll)
        isEncoderFrozen = context.latent.isEncoderFrozen
        posterior = policy.encode(&g, x, isFrozen: isEncoderFrozen)
        let noise = policy.isStochastic ? NoisePorts(&g, .unroll) : nil
        sampledLatent = noise.map { [posterior] in policy.sample(&g, posterior, $0) } ?? posterior.mean
        let z = context.acting.latentMode == .noise ? sampledLatent : posterior.mean
        let gradient = context.latent.encoderGradient
        let valueLatent = g.gate(z, open: gradient != .vaeOnly)
        let core = order.steps.flatMap { policy.recurrentCore(&g, valueLatent, .unroll, sequences: .columns, steps: $0) }
        valueFeatures = policy.features(&g, valueLatent, core?.output)
        state = policy.state(&g, posterior.mean, core)
        policyFeatures = policy.features(
            &g, g.gate(z, open: gradient == .all), core.map { g.gate($0.output, open: gradient != .critic) })
        observation = x
        var following: SuccessorPorts?
        switch order {
        case .sequences: successors = Successors(rows: .unroll, observation: x, features: valueFeatures, mask: mask)
        case .transitions:
            let (port, x) = policy.observation(&g, .successors)
            let samples = context.acting.latentMode == .noise && policy.isStochastic
            let noise = samples ? NoisePorts(&g, .successors) : nil
            let posterior = policy.encode(&g, x)
            let z = noise.map { policy.sample(&g, posterior, $0) } ?? posterior.mean
            let mask = ActionMask(&g, policy.environment, .successors)
            successors = Successors(rows: .successors, observation: x, features: policy.features(&g, z, nil), mask: mask)
            following = SuccessorPorts(observation: port, noise: noise, mask: mask?.port)
        }
        ports = BatchPorts(
            observation: port, action: action, mask: mask?.port, noise: noise, core: core?.ports, weight: weight, successors: following)
    }

    /// Over states that nobody encoded, in the place of observations: there is no encoder, and what is asked of the posterior is z.
    init(dreaming g: inout Graph, _ context: TrainingContext, steps: Int) {
        policy = context.policy
        order = .sequences(rows: steps)
        isEncoderFrozen = true
        let weight = g.input("weight", .perRow(.unroll), Float.self)
        let action = ActionPort(&g, policy.environment.action)
        mask = nil
        let told = g.input("state", .perRow(.unroll, policy.stateCount), Float.self)
        (state, observation) = (told.node, told.node)
        sampledLatent = policy.latent(&g, ofState: state)
        posterior = Posterior(mean: sampledLatent)
        policyFeatures = policy.features(&g, ofState: state)
        valueFeatures = policyFeatures
        successors = Successors(rows: .unroll, observation: observation, features: policyFeatures, mask: nil)
        ports = BatchPorts(
            observation: .float32(told), action: action, mask: nil, noise: nil, core: nil, weight: weight, successors: nil)
    }

    /// Σ over rows of the row's weight times a number per row: the mean over the steps that count.
    public func mean(_ g: inout Graph, _ row: Node) -> Node { g.sum(g.multiply(row, ports.weight.node), over: .rows) }

    /// The two halves of −ELBO of every row, with what the decoder gives; nil when the model has no decoder.
    public mutating func elbo(_ g: inout Graph) -> ElboTerms? {
        if let grownElbo { return grownElbo }
        grownElbo = policy.elbo(&g, observation, posterior, latent: sampledLatent)
        return grownElbo
    }

    /// π(·|z) of every row.
    public mutating func distribution(_ g: inout Graph) -> ActionDistribution {
        if let grownDistribution { return grownDistribution }
        let distribution = policy.actionDistribution(&g, policyFeatures, mask: mask)
        grownDistribution = distribution
        return distribution
    }

    /// log π(a|z) of the action that was taken, `[rows]`.
    public mutating func logProbability(_ g: inout Graph) -> Node {
        if let grownLogProbability { return grownLogProbability }
        let taken = distribution(&g).logProbability(&g, of: ports.action)
        grownLogProbability = taken
        return taken
    }

    /// log p(a|z) of the action that was taken by the target's parameters, encoder and core included: z is the mean of q(z|o). `[rows]`.
    public func targetLogProbability(_ g: inout Graph) -> Node {
        g.reading(from: .target) { g in
            let z = policy.mean(&g, observation)
            let memory = order.steps.flatMap { steps in ports.core.flatMap { policy.recurrentCore(&g, z, $0, steps: steps) } }
            let distribution = policy.actionDistribution(&g, policy.features(&g, z, memory?.output), mask: mask)
            return distribution.logProbability(&g, of: ports.action)
        }
    }

    /// Independent standard normal numbers, `[rows, count]`, as the rows' noise says.
    /// - Parameters:
    ///   - rows: the batch's, or those of what followed.
    ///   - draw: tells apart what they are for; see ``Draw``.
    public mutating func gaussian(_ g: inout Graph, _ rows: Rows = .unroll, count: Int, draw: UInt32) -> Node {
        let noise = noise(&g, rows)
        return g.gaussian(key: noise.key, step: noise.step, environment: noise.environment, count: count, draw: draw)
    }

    private mutating func noise(_ g: inout Graph, _ rows: Rows) -> NoisePorts {
        let place: WritableKeyPath<BatchPorts, NoisePorts?> = rows == .unroll ? \.noise : \.successors!.noise
        let noise = ports[keyPath: place] ?? NoisePorts(&g, rows)
        ports[keyPath: place] = noise
        return noise
    }

    /// V(z), `[rows]`.
    public mutating func value(_ g: inout Graph) -> Node { stateValue(&g).mean }

    /// V(z) with the loss that trains it: the square of its error, or the cross-entropy where it is a distribution over bins.
    public mutating func stateValue(_ g: inout Graph) -> StateValue {
        if let grownValue { return grownValue }
        let value = policy.stateValue(&g, valueFeatures)
        grownValue = value
        return value
    }

    /// What heads see of the successors by the target's parameters, encoder and core included, `[rows, Z + H]`: z is the mean of q(z|o).
    public func targetFeatures(_ g: inout Graph) -> Node {
        g.reading(from: .target) { g in
            let z = policy.mean(&g, successors.observation)
            let memory = order.steps.flatMap { steps in ports.core.flatMap { policy.recurrentCore(&g, z, $0, steps: steps) } }
            return policy.features(&g, z, memory?.output)
        }
    }

    /// Declares a column that the host writes between the stages; asked for again, it is the same. `[rows]`, of several numbers
    /// `[rows, width]`.
    public mutating func target(_ g: inout Graph, _ column: TargetColumn) -> Node {
        if let known = targets[column] { return known.node }
        let shape = Shape(rows: .unroll, dims: column.width == 1 ? [] : [column.width])
        let port = g.input(column.name, shape, Float.self, stage: .backward)
        targets[column] = port
        return port.node
    }

    /// Declares a number that the host sets before a step.
    public mutating func scalar(_ g: inout Graph, _ input: ScalarInput) -> Node {
        if let known = scalars[input] { return known.node }
        let port = g.input(input.name, .scalar, Float.self)
        scalars[input] = port
        return port.node
    }

    /// Lets σ² of p(part|z), which is learned in closed form, follow.
    /// - Parameters:
    ///   - error: Σ over rows of weight times squared error.
    ///   - moments: of the part's scaled numbers.
    public mutating func follow(_ g: inout Graph, _ branch: ModelBranch, error: Node, _ moments: Moments) {
        output(&g, .squaredError(branch), error)
        output(&g, .observationFirstMoment(branch), moments.first)
        output(&g, .observationSecondMoment(branch), moments.second)
    }

    /// Lets the prior, which is learned in closed form, follow.
    public mutating func follow(_ g: inout Graph, latent: Moments) {
        output(&g, .latentFirstMoment, latent.first)
        output(&g, .latentSecondMoment, latent.second)
    }

    /// Lets the host read something of every row.
    public mutating func output(_ g: inout Graph, _ output: RowOutput, _ node: Node) {
        if outputs[output] == nil { outputs[output] = g.output(output.name, node) }
    }

    /// Grows q(z|o) over observations drawn from the reservoir of the run, besides the batch's.
    /// - Parameter share: of all observations, in 0 ..< 1, that come from it.
    public mutating func growReservoir(_ g: inout Graph, share: Float) -> ReservoirPass {
        guard reservoir == nil else { fatalError("two objectives take part of the reservoir") }
        let (port, x) = policy.observation(&g, .reservoir)
        let posterior = policy.encode(&g, x, isFrozen: isEncoderFrozen)
        let noise = policy.isStochastic ? NoisePorts(&g, .reservoir) : nil
        let z = noise.map { policy.sample(&g, posterior, $0) } ?? posterior.mean
        let weight = g.input("reservoir.weight", .perRow(.reservoir), Float.self)
        reservoir = ReservoirPorts(observation: port, noise: noise, weight: weight, share: share)
        return ReservoirPass(observation: x, posterior: posterior, sampledLatent: z, weight: weight.node)
    }

    /// Grows what targets need, for the host to read.
    mutating func grow(_ g: inout Graph, _ needs: [RowOutput]) {
        for need in needs where outputs[need] == nil {
            switch need {
            case .value: output(&g, need, value(&g))
            case .logProbability: output(&g, need, logProbability(&g))
            case .latentMean: output(&g, need, posterior.mean)
            default: fatalError("\(need.name) is needed and no pass gives it by itself: call pass.output in grow")
            }
        }
    }
}

/// How the rows of a batch follow each other.
public enum RowOrder: Hashable, Sendable {
    /// Sequences side by side, time-major, each of so many rows: the T steps and what followed the last. What followed a step is the
    /// sequence's next row.
    case sequences(rows: Int)
    /// Steps on their own. What followed each has the row of the same number among rows of their own.
    case transitions

    /// Rows of a sequence, T + 1; nil of steps on their own.
    public var steps: Int? { if case .sequences(let rows) = self { rows } else { nil } }
}

/// What followed the steps of a batch, which no derivative is made by: the batch's own rows of sequences, others of steps on their own.
public struct Successors: Sendable {
    /// The batch's own, or others.
    public let rows: Rows
    /// Scaled.
    public let observation: Node
    /// What the heads see, `[rows, Z + H]`.
    public let features: Node
    /// Which actions may be taken in them; nil: any.
    public let mask: ActionMask?

    /// Whether they are the batch's rows.
    public var areShared: Bool { rows == .unroll }
}

/// Means over rows of numbers and of their squares, `[D]` each.
public struct Moments: Sendable {
    /// Mean of x.
    public let first: Node
    /// Mean of x².
    public let second: Node

    public init(first: Node, second: Node) { (self.first, self.second) = (first, second) }
}

/// The host's doors for a batch.
public struct BatchPorts: Sendable {
    /// What was seen, `[rows, D]`.
    public let observation: ObservationPort
    /// What was done.
    public let action: ActionPort
    /// Where environments tell which actions may be taken, `[rows, A]`.
    public let mask: Port<UInt8>?
    /// Where something is sampled.
    public internal(set) var noise: NoisePorts?
    /// Where there is a recurrent core.
    public let core: CorePorts?
    /// 1/N for each of the N steps that count, else 0. `[rows]`.
    public let weight: Port<Float>
    /// Where they have rows of their own.
    public internal(set) var successors: SuccessorPorts?
}

/// The host's doors for what followed steps on their own.
public struct SuccessorPorts: Sendable {
    /// What was seen, `[rows, D]`.
    public let observation: ObservationPort
    /// Where something is sampled.
    public internal(set) var noise: NoisePorts?
    /// Where environments tell which actions may be taken, `[rows, A]`.
    public let mask: Port<UInt8>?
}

/// The host's doors for observations of the reservoir.
public struct ReservoirPorts: Sendable {
    /// What was seen, `[rows, D]`.
    public let observation: ObservationPort
    /// Where something is sampled.
    public let noise: NoisePorts?
    /// One over their number. `[rows]`.
    public let weight: Port<Float>
    /// Of all observations, how many come from it.
    public let share: Float
}

/// The autoencoder's half of the model over those.
public struct ReservoirPass: Sendable {
    /// Scaled, `[rows, D]`.
    public let observation: Node
    /// q(z|x).
    public let posterior: Posterior
    /// z̃, a sample of it or its mean. `[rows, Z]`.
    public let sampledLatent: Node
    /// One over their number. `[rows]`.
    public let weight: Node
}
