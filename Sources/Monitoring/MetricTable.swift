import StarlingExperience
package import StarlingLearning
package import StarlingMetrics
import StarlingTransport

/// The columns of `metrics.jsonl`: what every run has, and what its algorithm and learner declared. Files, pages and later
/// monitors are made from this table, so they can't disagree.
package struct MetricTable: Sendable {
    package let groups: [MetricGroup]
    private let columns: [MetricColumn]

    /// - Parameter declared: by who measures it.
    package init(_ declared: [Metric]) {
        func columns(_ group: Metric.Group) -> [MetricColumn] {
            declared.filter { $0.group == group }.map(MetricColumn.declared)
        }
        groups = [
            Self.progress, Self.episodes,
            MetricGroup(title: "Learning (means over the updates since the row before)", tag: "learning", columns: columns(.learning)),
            MetricGroup(title: "Asynchrony", tag: "asynchrony", columns: Self.asynchrony + columns(.asynchrony)),
            Self.ledger,
            MetricGroup(title: "Time of the learner's thread (fractions since the row before)", tag: "time", columns: columns(.time)),
            Self.actorTime,
        ]
        self.columns = groups.flatMap(\.columns)
    }

    package var names: [String] { columns.map(\.name) }

    /// A declared metric that has the name of a column of every run; nil when there is none.
    package var duplicate: String? {
        var seen: Set<String> = []
        return names.first { !seen.insert($0).inserted }
    }

    /// The first key of every row.
    static let rolledBack = "rolled_back"
    /// The key that says which update a row is of.
    static let update = "update"

    /// A report as one object with all columns in the table's order.
    package func row(_ report: LearnerReport) -> JSONValue {
        .object(columns.map { JSONValue.Member($0.name, $0.value(report)) })
    }

    /// What a report has numbers of, each with its group before its name.
    func scalars(_ report: LearnerReport) -> [(tag: String, value: Double)] {
        groups.flatMap { group in
            group.columns.compactMap { column in
                column.value(report).finite.map { ("\(group.tag)/\(column.name)", $0) }
            }
        }
    }

    private static let progress = MetricGroup(
        title: "Progress", tag: "progress",
        columns: [
            // First in a row, where it is found and corrected.
            .flag(
                rolledBack,
                "true when the run went on from a checkpoint before this row's update: the row tells of what doesn't count."),
            .number("seconds", "s", "Time since the first accepted unroll, evaluations excluded.") { $0.seconds },
            .number("wall_seconds", "s", "Time since the learner's process started.") { $0.wallSeconds },
            .number("time", "s", "Time of the row, in seconds since 1970 (UTC).") { $0.time },
            .count(update, "Batches trained on since the beginning of the run, each a version of the parameters.") { $0.update },
            .text("parameter_version", "The newest published parameters, `generation.update`.") { $0.version.description },
            .count("generation", "Start of the run's learner, from 1: resumed once, it is 2.") { $0.version.generation },
            .count("frames", "Environment steps trained on since the beginning of the run.") { $0.frames },
            .count("frame_limit", "Frames at which the run ends; null without a limit.") { $0.frameLimit },
            .number("frames_per_second", "1/s", "Frames per second since the row before.") { $0.framesPerSecond },
            .number("seconds_left", "s", "Time to the frame limit at the present speed; null without a limit.") {
                $0.secondsLeft
            },
            .text("ending", "In the last row of a start, how it ended; else null.") { $0.ending },
        ])

    private static let episodes = MetricGroup(
        title: "Episodes", tag: "episodes",
        columns: [
            .count("episodes", "Training episodes that ended since the beginning of the run.") { $0.episodes },
            .number("mean_return", "reward", "Mean undiscounted return of the last 100 training episodes.") { $0.meanReturn },
            .number("goal", "reward", "The return at which the run ends; null without a goal.") { $0.goal },
            .number("evaluation_mean", "reward", "Mean return of the last evaluation; null before the first.") {
                $0.evaluation?.mean
            },
            .count("evaluation_episodes", "Episodes of the last evaluation.") { $0.evaluation?.episodes },
            .text("evaluation_version", "The version that was evaluated last.") { $0.evaluation?.version.description },
        ])

    private static let asynchrony: [MetricColumn] = [
        .number("policy_lag_p50", "update", "Median of the updates between acting and training parameters.") {
            $0.policyLag.median
        },
        .number("policy_lag_p95", "update", "The same, 95th percentile.") { $0.policyLag.percentile95 },
        .number("policy_lag_max", "update", "The same, maximum.") { $0.policyLag.maximum },
        .count("actors_alive", "Actors with a live session.") { $0.actorsAlive },
        .count("actor_threads", "Threads of actors that step environments.") { $0.actorThreads },
        .count("actors_idle", "Actors that hold credit and have sent nothing for longer than others need.") { $0.actorsIdle },
        .count("queued_unrolls", "Accepted unrolls that wait to be trained on.") { $0.queuedUnrolls },
        .count("credit_window", "Unrolls that may be granted to actors, in flight or queued at a time.") { $0.pressure.window },
        .count("credit_bound", "What that may grow to: batch.max_policy_lag batches; in lockstep one.") { $0.pressure.bound },
        .number("actors_wait", "1", "Share of their time that actors wait for credit or parameters, of those that tell.") {
            $0.pressure.actorsWait
        },
        .truth("lag_limits", "Trainer and actors wait, and only batch.max_policy_lag keeps them; in lockstep, the way between them.") {
            $0.pressure.isAtBound
        },
        .count("batch_columns", "Environments side by side in a training batch.") { $0.batchColumns },
        .count("bytes_received", "Bytes from all actors since the learner started.", unit: "byte") { $0.bytesReceived },
        .count("bytes_sent", "Bytes to all actors since the learner started.", unit: "byte") { $0.bytesSent },
    ]

    private static let ledger = MetricGroup(
        title: "Ledger (unrolls since the beginning of the run, along the history of its parameters)", tag: "ledger",
        columns: [
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

    /// Sums over the actors of this start of the learner, from their last PING: a second old at most.
    private static let actorTime = MetricGroup(
        title: "Time of the actors (sums over all since they started)", tag: "actors",
        columns: [
            .number("actor_seconds_stepping", "s", "Stepping environments.") { seconds($0.actorTimes.stepping) },
            .number("actor_seconds_inference", "s", "Computing actions.") { seconds($0.actorTimes.inference) },
            .number("actor_seconds_transport", "s", "Handing unrolls over and taking parameters.") {
                seconds($0.actorTimes.transport)
            },
            .number("actor_seconds_waiting", "s", "Waiting for credit or parameters.") { seconds($0.actorTimes.waiting) },
            .number("actor_seconds_evaluating", "s", "Playing greedy episodes.") { seconds($0.actorTimes.evaluating) },
            .number("actor_seconds_processor", "s", "Processor time of their processes.") { seconds($0.actorTimes.processor) },
            .count("environment_faults_raised", "Environments begun anew after an exception, or a library's word that it failed.") {
                $0.actorTimes.faults.raised
            },
            .count("environment_faults_died", "The same, because their process ended.") { $0.actorTimes.faults.died },
            .count("environment_faults_hung", "The same, because a step took longer than it may.") { $0.actorTimes.faults.hung },
            .count("environment_faults_invalid", "The same, because a step gave what none may give.") { $0.actorTimes.faults.invalid },
        ])

    private static func seconds(_ nanoseconds: UInt64) -> Double { Double(nanoseconds) / 1e9 }
}

extension MetricTable {
    /// The tables of the documentation's page, in Markdown.
    package var page: String {
        var lines: [String] = []
        for group in groups {
            lines += ["## \(group.title)", "", "| Key | Unit | Meaning |", "|---|---|---|"]
            lines += group.columns.map { metric in
                let meaning = metric.meaning.replacing("|", with: "\\|")
                return "| `\(metric.name)` | \(metric.unit) | \(meaning) |"
            }
            lines.append("")
        }
        return lines.joined(separator: "\n")
    }
}
