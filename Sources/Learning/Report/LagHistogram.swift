/// Counts of policy lags in updates; lags beyond the last bin share it.
struct LagHistogram {
    private var counts = [UInt64](repeating: 0, count: 1024)
    private var total: UInt64 = 0

    mutating func add(_ lag: Int64) {
        counts[Int(min(max(0, lag), Int64(counts.count - 1)))] += 1
        total += 1
    }

    /// Takes in counts of lags from 0 on.
    mutating func add(_ others: [UInt64]) {
        for (lag, count) in others.enumerated() {
            counts[min(lag, counts.count - 1)] += count
            total += count
        }
    }

    /// Counts up to the last that isn't 0.
    var occupied: [UInt64] { counts.lastIndex { $0 > 0 }.map { Array(counts[...$0]) } ?? [] }

    var summary: LearnerReport.PolicyLag {
        var summary = LearnerReport.PolicyLag()
        guard total > 0 else {
            (summary.mean, summary.median, summary.percentile95, summary.maximum) = (.nan, .nan, .nan, .nan)
            return summary
        }
        let sum = counts.enumerated().reduce(UInt64(0)) { $0 + UInt64($1.offset) * $1.element }
        summary.mean = Double(sum) / Double(total)
        summary.median = Double(percentile(0.5))
        summary.percentile95 = Double(percentile(0.95))
        summary.maximum = Double(counts.lastIndex { $0 > 0 }!)
        return summary
    }

    var buckets: LagBuckets {
        var buckets = LagBuckets()
        for (lag, count) in counts.enumerated() where count > 0 { buckets.add(count, ofLag: UInt64(lag)) }
        return buckets
    }

    /// The smallest lag that at least this share of all is not above.
    private func percentile(_ share: Double) -> Int {
        let wanted = UInt64((share * Double(total)).rounded(.up))
        var sum: UInt64 = 0
        for (lag, count) in counts.enumerated() {
            sum += count
            if sum >= wanted { return lag }
        }
        return counts.count - 1
    }
}
