public import StarlingCompute
public import StarlingExperience
import StarlingLatentPolicy

/// Objectives, where their rows come from, and which parameters their loss moves.
public struct Phase: Sendable {
    /// Grown in this order; their terms are added up.
    public var objectives: [any Objective]
    /// Where its rows come from.
    public var source: Source
    /// Names of trained groups, each moved by its own derivative of the loss.
    public var groups: [String]
    /// Frames from one run to the next; 0: with every batch.
    public var every: UInt64 = 0
    /// Runs in a row, when it runs.
    public var times = 1
    /// Runs for every frame, in place of `times`: a ratio of updates to experience, which holds over batches of any size.
    public var perFrame: Double?
    /// Frames of the run before which it doesn't.
    public var after: UInt64 = 0
    /// Frames of the run from which on it doesn't.
    public var until = UInt64.max

    /// - Parameter groups: names of the groups that its loss moves.
    public init(_ objectives: [any Objective], from source: Source = .batch, moving groups: [String] = [ParameterGroup.all.name]) {
        (self.objectives, self.source, self.groups) = (objectives, source, groups)
    }

    /// How often it runs on a batch of so many steps that follows so many frames: a function of these alone, so a resumed run does
    /// what it would have done.
    func runs(frames: UInt64, steps: Int) -> Int {
        let next = frames + UInt64(steps)
        guard frames >= after, frames < until, every == 0 || frames / every != next / every else { return 0 }
        guard let perFrame else { return times }
        return Int((Double(next) * perFrame).rounded(.down) - (Double(frames) * perFrame).rounded(.down))
    }

    /// Whether its rows are dreams.
    var isDreamt: Bool { if case .dreams = source { true } else { false } }

    func makePass(_ g: inout Graph, _ context: TrainingContext, _ order: RowOrder) -> ModelPass {
        guard case .dreams(let draw) = source else { return ModelPass(&g, context, order) }
        return ModelPass(dreaming: &g, context, steps: draw.steps + 1)
    }

    /// Where rows come from.
    public enum Source: Hashable, Sendable {
        /// Every batch of fresh unrolls once, as a whole.
        case batch
        /// Every batch is held: targets are computed once, then each epoch goes over all of its steps in another order, some
        /// rows at a time. With a recurrent core whole sequences are drawn instead.
        case minibatches(rows: Int, epochs: Int)
        /// Whole episodes, joined from unrolls: the oldest, as many as fit into so many rows, one behind the other in a single column.
        /// It runs when there are more.
        case episodes(rows: Int)
        /// Sequences drawn from the design's replay buffer, which every batch of fresh unrolls has joined before.
        case replay(ReplayDraw)
        /// Unrolls of the learned model (``LatentDynamics``), whose observations are latents. They never were anywhere: neither ledger nor
        /// journal knows them, and their policy is the newest.
        case dreams(DreamDraw)
        /// Sequences of a data set.
        case sequences(SequenceDraw)

        /// - Parameter steps: rows of a sequence.
        func order(steps: Int, _ context: TrainingContext) -> RowOrder {
            guard case .replay(let draw) = self, draw.steps == 1, context.policy.model.core == .none else { return .sequences(rows: steps) }
            return .transitions
        }
    }
}

/// A group of parameters and how it is moved.
public struct TrainedGroup: Sendable {
    /// Which parameters.
    public var group: ParameterGroup
    /// What moves them.
    public var optimizer: OptimizerSettings
    /// How the target bank follows them.
    public var target = TargetRule.none

    public init(_ group: ParameterGroup = .all, _ optimizer: OptimizerSettings, target: TargetRule = .none) {
        (self.group, self.optimizer, self.target) = (group, optimizer, target)
    }

    /// How the target bank follows the group's parameters.
    public enum TargetRule: Hashable, Sendable {
        /// There is none.
        case none
        /// target += share · (online − target) after every step.
        case average(share: Float)
        /// target = online after every so many steps.
        case copy(every: UInt64)
        /// target = online after every step of the run's first frames; then it stays.
        case frozen(after: UInt64)
    }
}

/// All that an algorithm is to the trainer.
public struct TrainingDesign: Sendable {
    /// What is moved, each group by an optimiser of its own.
    public var groups: [TrainedGroup]
    /// Run in this order on every batch.
    public var phases: [Phase]
    /// What every reward of the environment is multiplied by.
    public var rewardScale: Float = 1
    /// Who adds to rewards, from so many frames of the run on.
    public var scorers: [any Scorer] = []
    /// Frames of the run from which on they do.
    public var scoresAfter: UInt64 = 0
    /// Whether rewards are divided by the running scale of the returns that the value learns.
    public var normalizesReturns = false
    /// What is kept for the phases that draw from it.
    public var replay: ReplaySettings?
    /// What the acting rule goes by with a version of so many frames, given what the recipe says: a schedule.
    public var actingScalars: @Sendable (_ frames: UInt64, ActingScalars) -> ActingScalars = { $1 }

    /// Whether a step follows from all of a batch, so that larger batches make less noisy and fewer steps.
    package var usesWholeBatches: Bool { phases.contains { $0.source == .batch } }

    public init(groups: [TrainedGroup], phases: [Phase]) { (self.groups, self.phases) = (groups, phases) }

    /// All parameters as one group, moved as the recipe says, with the target that its representation wants.
    public init(_ phases: [Phase], _ context: TrainingContext) {
        let target: TrainedGroup.TargetRule =
            context.policy.model.representation.predicts ? .average(share: context.latent.targetShare) : .none
        self.init(groups: [TrainedGroup(.all, context.optimizer, target: target)], phases: phases)
    }
}
