public import StarlingCompute
public import StarlingExperience

/// What a planner computes: from states and actions what the model says of what follows, and what the heads say of states.
public struct PlanningGraph: Sendable {
    /// From a state and an action to what may follow.
    public let stepping: Graph
    /// Where one begins.
    public let state: Port<Float>  // [rows, Z + S]
    /// As numbers: see `LatentDynamics.actionCount`.
    public let action: Port<Float>  // [rows, actionCount]
    /// By outcome, the next state.
    public let next: [Port<Float>]  // [rows, Z + S] each
    /// symlog of the reward, and the logit of the probability that the episode terminates, by outcome.
    public let rewards: [Port<Float>]  // [rows] each
    /// Logits of the probability that the episode terminates, by outcome.
    public let endings: [Port<Float>]
    /// V of the next state, by outcome.
    public let values: [Port<Float>]  // [rows] each
    /// log p by outcome; nil where there is one.
    public let chances: Port<Float>?  // [rows, K]
    /// What the policy head says of the next state; nil where there are several.
    public let logits: Port<Float>?  // [rows, A]

    /// From a state to what the heads say of it.
    public let judging: Graph
    /// The state that is judged.
    public let judged: Port<Float>  // [rows, Z + S]
    /// What the policy head says of it.
    public let judgedLogits: Port<Float>  // [rows, A]
    /// V of it.
    public let judgedValue: Port<Float>  // [rows]

    /// - Precondition: the model has dynamics.
    public init(_ policy: LatentPolicy, _ dynamics: LatentDynamics, layoutMode: ActingSpec.LatentMode) {
        var g = policy.makeActingGraph(layoutMode)
        let state = g.input("state", .perRow(.acting, dynamics.stateCount), Float.self)
        let action = g.input("action", .perRow(.acting, dynamics.actionCount), Float.self)
        (self.state, self.action) = (state, action)
        let told = (0..<dynamics.memberCount).map { dynamics.step(&g, state.node, action.node, member: $0) }
        let outcomes = told[0].each
        var states = outcomes.map(\.state)
        if told.count > 1 {
            let sum = told.dropFirst().reduce(outcomes[0].latent) { g.add($0, $1.each[0].latent) }
            states = [policy.state(&g, g.scale(sum, 1 / Float(told.count)), after: state.node)]
        }
        let features = states.map { policy.features(&g, ofState: $0) }
        next = states.enumerated().map { g.output("next.\($0)", $1) }
        rewards = outcomes.enumerated().map { g.output("reward.\($0)", $1.reward) }
        endings = outcomes.enumerated().map { g.output("ending.\($0)", $1.ending) }
        values = features.enumerated().map { g.output("value.\($0)", policy.value(&g, $1)) }
        chances = told[0].logProbabilities.map { g.output("chances", $0) }
        logits = features.count == 1 ? g.output("logits", policy.logits(&g, features[0])) : nil
        stepping = g

        var judging = policy.makeActingGraph(layoutMode)
        judged = judging.input("state", .perRow(.acting, dynamics.stateCount), Float.self)
        let seen = policy.features(&judging, ofState: judged.node)
        judgedLogits = judging.output("logits", policy.logits(&judging, seen))
        judgedValue = judging.output("value", policy.value(&judging, seen))
        self.judging = judging
    }
}
