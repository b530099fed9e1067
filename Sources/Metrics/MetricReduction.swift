/// Makes one value of each metric's values in an interval, as its kind says.
public struct MetricReduction: Sendable {
    /// The metrics whose values it makes.
    public let set: MetricSet
    /// Sums, the newest or the largest value, by kind.
    private var values: [Double]
    private var counts: [Int]

    public init(_ set: MetricSet) {
        self.set = set
        values = Array(repeating: .nan, count: set.all.count)
        counts = Array(repeating: 0, count: set.all.count)
    }

    /// Takes in what was written into a sample of the same set.
    public mutating func add(_ sample: MetricSample) {
        precondition(sample.values.count == values.count, "a sample of other metrics")
        for (place, value) in sample.values.enumerated() where !value.isNaN { add(value, place) }
    }

    /// Takes in one value.
    public mutating func add(_ value: Double, to metric: Metric) { add(value, set.place(of: metric)) }

    private mutating func add(_ value: Double, _ place: Int) {
        let isFirst = counts[place] == 0
        counts[place] += 1
        values[place] =
            switch set.all[place].kind {
            case .mean, .timeShare: isFirst ? value : values[place] + value
            case .last, .count: value
            case .maximum: isFirst ? value : max(values[place], value)
            }
    }

    /// Writes what came of it into a sample of the same set, where there is a value, and begins anew.
    public mutating func move(into sample: inout MetricSample) {
        let row = take(seconds: 1)
        for (metric, value) in zip(row.all, row.values) where !value.isNaN && (metric.kind != .timeShare || value > 0) {
            sample[metric] = value
        }
    }

    /// What came of the interval, which ends here.
    public mutating func take(seconds: Double) -> MetricValues {
        var row = MetricValues(metrics: set.all, values: values)
        for place in values.indices {
            switch set.all[place].kind {
            case .mean:
                row.values[place] = counts[place] > 0 ? values[place] / Double(counts[place]) : .nan
                row.weights[place] = Double(counts[place])
            case .timeShare:
                row.values[place] = counts[place] > 0 ? values[place] / seconds : 0
                row.weights[place] = seconds
            case .maximum: row.values[place] = counts[place] > 0 ? values[place] : .nan
            case .last, .count: continue
            }
            (values[place], counts[place]) = (.nan, 0)
        }
        return row
    }
}

/// Metrics of an interval, reduced; NaN where there is no value.
public struct MetricValues: Hashable, Sendable {
    /// In the order in which they were declared.
    public let all: [Metric]
    /// One of each.
    public fileprivate(set) var values: [Double]
    /// What each counts for beside that of another interval: the values of a mean, the seconds of a share.
    fileprivate var weights: [Double]

    /// Without a value as yet.
    public init(of metrics: [Metric] = []) { self.init(metrics: metrics, values: Array(repeating: .nan, count: metrics.count)) }

    fileprivate init(metrics: [Metric], values: [Double]) {
        (all, self.values, weights) = (metrics, values, Array(repeating: 1, count: values.count))
    }

    /// Takes in the values of the interval that follows, as the kind of each metric says: then these are of both.
    package mutating func append(_ later: MetricValues) {
        precondition(later.values.count == values.count, "values of other metrics")
        for place in values.indices where !later.values[place].isNaN {
            let (value, weight) = (later.values[place], later.weights[place])
            let isFirst = values[place].isNaN
            switch all[place].kind {
            case .last, .count: values[place] = value
            case .maximum: values[place] = isFirst ? value : max(values[place], value)
            case .mean, .timeShare:
                let total = weights[place] + weight
                values[place] = isFirst ? value : (values[place] * weights[place] + value * weight) / total
                weights[place] = isFirst ? weight : total
            }
        }
    }

    /// NaN for one that nobody declared.
    public subscript(metric: Metric) -> Double {
        get { all.firstIndex { $0.name == metric.name }.map { values[$0] } ?? .nan }
        set { if let place = all.firstIndex(where: { $0.name == metric.name }) { values[place] = newValue } }
    }
}
