package import StarlingLearning
import StarlingMetrics

/// A key of `metrics.jsonl` and what stands under it.
package struct MetricColumn: Sendable {
    /// The key.
    package let name: String
    /// "1" for plain numbers and counts.
    package let unit: String
    /// One sentence, for the page.
    package let meaning: String
    /// null when there is no value (yet).
    package let value: @Sendable (LearnerReport) -> JSONValue

    private init(
        _ name: String, _ unit: String, _ meaning: String,
        _ value: @escaping @Sendable (LearnerReport) -> JSONValue
    ) {
        self.name = name
        self.unit = unit
        self.meaning = meaning
        self.value = value
    }

    static func number(
        _ name: String, _ unit: String, _ meaning: String, _ value: @escaping @Sendable (LearnerReport) -> Double?
    ) -> MetricColumn { MetricColumn(name, unit, meaning) { .number(value($0)) } }

    static func count(
        _ name: String, _ meaning: String, unit: String = "1",
        _ value: @escaping @Sendable (LearnerReport) -> (some BinaryInteger & Sendable)?
    ) -> MetricColumn { MetricColumn(name, unit, meaning) { value($0).map { .integer(UInt64(clamping: $0)) } ?? .null } }

    /// What this program writes as false, and may correct later.
    static func flag(_ name: String, _ meaning: String) -> MetricColumn { MetricColumn(name, "truth", meaning) { _ in .boolean(false) } }

    static func truth(_ name: String, _ meaning: String, _ value: @escaping @Sendable (LearnerReport) -> Bool) -> MetricColumn {
        MetricColumn(name, "truth", meaning) { .boolean(value($0)) }
    }

    /// What was declared by who measures it.
    static func declared(_ metric: Metric) -> MetricColumn {
        MetricColumn(metric.name, metric.unit, metric.meaning) { report in
            let value = report.metrics[metric]
            guard metric.kind == .count, value.isFinite else { return .number(value) }
            return .integer(Int(value))
        }
    }

    static func text(
        _ name: String, _ meaning: String, _ value: @escaping @Sendable (LearnerReport) -> String?
    ) -> MetricColumn { MetricColumn(name, "text", meaning) { value($0).map { .text($0) } ?? .null } }
}

/// Columns that belong together.
package struct MetricGroup: Sendable {
    package let title: String
    /// What TensorBoard's tags of its columns begin with.
    let tag: String
    package let columns: [MetricColumn]
}
