import StarlingLearning
import StarlingMetrics

extension LearnerReport {
    /// As people see it: a number that the interval had nothing to tell of stays what it was, and when the training is over, its speed is
    /// that of all of it. Files get the report as it is.
    /// - Parameter rate: frames per second of late; nil: those of the interval.
    func keepingNumbers(of earlier: LearnerReport?, rate: Double? = nil) -> LearnerReport {
        var report = self
        if !isTraining || ending != nil {
            if seconds > 0 { report.framesPerSecond = Double(frames) / seconds }
        } else if let rate {
            report.framesPerSecond = rate
            if let frameLimit, frameLimit > frames { report.secondsLeft = Double(frameLimit - frames) / rate }
        }
        guard let earlier else { return report }
        for metric in metrics.all where metrics[metric].isNaN { report.metrics[metric] = earlier.metrics[metric] }
        if policyLag.median.isNaN { report.policyLag = earlier.policyLag }
        return report
    }
}
