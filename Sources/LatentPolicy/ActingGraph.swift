public import StarlingCompute
public import StarlingExperience

/// What an actor computes: observations in, logits of π out, and to plan from there the model's state and V. It has no decoder and no gradient.
public struct ActingGraph: Sendable {
    /// All of it.
    public let graph: Graph
    /// Where observations go in.
    public let observation: ObservationPort  // [rows, D]
    /// Only where the policy acts on a sampled latent.
    public let noise: NoisePorts?
    /// Only where the model has a recurrent core.
    public let core: Core?
    /// Only where environments tell which actions may be taken.
    public let mask: ActionMask?
    /// What the policy head says: logits, action values, or means and log σ.
    public let logits: Port<Float>  // [rows, A]
    /// Only where actors plan.
    public let root: Root?

    /// What plans begin with.
    public struct Root: Sendable {
        /// Of the model of the latent.
        public let state: Port<Float>  // [rows, Z + S]
        /// V.
        public let value: Port<Float>  // [rows]
    }

    /// Ports of a recurrent core.
    public struct Core: Sendable {
        /// Where states go in, and where they begin anew.
        public let ports: CorePorts
        /// States after the step, to be those before the next.
        public let states: Port<Float>  // [rows, S]
    }

    /// - Parameters:
    ///   - latentMode: what the policy acts on.
    ///   - layoutMode: the mode of the run, which decides what actors are sent.
    ///   - plans: whether plans are made from there.
    public init(
        _ policy: LatentPolicy, latentMode: ActingSpec.LatentMode, layoutMode: ActingSpec.LatentMode, plans: Bool = false
    ) {
        var g = policy.makeActingGraph(layoutMode)
        let (port, x) = policy.observation(&g, .acting)
        let z: Node
        switch latentMode {
        case .mean:
            z = policy.mean(&g, x)
            noise = nil
        case .noise:
            let ports = NoisePorts(&g, .acting)
            z = policy.sample(&g, policy.encode(&g, x), ports)
            noise = ports
        }
        let memory = policy.recurrentCore(&g, z, .acting, sequences: .acting, steps: 1)
        core = memory.map { Core(ports: $0.ports, states: g.output("core.states", $0.states)) }
        let features = policy.features(&g, z, memory?.output)
        let mask = ActionMask(&g, policy.environment, .acting)
        self.mask = mask
        logits = g.output("logits", policy.logits(&g, features, mask: mask))
        root =
            plans ? Root(state: g.output("state", policy.state(&g, z, memory)), value: g.output("value", policy.value(&g, features))) : nil
        observation = port
        graph = g
    }
}
