import StarlingExperience
package import StarlingMetrics

/// Of the last 100 training episodes, besides returns: how long they were, and what the environment told of them, which is
/// `environment.metrics` of Gymnasium.
struct EpisodeMeasures {
    /// One for each of the environment's measures.
    let metrics: [Metric]
    private var values: [RecentEpisodes]
    private var lengths = RecentEpisodes()

    init(_ names: [String]) {
        metrics = names.map {
            Metric(
                Self.prefix + $0, "1", "Mean of `\($0)`, which the environment told of the last 100 training episodes.", .last,
                cell: $0 == EnvironmentSpec.costMeasure ? Metric.Cell("cost", suffix: "an episode", plain: "cost") : nil)
        }
        values = Array(repeating: RecentEpisodes(), count: names.count)
    }

    /// What their names in `metrics.jsonl` begin with, so that they are nobody else's.
    static let prefix = "info_"

    /// - Parameter episode: its measures are infinite for what wasn't told; others than there are names for count not at all.
    mutating func add(_ episode: UnrollHeader.Episode) {
        lengths.add(Float(episode.length))
        guard episode.measures.count == values.count else { return }
        for (place, value) in episode.measures.enumerated() where value.isFinite { values[place].add(value) }
    }

    func write(into sample: inout MetricSample) {
        if let mean = lengths.mean { sample[.meanLength] = Double(mean) }
        for (metric, values) in zip(metrics, values) {
            if let mean = values.mean { sample[metric] = Double(mean) }
        }
    }
}

extension Metric {
    package static let meanLength = Metric("mean_length", "step", "Mean length of the last 100 training episodes.", .last)
}
