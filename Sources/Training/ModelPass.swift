package import StarlingCompute
import StarlingExperience
package import StarlingLatentPolicy

/// The latent policy grown over the rows of a batch, with the host's doors to it: what objectives grow their terms on. Heads are
/// grown when the first objective asks.
package struct ModelPass {
    package let policy: LatentPolicy
    /// The doors of what unrolls bring.
    package let ports: BatchPorts
    /// Scaled observations, `[rows, D]` or `[rows, C, H, W]`.
    package let observation: Node
    /// q(z|o).
    package let posterior: Posterior
    /// z̃ = μ + σ⊙ε; μ where the latent is deterministic. `[rows, Z]`.
    package let sampledLatent: Node
    /// What the policy head sees, z and the core's output, behind their gates. `[rows, Z + H]`.
    package let policyFeatures: Node
    /// What the value head sees, likewise.
    package let valueFeatures: Node
    /// The reservoir's doors, when an objective takes part of it.
    package private(set) var reservoir: ReservoirPorts?

    private(set) var outputs: [RowOutput: Port<Float>] = [:]
    private(set) var targets: [TargetColumn: Port<Float>] = [:]
    private(set) var scalars: [ScalarInput: Port<Float>] = [:]
    private var grownDistribution: ActionDistribution?
    private var grownLogProbability: Node?
    private var grownValue: Node?

    /// The core is of the heads, not of the autoencoder: what flows back through it into the encoder passes the value's gate.
    /// Where only the value may train the encoder, it alone trains the core too; where neither may, both train the core.
    /// - Parameters:
    ///   - steps: rows of a sequence, T + 1.
    package init(_ g: inout Graph, _ context: TrainingContext, steps: Int) {
        let policy = context.policy
        self.policy = policy
        let weight = g.input("weight", .perRow(.unroll), Float.self)
        let action = ActionPort(&g, policy.environment.action)
        let (port, x) = policy.observation(&g, .unroll)
        posterior = policy.encode(&g, x)
        let noise = policy.isStochastic ? NoisePorts(&g, .unroll) : nil
        sampledLatent = noise.map { [posterior] in policy.sample(&g, posterior, $0) } ?? posterior.mean
        let z = context.acting.latentMode == .noise ? sampledLatent : posterior.mean
        let gradient = context.latent.encoderGradient
        let valueLatent = g.gate(z, open: gradient != .vaeOnly)
        let core = policy.recurrentCore(&g, valueLatent, .unroll, sequences: .columns, steps: steps)
        valueFeatures = policy.features(&g, valueLatent, core?.output)
        policyFeatures = policy.features(
            &g, g.gate(z, open: gradient == .all), core.map { g.gate($0.output, open: gradient != .critic) })
        observation = x
        ports = BatchPorts(observation: port, action: action, noise: noise, core: core?.ports, weight: weight)
    }

    /// Σ over rows of the row's weight times a number per row: the mean over the steps that count.
    package func mean(_ g: inout Graph, _ row: Node) -> Node { g.sum(g.multiply(row, ports.weight.node), over: .rows) }

    /// π(·|z) of every row.
    package mutating func distribution(_ g: inout Graph) -> ActionDistribution {
        if let grownDistribution { return grownDistribution }
        let distribution = policy.actionDistribution(&g, policyFeatures)
        grownDistribution = distribution
        return distribution
    }

    /// log π(a|z) of the action that was taken, `[rows]`.
    package mutating func logProbability(_ g: inout Graph) -> Node {
        if let grownLogProbability { return grownLogProbability }
        let taken = distribution(&g).logProbability(&g, of: ports.action)
        grownLogProbability = taken
        return taken
    }

    /// V(z), `[rows]`.
    package mutating func value(_ g: inout Graph) -> Node {
        if let grownValue { return grownValue }
        let value = policy.value(&g, valueFeatures)
        grownValue = value
        return value
    }

    /// Declares a column that the host writes between the stages; asked for again, it is the same. `[rows]`.
    package mutating func target(_ g: inout Graph, _ column: TargetColumn) -> Node {
        if let known = targets[column] { return known.node }
        let port = g.input(column.name, .perRow(.unroll), Float.self, stage: .backward)
        targets[column] = port
        return port.node
    }

    /// Declares a number that the host sets before a step.
    package mutating func scalar(_ g: inout Graph, _ input: ScalarInput) -> Node {
        if let known = scalars[input] { return known.node }
        let port = g.input(input.name, .scalar, Float.self)
        scalars[input] = port
        return port.node
    }

    /// Lets the host read something of every row.
    package mutating func output(_ g: inout Graph, _ output: RowOutput, _ node: Node) {
        if outputs[output] == nil { outputs[output] = g.output(output.name, node) }
    }

    /// Grows q(z|o) over observations drawn from the reservoir of the run, besides the batch's.
    /// - Parameter share: of all observations, in 0 ..< 1, that come from it.
    package mutating func growReservoir(_ g: inout Graph, share: Float) -> ReservoirPass {
        precondition(reservoir == nil, "two objectives take part of the reservoir")
        let (port, x) = policy.observation(&g, .reservoir)
        let posterior = policy.encode(&g, x)
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
            default: preconditionFailure("no pass gives \(need.name) by itself")
            }
        }
    }
}

/// The host's doors for a batch of unrolls, rows time-major.
package struct BatchPorts: Sendable {
    package let observation: ObservationPort
    package let action: ActionPort
    /// Where the latent is sampled.
    package let noise: NoisePorts?
    /// Where there is a recurrent core.
    package let core: CorePorts?
    /// 1/N for each of the N steps that count, else 0. `[rows]`.
    package let weight: Port<Float>
}

/// The host's doors for observations of the reservoir.
package struct ReservoirPorts: Sendable {
    package let observation: ObservationPort
    package let noise: NoisePorts?
    package let weight: Port<Float>
    /// Of all observations, how many come from it.
    package let share: Float
}

/// The autoencoder's half of the model over those.
package struct ReservoirPass: Sendable {
    package let observation: Node
    package let posterior: Posterior
    package let sampledLatent: Node
    /// One over their number. `[rows]`.
    package let weight: Node
}
