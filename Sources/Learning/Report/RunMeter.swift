import Glibc
import StarlingAlgorithms
import StarlingTraining
import StarlingExperience
import StarlingLatentQuality
import StarlingMetrics
import StarlingThreads
import StarlingTransport

/// Collects what happens between two reports, and over the whole run.
struct RunMeter {
    private(set) var totalLag = LagHistogram()
    private(set) var totalMaximumLogRatioAtLagZero: Float?

    /// What is wrong with the autoencoder or the policy, and hasn't been told.
    var warnings = WarningWatch()
    /// Norms of what pulls at the encoder, as measured last.
    private var encoderPull: (representation: Double, policy: Double)?
    private var returns = ReturnCourse()
    /// What dreams and as many real steps bring, of late.
    private var dreamReturns: (dreamt: Double, real: Double)?
    /// When the latent is judged next. Of pictures that costs what many updates do, so it has its share of the time.
    private var nextJudgement: Deadline
    private static let judgementSeconds = 1.0
    private static let judgementShare = 0.02
    private static let firstJudgementSeconds = 0.25

    private var lag = LagHistogram()
    private var metrics: MetricReduction
    private var hasTrained = false
    private var framesAtReport: UInt64
    private let earlierSeconds: Double
    /// When the process began.
    private let start: Deadline
    private var reportedAt = Deadline.now
    private var firstUnroll: Deadline?
    private var lastUpdate: Deadline?

    init(_ state: TrainingState, _ metrics: MetricSet, start: Deadline) {
        self.start = start
        nextJudgement = .after(seconds: Self.firstJudgementSeconds)
        self.metrics = MetricReduction(metrics)
        framesAtReport = state.frames
        earlierSeconds = state.trainingSeconds
    }

    /// The first accepted unroll starts the clock of frames per second.
    mutating func begin() {
        if firstUnroll == nil { firstUnroll = .now }
    }

    /// Training is over: the last update stops the clock.
    mutating func end() { lastUpdate = lastUpdate ?? .now }

    /// From the first accepted unroll to the last update, earlier starts included.
    var trainingSeconds: Double {
        guard let firstUnroll, let lastUpdate else { return earlierSeconds }
        return earlierSeconds + lastUpdate.seconds(since: firstUnroll)
    }

    /// Since the process started.
    var processSeconds: Double { Deadline.now.seconds(since: start) }

    mutating func add(_ step: LearnerStep) {
        lastUpdate = .now
        for value in step.lags {
            lag.add(value)
            totalLag.add(value)
        }
        let ratio = step.metrics[.maximumLogRatioAtLagZero]
        if !ratio.isNaN { totalMaximumLogRatioAtLagZero = max(totalMaximumLogRatioAtLagZero ?? 0, Float(ratio)) }
        note(encoderPullOf: step.metrics)
        note(dreamsOf: step.metrics)
        metrics.add(step.metrics)
        hasTrained = true
    }

    /// Time of the learner's thread.
    mutating func add(seconds: Double, to metric: Metric) { metrics.add(seconds, to: metric) }

    /// The report of the interval since the last one, which ends here.
    /// - Parameter isLast: of the training: the latent is judged whatever the time.
    mutating func takeReport(
        _ learner: Learner, _ overview: TransportOverview, goal: GoalTracker, isLast: Bool
    ) -> LearnerReport {
        let now = Deadline.now
        let interval = max(1e-9, now.seconds(since: reportedAt))
        let state = learner.state
        var report = LearnerReport()
        report.seconds = trainingSeconds
        report.wallSeconds = processSeconds
        report.interval = interval
        report.time = Self.time
        report.update = state.update
        report.version = learner.version
        report.frames = state.frames
        report.framesPerSecond = Double(state.frames - framesAtReport) / interval
        let limit = learner.settings.frames
        report.frameLimit = limit > 0 ? limit : nil
        if limit > state.frames, report.framesPerSecond > 0 {
            report.secondsLeft = Double(limit - state.frames) / report.framesPerSecond
        }
        report.episodes = state.episodes
        report.meanReturn = state.recentReturns.mean.map(Double.init)
        report.returns = state.recentReturns.values
        report.returnSpread = state.recentReturns.spread
        report.goal = goal.threshold.map(Double.init)
        report.evaluation = goal.lastEvaluation.flatMap { EvaluationSummary($0) }
        var found: [any RunWarning]?
        if hasTrained {
            var sample = MetricSample(learner.metrics)
            learner.trainer.measure(&sample)
            learner.measures.write(into: &sample)
            if let cost = learner.state.cost { sample[.costMultiplier] = cost.value(learner.settings.cost) }
            if isLast || nextJudgement.isPast {
                let start = Deadline.now
                found = judge(learner, &sample)
                let seconds = Deadline.now.seconds(since: start)
                metrics.add(seconds, to: .timeJudging)
                nextJudgement = .after(seconds: max(Self.judgementSeconds, seconds / Self.judgementShare))
            }
            metrics.add(sample)
        }
        report.metrics = metrics.take(seconds: interval)
        if let found { warnings.add(found + learningWarnings(report, learner) + [overview.flowLimit].compactMap(\.self)) }
        report.policyLag = lag.summary
        report.lagCounts = lag.occupied
        report.lagBuckets = totalLag.buckets
        describe(overview, learner, &report)
        forget(state, now)
        return report
    }

