public import StarlingConfiguration
public import StarlingExperience
public import StarlingTraining

/// A policy that writes sequences, in three acts (Yu et al. 2017, "SeqGAN", algorithm 1): it learns the data set by likelihood; then a
/// discriminator learns to tell its sequences from the data's; then the policy gradient, with a value head in the place of roll-outs, goes
/// by rewards that the learner makes: what the discriminator says, what the frozen prior finds likely, and what the environment gave.
///
/// The acts are a schedule over frames, so one command goes through all of them, and a resumed run goes on where it was.
public struct Generator: Algorithm, Hashable {
    public var likelihood = Likelihood(data: "text", frames: 100_000, updatesPerFrame: 0.1)
    // By rewards.
    public var discount: Float = 1
    public var lambda: Float = 0.95
    public var epochs = 1
    public var minibatchRows = 320
    public var clip: Float = 0.2
    public var valueCost: Float = 0.25
    public var entropyCost: Float = 0
    public var taskWeight: Float = 0
    public var adversaryWeight: Float = 1
    public var priorWeight: Float = 0
    public var klWeight: Float = 0
    // The discriminator.
    public var discriminatorFrames: UInt64 = 20_000
    public var discriminatorUpdatesPerFrame = 0.001
    public var discriminatorColumns = 64
    public var discriminatorWidth = 64
    public var discriminatorRate: Float = 1e-3
    public var smoothing: Float = 0.1
    public var gate: Float = 0.9

    public init() {}

    public static let name = "generator"
    public static let summary = "sequences by likelihood, then by the policy gradient against a discriminator and a frozen prior"

    public static let keys =
        Likelihood.keys.inside(\.likelihood)
        + KeyTable<Self>([
            .number("discount", \.discount, in: 0...1, "γ."),
            .number("lambda", \.lambda, in: 0...1, "λ of the generalised advantages."),
            .integer(
                "epochs", \.epochs, in: 1...1000,
                "Times that a batch is gone over: once is REINFORCE with a value head, more are PPO's minibatches."),
            .integer("minibatch_rows", \.minibatchRows, in: 2...1_000_000, "Steps of a minibatch at most, whole unrolls."),
            .number("clip", \.clip, in: 0...10, "ε: how far π/π_prox may go before its gradient is cut; with several epochs."),
            .number("value_cost", \.valueCost, in: 0...1e6, "Weight of ½(V−G)²."),
            .number("entropy_cost", \.entropyCost, in: 0...1e6, "Weight of the entropy bonus."),
            .number("task", \.taskWeight, in: 0...1e6, "Weight of the environment's rewards."),
            .number("adversary", \.adversaryWeight, in: 0...1e6, "Weight of −log(1 − D) of a sequence; 0: there is no discriminator."),
            .number("prior", \.priorWeight, in: 0...1e6, "Weight of log p of a token, p the policy as likelihood left it."),
            .number("kl", \.klWeight, in: 0...1e6, "κ: what a nat of divergence from that policy costs, per token."),
            .integer(
                "discriminator_frames", \.discriminatorFrames, in: 0...1_000_000_000_000,
                "Frames, behind those of likelihood, in which the discriminator learns and the policy stays."),
            .number("discriminator_updates_per_frame", \.discriminatorUpdatesPerFrame, in: 1e-6...100, "Steps of it for each frame."),
            .integer(
                "discriminator_columns", \.discriminatorColumns, in: 1...65_536, "Sequences of such a step, and as many of the policy."),
            .integer("discriminator_width", \.discriminatorWidth, in: 1...65_536, "Of its embeddings, its GRU and its hidden layer."),
            .number("discriminator_rate", \.discriminatorRate, in: 0...10, "Its learning rate."),
            .number("smoothing", \.smoothing, in: 0...0.5, "What is taken from the label 1 of the data."),
            .number("gate", \.gate, in: 0...1, "It rests on a batch of which it tells more than this share right already."),
        ])

    /// The advantages are those of the policy that wrote.
    public var wantsNewestParameters: Bool { true }
    public var needsDiscreteActions: Bool { true }

    public func conflict(with model: ModelSpec, _ environment: EnvironmentSpec) -> String? {
        if let conflict = environment.masksConflict(with: Self.name, because: "learns sequences of which nobody tells one") {
            return conflict
        }
        if model.core == .none { return "a generator must remember what it wrote: set model.core to gru or lstm" }
        if model.frameStack > 1 { return "the sequences of a data set have no stacks: set model.frame_stack to 1" }
        if model.representation.predicts {
            return """
                generator keeps the policy as likelihood left it, and predictions want a target that moves: set latent.representation to \
                none, vae or rae
                """
        }
        guard environment.observationLimit < EnvironmentSpec.usualLimit else {
            return "\(environment.name) doesn't say by its observationLimit which number stands for nothing written yet"
        }
        return nil
    }

    public func design(_ context: TrainingContext) -> TrainingDesign {
        let writer = ParameterGroup("generator", modules: context.policy.modules)
        let judge = TrainedGroup.discriminator(context, rate: discriminatorRate)
        let discriminator = SequenceDiscriminator(context.policy, width: discriminatorWidth)
        let (hasAdversary, hasPrior) = (adversaryWeight > 0, priorWeight > 0 || klWeight > 0)
        let ready = likelihood.frames + (hasAdversary ? discriminatorFrames : 0)

        var phases: [Phase] = []
        if let learning = likelihood.learning(beside: context.representation, moving: writer.name) { phases.append(learning) }
        if hasAdversary {
            let draw = SequenceDraw(likelihood.data, columns: discriminatorColumns, freshColumns: discriminatorColumns)
            let loss = Discriminate(discriminator, columns: discriminatorColumns, smoothing: smoothing, gate: gate)
            var judging = Phase([loss], from: .sequences(draw), moving: [judge.group.name])
            (judging.perFrame, judging.after) = (discriminatorUpdatesPerFrame, likelihood.frames)
            phases.append(judging)
        }
        var rewarded = policyPhase(context, moving: writer.name)
        rewarded.after = ready
        phases.append(rewarded)
        phases.append(likelihood.heldOut)

        let target: TrainedGroup.TargetRule = hasPrior ? .frozen(after: likelihood.frames) : .none
        var groups = [TrainedGroup(writer, context.optimizer, target: target)]
        if hasAdversary { groups.append(judge) }
        var design = TrainingDesign(groups: groups, phases: phases)
        design.rewardScale = taskWeight
        if hasAdversary { design.scorers.append(AdversarialScore(discriminator, weight: adversaryWeight)) }
        if hasPrior { design.scorers.append(PriorScore(weight: priorWeight, klWeight: klWeight)) }
        design.scoresAfter = ready
        return design
    }

    private func policyPhase(_ context: TrainingContext, moving group: String) -> Phase {
        guard epochs > 1 else {
            let loss = A2CLoss(
                discount: discount, lambda: lambda, valueCost: valueCost, entropyCost: entropyCost, normalizesAdvantages: true)
            return Phase(context.representation + [loss], from: .batch, moving: [group])
        }
        let loss = PPOLoss(
            discount: discount, lambda: lambda, clip: clip, rhoClip: 1, valueCost: valueCost, entropyCost: entropyCost,
            normalizesAdvantages: true)
        let source = Phase.Source.minibatches(rows: min(minibatchRows, context.stepCount), epochs: epochs)
        return Phase(context.representation + [loss], from: source, moving: [group])
    }
}
