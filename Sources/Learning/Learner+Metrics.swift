package import StarlingMetrics

extension Metric {
    package static let maximumLogRatioAtLagZero = Metric(
        "max_log_ratio_at_lag_zero", "nat",
        "max |log π − log μ| where acting and training parameters are the same; over 0.001 something is broken.", .maximum,
        in: .asynchrony)
    package static let timeWaiting = Metric("time_waiting", "1", "Waiting for experience.", .timeShare, in: .time)
    package static let timeBatching = Metric("time_batching", "1", "Copying unrolls into batches.", .timeShare, in: .time)
    package static let timePublishing = Metric("time_publishing", "1", "Making and publishing snapshots.", .timeShare, in: .time)
    package static let timeCheckpointing = Metric(
        "time_checkpointing", "1", "Copying the state for checkpoints; their writing is another thread's.", .timeShare, in: .time)
}

extension Learner {
    /// What the learner measures whatever is trained.
    package static let metrics: [Metric] = [
        .maximumLogRatioAtLagZero, .timeWaiting, .timeBatching, .timePublishing, .timeCheckpointing,
    ]
}
