package import StarlingExperience

/// What the learner's loop tells of itself at least once a second. Monitors turn it into files, lines and pictures;
/// the loop knows none of them.
///
/// Means are over the updates since the report before, unless said otherwise; a mean over nothing is NaN, which
/// monitors show as absent.
package struct LearnerReport: Hashable, Sendable {
    // Progress
    /// False while the final parameters are evaluated: nothing changes then but the evaluation and the last counts.
    package var isTraining = true
    /// Seconds since the first accepted unroll, evaluations excluded.
    package var seconds: Double = 0
    /// Seconds since the process started.
    package var wallSeconds: Double = 0
    /// Optimiser updates since the beginning of the run.
    package var update: UInt64 = 0
    /// The newest published parameters.
    package var version = ParameterVersion(generation: 0, update: 0)
    /// Environment steps trained on since the beginning of the run.
    package var frames: UInt64 = 0
    /// Frames at which the run ends; nil = no limit.
    package var frameLimit: UInt64?
    /// Frames per second since the report before.
    package var framesPerSecond: Double = 0
    /// Seconds to the frame limit at the present speed; nil without a limit or before there is a speed.
    package var secondsLeft: Double?

    // Episodes
    /// Training episodes that ended since the beginning of the run.
    package var episodes: UInt64 = 0
    /// Mean undiscounted return of the last 100 training episodes; nil before the first has ended.
    package var meanReturn: Double?
    /// The return at which the run ends; nil without a goal.
    package var goal: Double?

    // Learning
    package var losses = Losses()
    /// Global norm of the gradient before clipping.
    package var gradientNorm: Double = 0
    package var learningRate: Double = 0
    /// β(u), the weight of the KL term at this update.
    package var klWeight: Double = 0
    /// Latents that carry something: those with Var_o[μ_j(o)] > 0.01 over the last batch; nil without a latent.
    package var activeUnits: Int?
    /// 1 − Var[v_s − V(x_s)] / Var[v_s] of the last batch; nil when the targets don't vary.
    package var explainedVariance: Double?
    /// Mean of π/μ, unclipped. 1 when actor and learner agree.
    package var importanceRatio: Double = 1
    /// max |log π − log μ| over the steps whose behaviour parameters are those trained; nil when there was none.
    /// It measures arithmetic, not learning: above `logRatioAlarm` acting and training compute different things.
    package var maximumLogRatioAtLagZero: Double?

    // Asynchrony
    package var policyLag = PolicyLag()
    /// Actors with a live session.
    package var actorsAlive = 0
    /// Of those, the ones that hold credit and send nothing for longer than others need, and the names of some of them.
    package var actorsIdle = 0
    package var idleNames = ""
    /// Accepted unrolls that wait to be trained on.
    package var queuedUnrolls = 0
    package var ledger = Ledger()
    /// Bytes from and to all actors since the learner started.
    package var bytesReceived: UInt64 = 0
    package var bytesSent: UInt64 = 0
    package var timeShares = TimeShares()
    /// Of all acting actors together since they started, as of their last word.
    package var actorTimes = ActorTimes()

    /// The last evaluation of a pinned version; nil before there was one.
    package var evaluation: EvaluationSummary?

    /// The invariant's alarm: 10 × what float32 allows.
    package static let logRatioAlarm = 1e-3

    package init() {}
}

extension LearnerReport {
    /// The terms of the objective, unweighted, per sample.
    package struct Losses: Hashable, Sendable {
        /// The whole weighted sum that is minimised.
        package var total: Double = 0
        package var policyGradientLoss: Double = 0
        /// ½(V(z) − v_s)².
        package var valueLoss: Double = 0
        /// H[π(·|z)] in nats.
        package var entropy: Double = 0
        /// −log p(o|z̃), summed over the observation's scalars, in nats.
        package var reconstructionLoss: Double = 0
        /// KL(q(z|o) ‖ N(0, 1)), summed over the latents, in nats.
        package var klDivergence: Double = 0
        /// −reconstructionLoss − klDivergence: the bound at β = 1, whatever β is.
        package var elbo: Double { -reconstructionLoss - klDivergence }

        package init() {}
    }

    /// Updates between the parameters that acted and those that were trained, over the unrolls since the report before.
    package struct PolicyLag: Hashable, Sendable {
        package var mean: Double = 0
        package var median: Double = 0
        package var percentile95: Double = 0
        package var maximum: Double = 0

        package init() {}
    }

    /// Where the learner's thread spent its time since the report before, as fractions of 1.
    package struct TimeShares: Hashable, Sendable {
        /// For experience.
        package var waiting: Double = 0
        package var batching: Double = 0
        package var forward: Double = 0
        /// Advantages, value targets and importance weights.
        package var targets: Double = 0
        package var backward: Double = 0
        package var optimizer: Double = 0
        package var publishing: Double = 0
        /// Copying the state for checkpoints, and giving the copies up.
        package var checkpointing: Double = 0

        package init() {}
    }
}

/// What an evaluation found: undiscounted returns of greedy episodes of one version.
package struct EvaluationSummary: Hashable, Sendable {
    package var version: ParameterVersion
    package var episodes: Int
    package var mean: Double
    /// Over the episodes themselves (divided by n, not n − 1).
    package var standardDeviation: Double
    package var minimum: Double
    package var maximum: Double

    /// Sums up a report; nil when it has no episode.
    package init?(_ report: EvaluationReport) {
        let returns = report.returns.map(Double.init)
        guard let minimum = returns.min(), let maximum = returns.max() else { return nil }
        let count = Double(returns.count)
        let mean = returns.reduce(0, +) / count
        version = report.version
        episodes = returns.count
        self.mean = mean
        standardDeviation = (returns.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / count).squareRoot()
        (self.minimum, self.maximum) = (minimum, maximum)
    }
}
