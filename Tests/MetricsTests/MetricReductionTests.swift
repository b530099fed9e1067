import StarlingMetrics
import Testing

@Suite("Metrics are reduced as their kind says")
struct MetricReductionTests {
    static let loss = Metric("loss", "nat", "A loss.")
    static let rate = Metric("rate", "1", "A rate.", .last)
    static let used = Metric("used", "1", "A count.", .count)
    static let worst = Metric("worst", "1", "The largest.", .maximum)
    static let busy = Metric("busy", "1", "Seconds.", .timeShare, in: .time)
    private static let set = MetricSet([loss, rate, used, worst, busy])

    private static func sample(_ loss: Double, _ rate: Double, _ used: Double, _ worst: Double, _ busy: Double) -> MetricSample {
        var sample = MetricSample(set)
        (sample[Self.loss], sample[Self.rate], sample[Self.used]) = (loss, rate, used)
        (sample[Self.worst], sample[Self.busy]) = (worst, busy)
        return sample
    }

    @Test("Means, newest, largest, and shares of the time")
    func kinds() {
        var reduction = MetricReduction(Self.set)
        reduction.add(Self.sample(1, 0.5, 3, -4, 0.25))
        reduction.add(Self.sample(2, 0.25, 7, -9, 0.5))
        reduction.add(0.25, to: Self.busy)
        let values = reduction.take(seconds: 2)
        #expect(values[Self.loss] == 1.5 && values[Self.rate] == 0.25 && values[Self.used] == 7)
        #expect(values[Self.worst] == -4 && values[Self.busy] == 0.5)
    }

    @Test("An interval without a value has none, but for what stays as it was; no time is spent on nothing")
    func emptyInterval() {
        var reduction = MetricReduction(Self.set)
        let first = reduction.take(seconds: 1)
        #expect(first[Self.loss].isNaN && first[Self.rate].isNaN && first[Self.worst].isNaN && first[Self.busy] == 0)
        reduction.add(Self.sample(1, 0.5, 3, 4, 0.25))
        _ = reduction.take(seconds: 1)
        let next = reduction.take(seconds: 1)
        #expect(next[Self.loss].isNaN && next[Self.worst].isNaN && next[Self.busy] == 0)
        #expect(next[Self.rate] == 0.5 && next[Self.used] == 3)
    }

    @Test("What was not written does not count")
    func partialSamples() {
        var reduction = MetricReduction(Self.set)
        reduction.add(Self.sample(1, 0.5, 3, 4, 0.25))
        var sample = Self.sample(5, 5, 5, 5, 5)
        sample.clear()
        sample[Self.loss] = 3
        reduction.add(sample)
        let values = reduction.take(seconds: 1)
        #expect(values[Self.loss] == 2 && values[Self.rate] == 0.5 && values[Self.busy] == 0.25)
    }

    @Test("Two intervals become one as if there had been no end between them")
    func joined() {
        let samples = [Self.sample(1, 0.5, 3, -4, 0.25), Self.sample(2, 0.25, 7, -9, 0.5), Self.sample(6, 0.125, 5, -6, 0.75)]
        var (parts, whole) = (MetricReduction(Self.set), MetricReduction(Self.set))
        var joined = MetricValues(of: Self.set.all)
        for (sample, seconds) in zip(samples, [1.0, 2, 5]) {
            parts.add(sample)
            // The first two are one interval.
            if seconds > 1 { joined.append(parts.take(seconds: seconds == 2 ? 3 : 5)) }
            whole.add(sample)
        }
        // One in which nothing happened.
        joined.append(parts.take(seconds: 2))
        let expected = whole.take(seconds: 10)
        for metric in Self.set.all { #expect(abs(joined[metric] - expected[metric]) < 1e-12, "\(metric.name)") }
    }

    @Test("A metric that nobody declared has no value")
    func unknown() {
        #expect(MetricValues(of: [Self.loss])[Self.rate].isNaN)
    }
}
