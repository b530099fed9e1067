package import StarlingLearning

/// One number of a run over time: a key of `metrics.jsonl`.
package struct Metric: Sendable {
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
    ) -> Metric { Metric(name, unit, meaning) { .number(value($0)) } }

    static func count(
        _ name: String, _ meaning: String, unit: String = "1",
        _ value: @escaping @Sendable (LearnerReport) -> (some BinaryInteger & Sendable)?
    ) -> Metric { Metric(name, unit, meaning) { value($0).map { .integer(UInt64(clamping: $0)) } ?? .null } }

    /// What this program writes as false, and may correct later.
    static func flag(_ name: String, _ meaning: String) -> Metric { Metric(name, "truth", meaning) { _ in .boolean(false) } }

    static func text(
        _ name: String, _ meaning: String, _ value: @escaping @Sendable (LearnerReport) -> String?
    ) -> Metric { Metric(name, "text", meaning) { value($0).map { .text($0) } ?? .null } }
}

/// Metrics that belong together.
package struct MetricGroup: Sendable {
    package let title: String
    package let metrics: [Metric]
}
