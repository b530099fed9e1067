import StarlingExperience
package import StarlingLearning

/// Every metric once. Files, pages and later monitors are made from this table, so they can't disagree.
package enum MetricTable {
    package static let groups = [progress, episodes, learning, asynchrony, ledger, time, actorTime]
    package static let metrics = groups.flatMap(\.metrics)

    /// The first key of every row.
    static let rolledBack = "rolled_back"
    /// The key that says which update a row is of.
    static let update = "update"

    /// A report as one object with all metrics in the table's order.
    package static func row(_ report: LearnerReport) -> JSONValue {
        .object(metrics.map { JSONValue.Member($0.name, $0.value(report)) })
    }

    private static let progress = MetricGroup(
        title: "Progress",
        metrics: [
            // First in a row, where it is found and corrected.
            .flag(
                rolledBack,
                "true when the run went on from a checkpoint before this row's update: the row tells of what doesn't count."),
            .number("seconds", "s", "Time since the first accepted unroll, evaluations excluded.") { $0.seconds },
            .number("wall_seconds", "s", "Time since the learner's process started.") { $0.wallSeconds },
            .count(update, "Optimiser updates since the beginning of the run.") { $0.update },
            .text("parameter_version", "The newest published parameters, `generation.update`.") { $0.version.description },
            .count("frames", "Environment steps trained on since the beginning of the run.") { $0.frames },
            .count("frame_limit", "Frames at which the run ends; null without a limit.") { $0.frameLimit },
            .number("frames_per_second", "1/s", "Frames per second since the row before.") { $0.framesPerSecond },
            .number("seconds_left", "s", "Time to the frame limit at the present speed; null without a limit.") {
                $0.secondsLeft
            },
        ])

    private static let episodes = MetricGroup(
        title: "Episodes",
        metrics: [
            .count("episodes", "Training episodes that ended since the beginning of the run.") { $0.episodes },
            .number("mean_return", "reward", "Mean undiscounted return of the last 100 training episodes.") { $0.meanReturn },
            .number("goal", "reward", "The return at which the run ends; null without a goal.") { $0.goal },
            .number("evaluation_mean", "reward", "Mean return of the last evaluation; null before the first.") {
                $0.evaluation?.mean
            },
            .count("evaluation_episodes", "Episodes of the last evaluation.") { $0.evaluation?.episodes },
            .text("evaluation_version", "The version that was evaluated last.") { $0.evaluation?.version.description },
        ])

    private static let learning = MetricGroup(
        title: "Learning (means over the updates since the row before)",
        metrics: [
            .number("total_loss", "1", "The weighted sum of all terms, which is minimised.") { $0.losses.total },
            .number("policy_gradient_loss", "1", "−A·log π(a|z), A being the V-trace advantage.") {
                $0.losses.policyGradientLoss
            },
            .number("value_loss", "reward²", "½(V(z) − v)², unweighted.") { $0.losses.valueLoss },
            .number("entropy", "nat", "Entropy of the policy H[π(·|z)].") { $0.losses.entropy },
            .number("reconstruction_loss", "nat", "−log p(o|z̃), summed over the scalars of an observation.") {
                $0.losses.reconstructionLoss
            },
            .number("kl_divergence", "nat", "KL(q(z|o) ‖ N(0, 1)), summed over the latents.") { $0.losses.klDivergence },
            .number("elbo", "nat", "−reconstruction_loss − kl_divergence: the bound at β = 1, whatever β is.") {
                $0.losses.elbo
            },
            .number("kl_weight", "1", "β, the weight of the KL term now.") { $0.klWeight },
            .count("active_units", "Latents with Var[μ(o)] > 0.01 over the last batch.") { $0.activeUnits },
            .number("explained_variance", "1", "1 − Var[v − V] / Var[v] of the last batch; 1 is a perfect critic.") {
                $0.explainedVariance
            },
            .number("gradient_norm", "1", "Global norm of the gradient before clipping.") { $0.gradientNorm },
            .number("learning_rate", "1", "Step size of the optimiser now.") { $0.learningRate },
        ])

    private static let asynchrony = MetricGroup(
        title: "Asynchrony",
        metrics: [
            .number("policy_lag_p50", "update", "Median of the updates between acting and training parameters.") {
                $0.policyLag.median
            },
            .number("policy_lag_p95", "update", "The same, 95th percentile.") { $0.policyLag.percentile95 },
            .number("policy_lag_max", "update", "The same, maximum.") { $0.policyLag.maximum },
            .number("importance_ratio", "1", "Mean of π/μ, unclipped; 1 when actor and learner agree.") {
                $0.importanceRatio
            },
            .number(
                "max_log_ratio_at_lag_zero", "nat",
                "max |log π − log μ| where acting and training parameters are the same; over 0.001 something is broken."
            ) { $0.maximumLogRatioAtLagZero },
            .count("actors_alive", "Actors with a live session.") { $0.actorsAlive },
            .count("actors_idle", "Actors that hold credit and have sent nothing for longer than others need.") { $0.actorsIdle },
            .count("queued_unrolls", "Accepted unrolls that wait to be trained on.") { $0.queuedUnrolls },
            .count("bytes_received", "Bytes from all actors since the learner started.", unit: "byte") { $0.bytesReceived },
            .count("bytes_sent", "Bytes to all actors since the learner started.", unit: "byte") { $0.bytesSent },
        ])

    private static let ledger = MetricGroup(
        title: "Ledger (unrolls since the beginning of the run, along the history of its parameters)",
        metrics: [
            .count("unrolls_produced", "Completed by actors.") { $0.ledger.produced },
            .count("unrolls_acknowledged", "Accepted by the learner.") { $0.ledger.acknowledged },
            .count("unrolls_outbox", "Completed and not yet acknowledged.") { $0.ledger.outbox },
            .count("unrolls_dropped", "Given up by actors before they were sent.") { $0.ledger.dropped },
            .count("unrolls_lost_with_actor", "Lost because their actor died.") { $0.ledger.lostWithActor },
            .count("unrolls_trained", "Consumed once by the policy loss.") { $0.ledger.trained },
            .count("unrolls_too_stale", "Accepted, but older than the lag limit when their turn came.") { $0.ledger.tooStale },
            .count("unrolls_invalid", "Accepted, but with contents that don't fit.") { $0.ledger.invalid },
            .count("unrolls_abandoned", "Accepted, but the run stopped first.") { $0.ledger.abandoned },
            .count("unrolls_pending", "Accepted, their fate still open: in the queue, in a batch, or in the journal.") {
                $0.ledger.pending
            },
            .count("unrolls_lost_with_learner", "Acknowledged by a learner that was killed, and in no journal; 0 with one.") {
                $0.ledger.lostWithLearner
            },
            .count("unrolls_duplicated", "Came again and were ignored; outside the balance.") { $0.ledger.duplicates },
        ])

    private static let time = MetricGroup(
        title: "Time of the learner's thread (fractions since the row before)",
        metrics: [
            .number("time_waiting", "1", "Waiting for experience.") { $0.timeShares.waiting },
            .number("time_batching", "1", "Copying unrolls into batches.") { $0.timeShares.batching },
            .number("time_forward", "1", "Forward passes.") { $0.timeShares.forward },
            .number("time_targets", "1", "Advantages, value targets and importance weights.") { $0.timeShares.targets },
            .number("time_backward", "1", "Backward passes.") { $0.timeShares.backward },
            .number("time_optimizer", "1", "Clipping and optimiser.") { $0.timeShares.optimizer },
            .number("time_publishing", "1", "Making and publishing snapshots.") { $0.timeShares.publishing },
            .number("time_checkpointing", "1", "Copying the state for checkpoints; their writing is another thread's.") {
                $0.timeShares.checkpointing
            },
        ])

    /// Sums over the actors of this start of the learner, from their last PING: a second old at most.
    private static let actorTime = MetricGroup(
        title: "Time of the actors (sums over all since they started)",
        metrics: [
            .number("actor_seconds_stepping", "s", "Stepping environments.") { seconds($0.actorTimes.stepping) },
            .number("actor_seconds_inference", "s", "Computing actions.") { seconds($0.actorTimes.inference) },
            .number("actor_seconds_transport", "s", "Handing unrolls over and taking parameters.") {
                seconds($0.actorTimes.transport)
            },
            .number("actor_seconds_waiting", "s", "Waiting for credit or parameters.") { seconds($0.actorTimes.waiting) },
            .number("actor_seconds_evaluating", "s", "Playing greedy episodes.") { seconds($0.actorTimes.evaluating) },
            .number("actor_seconds_processor", "s", "Processor time of their processes.") { seconds($0.actorTimes.processor) },
        ])

    private static func seconds(_ nanoseconds: UInt64) -> Double { Double(nanoseconds) / 1e9 }
}

extension MetricTable {
    /// The tables of the documentation's page, in Markdown.
    package static var page: String {
        var lines: [String] = []
        for group in groups {
            lines += ["## \(group.title)", "", "| Key | Unit | Meaning |", "|---|---|---|"]
            lines += group.metrics.map { metric in
                let meaning = metric.meaning.replacing("|", with: "\\|")
                return "| `\(metric.name)` | \(metric.unit) | \(meaning) |"
            }
            lines.append("")
        }
        return lines.joined(separator: "\n")
    }
}
