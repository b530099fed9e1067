/// The metrics of a run in the order in which they were declared, each with the place of its value in a sample.
public struct MetricSet: Sendable {
    /// In the order in which they were declared.
    public let all: [Metric]
    private let places: [String: Int]

    /// - Precondition: no name is there twice.
    public init(_ metrics: [Metric]) {
        all = metrics
        places = Dictionary(metrics.enumerated().map { ($1.name, $0) }) { first, second in
            fatalError("metrics \(first) and \(second) have the same name \(metrics[first].name)")
        }
    }

    /// Whether it was declared.
    public func holds(_ metric: Metric) -> Bool { places[metric.name] != nil }

    /// - Precondition: it was declared.
    func place(of metric: Metric) -> Int {
        guard let place = places[metric.name] else {
            fatalError("metric \(metric.name) was written and not declared: list it in `metrics` of the objective that writes it")
        }
        return place
    }
}

/// Values of a set's metrics at one moment; NaN where there is none.
public struct MetricSample: Sendable {
    /// The metrics that it has values of.
    public let set: MetricSet
    fileprivate(set) var values: [Double]

    public init(_ set: MetricSet) {
        self.set = set
        values = Array(repeating: .nan, count: set.all.count)
    }

    /// Forgets all values.
    public mutating func clear() { for place in values.indices { values[place] = .nan } }

    /// A metric's value; NaN where there is none.
    public subscript(metric: Metric) -> Double {
        get { values[set.place(of: metric)] }
        set { values[set.place(of: metric)] = newValue }
    }
}
