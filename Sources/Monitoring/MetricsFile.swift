package import StarlingLearning
package import StarlingStorage
import Synchronization

/// `metrics.jsonl`: every report as a line of JSON with all keys of `MetricTable`.
package final class MetricsFile: LearnerMonitor {
    private let file: LineFile
    private let warn: @Sendable (String) -> Void
    private let hasFailed = Mutex(false)

    /// - Parameter warn: is told once, with one line, when the file can't be written. The run goes on without it.
    package init(_ paths: RunPaths, warn: @escaping @Sendable (String) -> Void) throws(StorageError) {
        file = try LineFile(appendingTo: paths.metrics)
        self.warn = warn
    }

    package func record(_ report: LearnerReport) {
        do {
            try file.append(MetricTable.row(report).line)
        } catch {
            let isFirst = hasFailed.withLock { failed in
                defer { failed = true }
                return !failed
            }
            if isFirst { warn("metrics are missing from now on: \(error)") }
        }
    }

    package func finish() {}
}
