import StarlingMetrics

extension LearnerReport {
    /// This report with the one before it, as one of both intervals: what tells of an interval tells of both, and all else is as it is now.
    package func joined(to earlier: LearnerReport) -> LearnerReport {
        var report = self
        report.interval = earlier.interval + interval
        if report.interval > 0 {
            report.framesPerSecond = (earlier.framesPerSecond * earlier.interval + framesPerSecond * interval) / report.interval
        }
        report.metrics = earlier.metrics
        report.metrics.append(metrics)
        var lag = LagHistogram()
        lag.add(earlier.lagCounts)
        lag.add(lagCounts)
        (report.policyLag, report.lagCounts) = (lag.summary, lag.occupied)
        return report
    }
}
