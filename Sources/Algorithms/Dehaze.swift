public import StarlingConfiguration
public import StarlingExperience
public import StarlingTraining

/// Proximal policy optimisation beside a latent that clears what is seen of haze: see ``Dehazing``; against a discriminator of windows
/// (``AdversarialClearing``), and beside a conditional autoencoder (``ConditionalClearing``), where these have a weight.
public struct Dehaze: Algorithm, Hashable {
    public var policy = PPO()
    public var windowCost: Float = 1
    public var transmissionCost: Float = 0.2
    public var adversaryCost: Float = 0
    public var discriminatorRate: Float = 1e-3
    public var conditionalCost: Float = 0

    public init() {}

    public static let name = "dehaze"
    public static let summary = "PPO beside a latent that tells the haze in what is seen, and clears it"

    public static let keys =
        KeyTable<Self>([
            .number("window_cost", \.windowCost, in: 0...1e6, "Weight of |J' − J|, the window that is cleared by what z tells of haze."),
            .number("transmission_cost", \.transmissionCost, in: 0...1e6, "Weight of |t' − t|, the transmission that z tells."),
            .number(
                "adversary_cost", \.adversaryCost, in: 0...1e6,
                "Weight of −log D(J'), D a discriminator's of cleared windows and such without haze; 0: there is none."),
            .number("discriminator_rate", \.discriminatorRate, in: 0...10, "Its learning rate."),
            .number(
                "conditional_cost", \.conditionalCost, in: 0...1e6,
                "Weight of the same from z of r(z|I, J), which sees the window without haze too, with KL(r ‖ q(z|I)); 0: there is no r."),
        ]) + PPO.keys.inside(\Self.policy)

    public var wantsNewestParameters: Bool { policy.wantsNewestParameters }
    /// Windows move by steps.
    public var needsDiscreteActions: Bool { true }

    public func conflict(with model: ModelSpec, _ environment: EnvironmentSpec) -> String? {
        if let fault = Dehazing.fault(model, environment) { return fault }
        guard conditionalCost > 0, !model.representation.isVariational || model.latentClasses != nil else { return nil }
        return """
            a conditional autoencoder moves the Normal that z is drawn from, and this z has none: set latent.representation to vae, \
            without model.latent_classes, or dehaze.conditional_cost to 0
            """
    }

    public func design(_ context: TrainingContext) -> TrainingDesign {
        var objectives: [any Objective] = [Dehazing(windowCost: windowCost, transmissionCost: transmissionCost)]
        if conditionalCost > 0 {
            objectives.append(
                ConditionalClearing(context, cost: conditionalCost, windowCost: windowCost, transmissionCost: transmissionCost))
        }
        guard adversaryCost > 0 else { return policy.design(context, beside: objectives) }
        var design = policy.design(context, beside: objectives + [AdversarialClearing(cost: adversaryCost)])
        let model = ParameterGroup("model", modules: modelModules(context))
        let discriminator = TrainedGroup.discriminator(context, rate: discriminatorRate)
        design.groups[0].group = model
        design.groups.append(discriminator)
        design.phases[0].groups = [model.name, discriminator.group.name]
        return design
    }

    /// All but the discriminator.
    private func modelModules(_ context: TrainingContext) -> [String] {
        var modules = Set(context.policy.modules)
        if context.policy.model.representation.predicts { modules.formUnion(context.dynamics.modules) }
        if conditionalCost > 0 { modules.insert(ConditionalClearing.module) }
        return modules.sorted()
    }
}
