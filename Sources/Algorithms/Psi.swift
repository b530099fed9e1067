import StarlingCompute
public import StarlingConfiguration
public import StarlingExperience
public import StarlingTraining

/// Ψ-learning (Jaques et al. 2017, "Tuning recurrent neural networks with reinforcement learning", after Rawlik et al. 2012): the logits of
/// the policy are what its actions are worth, where entropy is part of the reward, and it acts by their softmax. From fresh unrolls,
/// without replay and without a target network, so it wants `model.normalize_heads` where heads have hidden layers.
///
/// With a prior, `Ψ(s, a) = log p(a|s) + r/c + γ log Σ e^Ψ(s')`: it first learns a data set by likelihood, and p is what that left, which
/// the best policy is proportional to. `reward_scale` is 1/c.
///
/// G-learning (Fox et al. 2016, "Taming the noise in reinforcement learning via soft updates") of the same paper is the same: it learns
/// `G(s, a) = r/c + γ log Σ p(a'|s') e^G(s', a')` and acts by p·e^G. Actors have one head, which is then log p + G, so that `log Σ p e^G` is
/// `log Σ e^Ψ`, the error of G is that of Ψ, and there is nothing to choose.
public struct Psi: Algorithm, Hashable {
    public var likelihood = Likelihood(data: "essen", frames: 0, updatesPerFrame: 0.003)
    public var discount: Float = 0.9
    public var huber: Float = 1
    public var epochs = 2
    public var minibatchRows = 128
    public var rewardScale: Float = 1

    public init() {}

    public static let name = "psi"
    public static let summary = "Ψ-learning: soft Q-learning, beside the prior that likelihood of a data set left"

    public static let keys =
        Likelihood.keys.inside(\Self.likelihood)
        + KeyTable<Self>([
            .number("discount", \.discount, in: 0...1, "γ."),
            .number("huber", \.huber, in: 1e-6...1e9, "κ: |δ| beyond which the loss is linear; large for the squared error."),
            .integer("epochs", \.epochs, in: 1...1000, "Times that each batch is gone over."),
            .integer("minibatch_rows", \.minibatchRows, in: 2...1_000_000, "Steps of a minibatch at most."),
            .number(
                "reward_scale", \.rewardScale, in: 1e-6...1e6,
                "Multiplies rewards before anything else: what they count beside the entropy, and beside the prior."),
        ])

    public var wantsNewestParameters: Bool { true }
    public var needsDiscreteActions: Bool { true }

    public func conflict(with model: ModelSpec, _ environment: EnvironmentSpec) -> String? {
        if let conflict = model.binsConflict(with: Self.name) { return conflict }
        guard likelihood.frames > 0 else { return nil }
        if let conflict = environment.masksConflict(
            with: Self.name, because: "with likelihood_frames learns sequences of which nobody tells one")
        {
            return conflict
        }
        if model.representation.predicts {
            return "psi keeps the policy as likelihood left it, and predictions want a target that moves: set latent.representation to none"
        }
        guard environment.observationLimit < EnvironmentSpec.usualLimit else {
            return "\(environment.name) doesn't say by its observationLimit which number stands for nothing written yet"
        }
        return nil
    }

    public func design(_ context: TrainingContext) -> TrainingDesign {
        let loss = ActionValueLoss(
            values: ActionValues(), bootstrap: .soft, discount: discount, usesTarget: false, huber: huber, exploration: Exploration())
        let source = Phase.Source.minibatches(rows: min(minibatchRows, context.stepCount), epochs: epochs)
        var acting = Phase(context.representation + [loss], from: source)
        acting.after = likelihood.frames
        var design = TrainingDesign([acting], context)
        design.rewardScale = rewardScale
        guard let learning = likelihood.learning(moving: ParameterGroup.all.name) else { return design }
        design.phases = [learning, likelihood.heldOut, acting]
        design.groups = [TrainedGroup(.all, context.optimizer, target: .frozen(after: likelihood.frames))]
        design.scorers = [PriorScore(weight: 1, klWeight: 0)]
        design.scoresAfter = likelihood.frames
        return design
    }
}
