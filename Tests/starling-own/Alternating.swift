import StarlingAlgorithms

/// An algorithm of a user's own: first the critic alone fits the returns of the batch, in minibatches and at its own learning rate;
/// then the actor makes one step along the policy gradient with the advantages that the better critic gives.
struct Alternating: Algorithm {
    var discount: Float = 0.99
    var lambda: Float = 0.95
    var entropyCost: Float = 0.01
    var criticRate: Float = 0.003

    static let name = "alternating"
    static let summary = "the critic first, in minibatches, then one step of the actor"

    static let keys = KeyTable<Self>([
        .number("discount", \.discount, in: 0...1, "γ."),
        .number("lambda", \.lambda, in: 0...1, "λ of returns and advantages."),
        .number("entropy_cost", \.entropyCost, in: 0...1e6, "Weight of the entropy bonus."),
        .number("critic_rate", \.criticRate, in: 0...1, "Learning rate of the critic."),
    ])

    func design(_ context: TrainingContext) -> TrainingDesign {
        var critic = context.optimizer
        critic.learningRate = criticRate
        let actor = ParameterGroup("actor", modules: context.policy.modules.filter { $0 != "value" })
        return TrainingDesign(
            groups: [
                TrainedGroup(ParameterGroup("critic", modules: ["value"]), critic), TrainedGroup(actor, context.optimizer),
            ],
            phases: [
                Phase(
                    [FitReturns(discount: discount, lambda: lambda)],
                    from: .minibatches(rows: max(1, context.stepCount / 4), epochs: 4), moving: ["critic"]),
                Phase(
                    context.representation + [PolicyStep(discount: discount, lambda: lambda, entropyCost: entropyCost)],
                    moving: ["actor"]),
            ])
    }
}
