public import StarlingCompute
public import StarlingExperience

/// What a planner computes: from latents and actions what the model says of what follows, and what the heads say of latents.
public struct PlanningGraph: Sendable {
    /// From z and an action to what may follow.
    public let stepping: Graph
    public let latent: Port<Float>  // [rows, Z]
    public let action: Port<Float>  // [rows, actionCount]
    /// By outcome, the next z.
    public let next: [Port<Float>]  // [rows, Z] each
    /// symlog of the reward, and the logit of the probability that the episode terminates, by outcome.
    public let rewards: [Port<Float>]  // [rows] each
    public let endings: [Port<Float>]
    /// V of the next z, by outcome.
    public let values: [Port<Float>]  // [rows] each
    /// log p by outcome; nil where there is one.
    public let chances: Port<Float>?  // [rows, K]
    /// What the policy head says of the next z; nil where there are several.
    public let logits: Port<Float>?  // [rows, A]

    /// From z to what the heads say of it.
    public let judging: Graph
    public let judged: Port<Float>  // [rows, Z]
    public let judgedLogits: Port<Float>  // [rows, A]
    public let judgedValue: Port<Float>  // [rows]

    /// - Precondition: the model has dynamics.
    public init(_ policy: LatentPolicy, _ dynamics: LatentDynamics, layoutMode: ActingSpec.LatentMode) {
        var g = policy.makeActingGraph(layoutMode)
        let latent = g.input("latent", .perRow(.acting, dynamics.latentCount), Float.self)
        let action = g.input("action", .perRow(.acting, dynamics.actionCount), Float.self)
        (self.latent, self.action) = (latent, action)
        let told = (0..<dynamics.memberCount).map { dynamics.step(&g, latent.node, action.node, member: $0) }
        let outcomes = told[0].each
        var latents = outcomes.map(\.latent)
        if told.count > 1 {
            let sum = told.dropFirst().reduce(latents[0]) { g.add($0, $1.each[0].latent) }
            latents = [g.scale(sum, 1 / Float(told.count))]
        }
        next = latents.enumerated().map { g.output("next.\($0)", $1) }
        rewards = outcomes.enumerated().map { g.output("reward.\($0)", $1.reward) }
        endings = outcomes.enumerated().map { g.output("ending.\($0)", $1.ending) }
        values = latents.enumerated().map { g.output("value.\($0)", policy.value(&g, $1)) }
        chances = told[0].logProbabilities.map { g.output("chances", $0) }
        logits = latents.count == 1 ? g.output("logits", policy.logits(&g, latents[0])) : nil
        stepping = g

        var judging = policy.makeActingGraph(layoutMode)
        judged = judging.input("latent", .perRow(.acting, dynamics.latentCount), Float.self)
        judgedLogits = judging.output("logits", policy.logits(&judging, judged.node))
        judgedValue = judging.output("value", policy.value(&judging, judged.node))
        self.judging = judging
    }
}
