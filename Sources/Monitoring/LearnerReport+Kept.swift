import StarlingLearning
import StarlingMetrics

extension LearnerReport {
    /// As people see it: a number that the interval had nothing to tell of stays what it was, and when the training is over, its speed is
    /// that of all of it. Files get the report as it is.
    func keepingNumbers(of earlier: LearnerReport?) -> LearnerReport {
        var report = self
        if !isTraining || ending != nil, seconds > 0 { report.framesPerSecond = Double(frames) / seconds }
        guard let earlier else { return report }
        for metric in metrics.all where metrics[metric].isNaN { report.metrics[metric] = earlier.metrics[metric] }
        if policyLag.median.isNaN { report.policyLag = earlier.policyLag }
        return report
    }
}
