/// The rank statistic of Mann & Whitney (1947), which is the area under the receiver operating characteristic.
package enum RankStatistic {
    /// Probability that a positive's score is above a negative's, ties counted half.
    package static func areaUnderCurve(positives: [Float], negatives: [Float]) -> Double {
        let scores = (positives.map { ($0, true) } + negatives.map { ($0, false) }).sorted { $0.0 < $1.0 }
        var (ranks, start) = (0.0, 0)
        while start < scores.count {
            var end = start
            while end < scores.count, scores[end].0 == scores[start].0 { end += 1 }
            // Equal scores share the mean of their ranks start + 1 ... end.
            let rank = Double(start + 1 + end) / 2
            ranks += rank * Double(scores[start..<end].count { $0.1 })
            start = end
        }
        let (m, n) = (Double(positives.count), Double(negatives.count))
        return (ranks - m * (m + 1) / 2) / (m * n)
    }
}
