import StarlingExperience
import StarlingHTTP
import StarlingLearning
import StarlingMetrics
import StarlingTransport
import StarlingWeb

let facts = RunFacts(
    version: "1.2.3", recipe: "cartpole", run: "runs/a \"b\"\\c", environment: "CartPole-v1", algorithm: "vtrace", seed: 7, generation: 2,
    policyLagLimit: 16, journalBudget: 1000, checkpointSeconds: 10)

/// A report of a run in full swing.
func fullReport() -> LearnerReport {
    var report = LearnerReport()
    (report.seconds, report.wallSeconds, report.update, report.frames, report.episodes) = (61, 62.5, 320, 152_320, 1204)
    (report.meanReturn, report.goal, report.frameLimit) = (287.25, 475, 500_000)
    report.metrics = MetricValues(
        of: Learner.metrics + [Metric("kl_divergence", "nat", "KL."), Metric("info_a/b", "1", "\"One\"\nof \\ theirs.")])
    report.metrics[.timeWaiting] = 0.25
    report.metrics[.activeUnits] = 7
    report.metrics[Metric("kl_divergence", "nat", "")] = 3.5
    report.metrics[Metric("info_a/b", "1", "")] = 0.5
    (report.actorsAlive, report.actorsIdle, report.actorThreads, report.queuedUnrolls) = (10, 2, 40, 14)
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
    for (lag, count) in [(0, 3), (1, 5), (3, 7), (9, 2), (100, 1)] as [(UInt64, UInt64)] { report.lagBuckets.add(count, ofLag: lag) }
    (report.pressure.trainerWaits, report.pressure.actorsWait, report.pressure.window, report.pressure.bound) = (0.4, 0.1, 15, 160)
    report.evaluation = EvaluationSummary(
        EvaluationReport(identifier: 1, version: ParameterVersion(generation: 2, update: 300), returns: [490, 500]))
    return report
}

/// Samples of an exposition by name and labels.
func samples(_ bytes: [UInt8]) -> [String: Double] {
    var samples: [String: Double] = [:]
    for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n") where !line.hasPrefix("#") {
        let space = line.lastIndex(of: " ")!
        samples[String(line[..<space])] = Double(line[line.index(after: space)...])
    }
    return samples
}
