import Foundation
import StarlingExperience
import StarlingLearning
import Testing

/// A report in which every metric has a value, and no two the same.
func fullReport() -> LearnerReport {
    var report = LearnerReport()
    (report.seconds, report.wallSeconds, report.secondsLeft) = (61, 62.5, 3723)
    (report.update, report.frames, report.frameLimit) = (320, 152_320, 500_000)
    report.version = ParameterVersion(generation: 2, update: 319)
    report.framesPerSecond = 104_233.4
    (report.episodes, report.meanReturn, report.goal) = (1204, 287.25, 475)
    report.losses.total = 0.5
    report.losses.policyGradientLoss = -0.0123
    report.losses.valueLoss = 12.5
    report.losses.entropy = 0.58
    report.losses.reconstructionLoss = 2.25
    report.losses.klDivergence = 3.5
    (report.gradientNorm, report.learningRate, report.klWeight) = (1.75, 5e-4, 0.1)
    (report.activeUnits, report.explainedVariance) = (7, 0.875)
    (report.importanceRatio, report.maximumLogRatioAtLagZero) = (1.0625, 2e-6)
    report.policyLag.mean = 1.25
    (report.policyLag.median, report.policyLag.percentile95, report.policyLag.maximum) = (1, 2, 5)
    (report.actorsAlive, report.queuedUnrolls, report.bytesReceived, report.bytesSent) = (4, 14, 1_000_001, 2_000_002)
    (report.actorsIdle, report.idleNames) = (41, "a, b, c")
    report.ledger.produced = 1000
    report.ledger.acknowledged = 970
    report.ledger.outbox = 17
    report.ledger.dropped = 8
    report.ledger.lostWithActor = 5
    report.ledger.trained = 919
    report.ledger.tooStale = 13
    report.ledger.invalid = 6
    report.ledger.abandoned = 11
    report.ledger.pending = 21
    report.ledger.duplicates = 9
    report.timeShares.waiting = 0.11
    report.timeShares.batching = 0.12
    report.timeShares.forward = 0.21
    report.timeShares.targets = 0.015
    (report.actorTimes.stepping, report.actorTimes.inference) = (31_250_000_000, 32_250_000_000)
    (report.actorTimes.transport, report.actorTimes.waiting) = (33_250_000_000, 34_250_000_000)
    (report.actorTimes.evaluating, report.actorTimes.processor) = (35_250_000_000, 36_250_000_000)
    report.timeShares.backward = 0.41
    report.timeShares.optimizer = 0.14
    report.timeShares.publishing = 0.01
    report.timeShares.checkpointing = 0.02
    report.evaluation = EvaluationSummary(
        EvaluationReport(identifier: 1, version: ParameterVersion(generation: 2, update: 300), returns: [490, 500, 492]))
    return report
}

func withTemporaryDirectory<Result>(_ body: (String) throws -> Result) throws -> Result {
    let path = NSTemporaryDirectory() + "starling-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: path) }
    return try body(path)
}

func object(_ json: String) throws -> [String: Any] {
    try #require(JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any])
}
