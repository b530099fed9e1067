package import StarlingLearning
package import StarlingMetrics
package import StarlingStorage
import Synchronization

/// `metrics.jsonl`: what the learner tells of the training, as lines of JSON with all columns of a `MetricTable`, thinned as
/// `ReportThinning` does, and the run's last report, which agrees with `summary.json`.
package final class MetricsFile: LearnerMonitor {
    private let file: LineFile
    private let table: MetricTable
    private let warn: @Sendable (String) -> Void
    private let hasFailed = Mutex(false)
    private let thinning: Mutex<ReportThinning>

    /// - Parameters:
    ///   - declared: the metrics of the run's algorithm and learner.
    ///   - rowSeconds: between two rows, at most; 0: every report has one.
    ///   - update: that the run goes on from; rows beyond it are marked as rolled back.
    ///   - warn: is told once, with one line, when the file can't be written. The run goes on without it.
    package init(
        _ paths: RunPaths, _ declared: [Metric], rowSeconds: Double, resumedFrom update: UInt64 = 0,
        warn: @escaping @Sendable (String) -> Void
    ) throws(StorageError) {
        table = MetricTable(declared)
        thinning = Mutex(ReportThinning(longest: rowSeconds))
        file = try LineFile(appendingTo: paths.metrics)
        self.warn = warn
        do {
            try file.markRowsRolledBack(beyond: update)
        } catch { warn("metrics of updates beyond \(update), which don't count, are not marked as such: \(error)") }
    }

    package func record(_ report: LearnerReport) {
        if let row = thinning.withLock({ $0.add(report) }) { append(row) }
    }

    package func finish() {
        if let row = thinning.withLock({ $0.takeRest() }) { append(row) }
    }

    private func append(_ report: LearnerReport) {
        do {
            try file.append(table.row(report).line)
        } catch {
            let isFirst = hasFailed.withLock { failed in
                defer { failed = true }
                return !failed
            }
            if isFirst { warn("metrics are missing from now on: \(error)") }
        }
    }
}
