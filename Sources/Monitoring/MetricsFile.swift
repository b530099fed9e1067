package import StarlingLearning
package import StarlingMetrics
package import StarlingStorage
import Synchronization

/// `metrics.jsonl`: every report of the training as a line of JSON with all columns of a `MetricTable`, and the run's last one,
/// which agrees with `summary.json`.
package final class MetricsFile: LearnerMonitor {
    private let file: LineFile
    private let table: MetricTable
    private let warn: @Sendable (String) -> Void
    private let hasFailed = Mutex(false)
    /// The newest report of the evaluation at the end: only the last of them says something new.
    private let last = Mutex<LearnerReport?>(nil)

    /// - Parameters:
    ///   - declared: the metrics of the run's algorithm and learner.
    ///   - update: that the run goes on from; rows beyond it are marked as rolled back.
    ///   - warn: is told once, with one line, when the file can't be written. The run goes on without it.
    package init(
        _ paths: RunPaths, _ declared: [Metric], resumedFrom update: UInt64 = 0, warn: @escaping @Sendable (String) -> Void
    ) throws(StorageError) {
        table = MetricTable(declared)
        file = try LineFile(appendingTo: paths.metrics)
        self.warn = warn
        do {
            try file.markRowsRolledBack(beyond: update)
        } catch { warn("metrics of updates beyond \(update), which don't count, are not marked as such: \(error)") }
    }

    package func record(_ report: LearnerReport) {
        guard report.isTraining else { return last.withLock { $0 = report } }
        append(report)
    }

    package func finish() {
        if let report = last.withLock({ $0.take() }) { append(report) }
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
