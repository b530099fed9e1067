import Glibc
import StarlingExperience
import StarlingLatentPolicy
import StarlingReplay

/// What is kept of the experience of a run, for phases that draw from it.
public struct ReplaySettings: Hashable, Sendable {
    /// Steps that are kept; the oldest go first.
    public var steps: Int
    /// Of all of them: where more would take more, fewer are kept.
    public var byteLimit: Int
    /// What steps are drawn by.
    public var priority: Priority
    /// What a new step is drawn by until it is trained on.
    public var initial = InitialPriority.largest

    public init(steps: Int, byteLimit: Int = 1 << 30, priority: Priority = .none) {
        (self.steps, self.byteLimit, self.priority) = (steps, byteLimit, priority)
    }

    /// What is taken for |δ| of a step that was never trained on.
    public enum InitialPriority: Hashable, Sendable {
        /// The largest that any step has, so that each is drawn soon (Schaul et al. 2016, algorithm 1).
        case largest
        /// What its actor's action values say: |Σ γ^i r + γⁿ max Q − Q|, n steps looked ahead (Horgan et al. 2018, "Distributed
        /// prioritized experience replay", algorithm 1). The policy head must give Q. Where the unroll ends before, it is the largest.
        case acting(steps: Int, discount: Float)
    }

    /// What draws go by.
    public enum Priority: Hashable, Sendable {
        /// All steps are equally likely.
        case none
        /// P ∝ (|δ| + 10⁻⁶)^α, and each row counts (N·P)^−β beside the others of its batch, of which none counts more than 1
        /// (Schaul et al. 2016, "Prioritized experience replay", sections 3.3 and 3.4). β grows from `beta` to 1 in the course of the
        /// run's schedules.
        case proportional(alpha: Float, beta: Float)
        /// P ∝ max(|δ|^α, 1) beside a Huber loss with κ 1, without weights, which the loss makes up for (Fujimoto et al. 2020, "An
        /// equivalence between loss functions and non-uniform sampling in experience replay", LAP).
        case lossAdjusted(alpha: Float)

        /// What a step with this much to learn from is drawn by.
        func weight(_ error: Float) -> Float {
            switch self {
            case .none: 1
            case .proportional(let alpha, _): powf(error + 1e-6, alpha)
            case .lossAdjusted(let alpha): max(powf(error, alpha), 1)
            }
        }
    }
}

/// What a phase draws from the replay buffer for one step of its optimisers.
public struct ReplayDraw: Hashable, Sendable {
    /// Drawn for a batch.
    public var sequences: Int
    /// Of each sequence. With 1, rows are single steps, or n together.
    public var steps: Int
    /// Steps that a row of a sequence of 1 stands for at most: its reward is the discounted sum of theirs, and what follows is the
    /// observation after the last. Fewer where the episode or the unroll ends.
    public var stepsPerRow: Int
    /// γ of that sum.
    public var discount: Float
    /// First steps of each sequence that bring its recurrent state up to date and are not trained on (Kapturowski et al. 2019,
    /// "Recurrent experience replay in distributed reinforcement learning").
    public var burnIn = 0

    public init(sequences: Int, steps: Int = 1, stepsPerRow: Int = 1, discount: Float) {
        (self.sequences, self.steps, self.stepsPerRow, self.discount) = (sequences, steps, stepsPerRow, discount)
    }
}

extension TrainingDesign {
    private func checkDreams(_ context: TrainingContext, _ draws: [ReplayDraw]) throws {
        let model = context.policy.model
        guard !draws.isEmpty else {
            throw DesignError("a phase dreams, and none trains the model from the replay buffer that dreams begin from")
        }
        guard model.representation.predicts else {
            throw DesignError("a phase dreams, and nothing tells what comes next: set latent.representation to vae_predict or predict")
        }
        guard context.acting.latentMode == .mean else {
            throw DesignError("a phase dreams of z without noise: set acting.latent to mean")
        }
    }

    /// - Throws: `DesignError` where phases draw what isn't kept, or what unrolls don't have.
    func makeReplay(_ context: TrainingContext) throws -> ReplayBuffer? {
        let draws = phases.compactMap { phase -> ReplayDraw? in if case .replay(let draw) = phase.source { draw } else { nil } }
        if phases.contains(where: { if case .dreams = $0.source { true } else { false } }) { try checkDreams(context, draws) }
        guard let longest = draws.map(\.steps).max() else { return nil }
        guard let replay else {
            throw DesignError("a phase draws from a replay buffer, and there is none: give the design its `replay`")
        }
        let length = context.acting.unrollLength
        guard longest <= length else {
            throw DesignError(
                "sequences of \(longest) steps are drawn from unrolls of \(length): set acting.unroll_length to \(longest) or more")
        }
        guard context.policy.model.core == .none || draws.allSatisfy({ $0.steps == length }) else {
            throw DesignError("a recurrent core is trained on whole unrolls, and a phase draws parts of them: set model.core to none")
        }
        if let burnIn = draws.first(where: { $0.burnIn >= $0.steps && $0.burnIn > 0 })?.burnIn {
            let remedy =
                context.policy.model.core == .none
                ? "there is no core, whose state it would bring up to date: set it to 0, or model.core to gru"
                : "nothing is left of sequences of \(length): set it below acting.unroll_length"
            throw DesignError("burn_in is \(burnIn), and \(remedy)")
        }
        guard !context.policy.model.representation.predicts || draws.allSatisfy({ $0.stepsPerRow == 1 }) else {
            throw DesignError(
                "the latent tells what each single step leads to, and rows of several steps are drawn: set latent.representation to vae, or draw single steps"
            )
        }
        let layout = UnrollLayout(environment: context.policy.environment, model: context.policy.model, acting: context.acting)
        return ReplayBuffer(
            layout, steps: replay.steps, byteLimit: replay.byteLimit, sequence: longest, isPrioritized: replay.priority != .none,
            seed: Seed.mix(context.seed, SeedPurpose.replay))
    }
}