    /// Seconds since 1970.
    private static var time: Double {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    private mutating func note(encoderPullOf metrics: MetricSample) {
        guard metrics.set.holds(.encoderGradientOfRepresentation) else { return }
        let pull = (metrics[.encoderGradientOfRepresentation], metrics[.encoderGradientOfPolicy])
        if !pull.0.isNaN { encoderPull = pull }
    }

    private mutating func note(dreamsOf metrics: MetricSample) {
        guard metrics.set.holds(.dreamReturn), !metrics[.dreamReturn].isNaN, !metrics[.realReturn].isNaN else { return }
        // Of one batch they say little.
        let (dreamt, real) = (metrics[.dreamReturn], metrics[.realReturn])
        let before = dreamReturns ?? (dreamt, real)
        dreamReturns = (before.dreamt + 0.02 * (dreamt - before.dreamt), before.real + 0.02 * (real - before.real))
    }

    /// - Returns: what is wrong with the autoencoder.
    private mutating func judge(_ learner: Learner, _ sample: inout MetricSample) -> [any RunWarning] {
        let quality = learner.judgeAutoencoder()
        quality?.write(&sample)
        let imbalance = encoderPull.flatMap { LatentWarning(encoderGradientOfRepresentation: $0.representation, policy: $0.policy) }
        let rosy = dreamReturns.flatMap { LatentWarning(dreamReturn: $0.dreamt, realReturn: $0.real) }
        learner.trainer.diagnoseNext()
        return (quality?.warnings ?? []) + [imbalance, rosy].compactMap(\.self)
    }

    private mutating func learningWarnings(_ report: LearnerReport, _ learner: Learner) -> [any RunWarning] {
        let goal = learner.settings.goal.meanReturn.map(Double.init)
        let entropy = LearningWarning(
            entropy: report.metrics[.entropy], of: learner.environment.action, meanReturn: report.meanReturn, goal: goal)
        returns.note(report.meanReturn)
        let forgotten = LearningWarning(meanReturn: report.meanReturn, of: returns, goal: goal)
        let value = LearningWarning(explainedVariance: report.metrics[.explainedVariance], updates: report.update)
        return [entropy, value, forgotten].compactMap(\.self)
    }

    private func describe(_ overview: TransportOverview, _ learner: Learner, _ report: inout LearnerReport) {
        report.actorsAlive = overview.actingActors + overview.evaluatingActors
        report.actorThreads = overview.actingThreads
        (report.actorsIdle, report.idleNames) = (overview.idleActors, overview.idleNames)
        report.queuedUnrolls = overview.queuedUnrolls
        report.creditBytes = overview.grantedUnrolls * learner.layout.byteCount
        report.refusals = overview.refused
        (report.pressure, report.batchColumns) = (overview.pressure, learner.settings.batch.columns * learner.scale)
        report.lagLimit = overview.lagLimit
        report.flowLimit = overview.flowLimit.flatMap { warnings.lasts($0) ? $0 : nil }
        report.ledger = overview.ledger
        report.bytesReceived = overview.bytesIn
        report.bytesSent = overview.bytesOut
        report.actorTimes = overview.actorTimes
    }

    private mutating func forget(_ state: TrainingState, _ now: Deadline) {
        lag = LagHistogram()
        framesAtReport = state.frames
        reportedAt = now
    }
}
