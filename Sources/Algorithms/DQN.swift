public import StarlingConfiguration
public import StarlingExperience
public import StarlingTraining

/// Deep Q-learning from replay (Mnih et al. 2015, "Human-level control through deep reinforcement learning"), joint with the autoencoder,
/// with double Q-learning, dueling heads, n steps and priorities as switches.
public struct DQN: Algorithm, Hashable {
    public var discount: Float = 0.99
    public var isDouble = true
    public var isDueling = false
    public var huber: Float = 1
    public var targetEvery: UInt64 = 100
    /// 0: copied every `targetEvery` steps.
    public var targetShare: Float = 0
    public var replay = ReplayLearning()
    public var priority = Priority.none
    public var initialPriority = InitialPriority.largest
    public var priorityExponent: Float = 0.6
    public var importanceExponent: Float = 0.4
    public var exploration = Exploration()
    public var rewardScale: Float = 1

    public init() {}

    /// What is drawn more often.
    public enum Priority: String, Hashable, CaseIterable, Sendable { case none, proportional, lossAdjusted }

    /// What a step that was never trained on is drawn by.
    public enum InitialPriority: String, Hashable, CaseIterable, Sendable { case largest, acting }

    public static let name = "dqn"
    public static let summary = "deep Q-learning from replay: double, dueling, n-step, prioritised; joint with the representation"

    public static let keys =
        KeyTable<Self>([
            .number("discount", \.discount, in: 0...1, "γ."),
            .boolean("double", \.isDouble, "Whether the online network chooses the action that the target judges."),
            .boolean("dueling", \.isDueling, "Whether Q is V(z) + A(z, a) − mean A, V the value head's."),
            .number("huber", \.huber, in: 1e-6...1e9, "κ: |δ| beyond which the loss is linear; large for the squared error."),
            .integer(
                "target_every", \.targetEvery, in: 1...1_000_000_000, "Steps of the optimiser from one copy of the target to the next."),
            .number(
                "target_share", \.targetShare, in: 0...1,
                "Share of the way that the target goes at every step; 0: copied, see target_every."),
            .choice("priority", \.priority, "What is drawn more often: nothing, in proportion to |δ|^α, or LAP's max(|δ|^α, 1)."),
            .choice(
                "initial_priority", \.initialPriority,
                "Of new steps: largest: as the largest; acting: from the action values that its actor acted by, as Ape-X does."),
            .number("priority_exponent", \.priorityExponent, in: 0...10, "α."),
            .number(
                "importance_exponent", \.importanceExponent, in: 0...1,
                "β of proportional priorities, with which rows drawn often count less; it grows to 1 until optimizer.horizon."),
            .number("reward_scale", \.rewardScale, in: 1e-6...1e6, "Multiplies rewards before anything else."),
        ]) + ReplayLearning.keys.inside(\.replay) + Exploration.keys.inside(\.exploration)

    public var needsDiscreteActions: Bool { true }
    public var actingRule: ActingRule { .epsilon }
    public var actionValues: ActionValues? { ActionValues(isDueling: isDueling) }

    public func conflict(with model: ModelSpec, _ environment: EnvironmentSpec) -> String? {
        guard initialPriority == .acting, isDueling else { return model.binsConflict(with: Self.name) }
        return "actors of a dueling network tell advantages, not values: set dqn.initial_priority to largest, or dqn.dueling to false"
    }

    public func design(_ context: TrainingContext) -> TrainingDesign {
        let loss = ActionValueLoss(
            values: ActionValues(isDueling: isDueling), bootstrap: isDouble ? .double : .greedy, discount: discount, usesTarget: true,
            huber: huber, exploration: exploration, steps: replay.steps)
        let phase = replay.phase(context.representation + [loss], discount: discount, context)
        let target: TrainedGroup.TargetRule = targetShare > 0 ? .average(share: targetShare) : .copy(every: targetEvery)
        var design = TrainingDesign(groups: [TrainedGroup(.all, context.optimizer, target: target)], phases: [phase])
        design.rewardScale = rewardScale
        design.replay = replay.settings(replayPriority)
        if initialPriority == .acting { design.replay?.initial = .acting(steps: replay.steps, discount: discount) }
        let exploration = exploration
        design.actingScalars = { exploration.scalars($0, $1) }
        return design
    }

    private var replayPriority: ReplaySettings.Priority {
        switch priority {
        case .none: .none
        case .proportional: .proportional(alpha: priorityExponent, beta: importanceExponent)
        case .lossAdjusted: .lossAdjusted(alpha: priorityExponent)
        }
    }
}
